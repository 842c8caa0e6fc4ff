import { queryError } from "./jsonata.ts";
import { numericArgument, textArgument } from "./jsonata-text.ts";

/** $number: of a decimal, hexadecimal, octal or binary text, or of a boolean. */
export function queryNumber(value: unknown): number | undefined {
  if (value === undefined || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") {
    const isDecimal = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/.test(value);
    if (isDecimal && Number.isFinite(Number(value))) return Number(value);
    if (/^(?:0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+)$/.test(value))
      return Number(value);
  } else if (value !== null) {
    throw queryError(
      "T0410",
      'Argument 1 of function "number" does not match function signature',
    );
  }
  throw queryError(
    value === null ? "T0410" : "D3030",
    value === null
      ? 'Argument 1 of function "number" does not match function signature'
      : `Unable to cast value to a number: ${JSON.stringify(value)}`,
  );
}

/** $sum, $max, $min and $average, by their names. */
export function queryAggregate(
  values: unknown,
  name: "sum" | "max" | "min" | "average",
): number | undefined {
  if (values === undefined) return undefined;
  const given: readonly unknown[] = Array.isArray(values) ? values : [values];
  const list = given.filter((item) => typeof item === "number");
  if (list.length < given.length)
    throw queryError(
      "T0412",
      `Argument 1 of function "${name}" must be an array of "numbers"`,
    );
  if (name !== "sum" && list.length === 0) return undefined;
  switch (name) {
    case "sum":
      return list.reduce((total, item) => total + item, 0);
    case "average":
      return list.reduce((total, item) => total + item, 0) / list.length;
    case "max":
      return list.reduce((most, item) => Math.max(most, item));
    case "min":
      return list.reduce((least, item) => Math.min(least, item));
  }
}

/** $abs, $floor and $ceil, by their names. */
export function queryWhole(
  value: unknown,
  name: "abs" | "floor" | "ceil",
): number | undefined {
  const given = numericArgument(value, name);
  return given === undefined ? undefined : Math[name](given);
}

/** $round: half to even, at so many digits after the point. */
export function queryRound(
  value: unknown,
  digits?: unknown,
): number | undefined {
  const given = numericArgument(value, "round");
  const precision = numericArgument(digits, "round", 2) ?? 0;
  if (given === undefined) return undefined;
  const shifted = shiftPoint(given, precision);
  const near = Math.round(shifted);
  const isHalf = Math.abs(near - shifted) === 0.5 && Math.abs(near % 2) === 1;
  // There is no -0 in JSON.
  return shiftPoint(isHalf ? near - 1 : near, -precision) + 0;
}

/** Shifts the decimal point in the text of a number, so that nothing is lost. */
function shiftPoint(value: number, places: number): number {
  if (places === 0) return value;
  const [digits, exponent] = String(value).split("e");
  return Number(`${digits}e${Number(exponent ?? 0) + places}`);
}

/** $sqrt. */
export function querySqrt(value: unknown): number | undefined {
  const given = numericArgument(value, "sqrt");
  if (given === undefined) return undefined;
  if (given >= 0) return Math.sqrt(given);
  throw queryError(
    "D3060",
    `The sqrt function cannot be applied to a negative number: ${given}`,
  );
}

/** $power. */
export function queryPower(
  value: unknown,
  exponent: unknown,
): number | undefined {
  const given = numericArgument(value, "power");
  const by = numericArgument(exponent, "power", 2) ?? Number.NaN;
  if (given === undefined) return undefined;
  const power = given ** by;
  if (Number.isFinite(power)) return power;
  throw queryError(
    "D3061",
    `The power function has resulted in a value that cannot be represented as a JSON number: base=${given}, exponent=${JSON.stringify(exponent)}`,
  );
}

/** $formatBase: base 10 where none is given. */
export function queryFormatBase(
  value: unknown,
  radix?: unknown,
): string | undefined {
  const base = queryRound(radix) ?? 10;
  const given = queryRound(numericArgument(value, "formatBase"));
  if (base < 2 || base > 36)
    throw queryError(
      "D3100",
      `The radix of the formatBase function must be between 2 and 36.  It was given ${base}`,
    );
  return given?.toString(base);
}

/** $fromMillis without a picture: an ISO 8601 timestamp. */
export function queryFromMillis(millis: unknown): string | undefined {
  // A text alone is the picture for the context, which has no number here.
  if (typeof millis === "string") return undefined;
  const given = numericArgument(millis, "fromMillis");
  if (given === undefined) return undefined;
  if (Math.abs(given) <= 8.64e15) return new Date(given).toISOString();
  throw queryError("D1001", `Number out of range: ${JSON.stringify(millis)}`);
}

/** $toMillis without a picture: of an ISO 8601 timestamp. */
export function queryToMillis(timestamp: unknown): number | undefined {
  const given = textArgument(timestamp, "toMillis");
  if (given === undefined) return undefined;
  const form =
    /^\d{4}(?:-[01]\d)?(?:-[0-3]\d)?(?:T[0-2]\d:[0-5]\d:[0-5]\d)?(?:\.\d+)?(?:[+-][0-2]\d:?[0-5]\d|Z)?$/;
  if (form.test(given)) return Date.parse(given);
  throw queryError(
    "D3110",
    `The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given ${JSON.stringify(timestamp)}`,
  );
}
