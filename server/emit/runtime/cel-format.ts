import { failEvaluation } from "./cel.ts";

/** Fills a format's clauses with values: %s as text, %d %f %e as a number, %b %o %x %X in another base. */
export function printFormat(
  format: string,
  values: readonly unknown[],
): string {
  let count = 0;
  return format.replace(
    /%(?:%|(?:\.(\d{1,2}))?([sdfeboxX])|)/g,
    (written: string, digits?: string, clause?: string) => {
      if (written === "%%") return "%";
      if (clause === undefined)
        return failEvaluation("the format has a % that begins no clause");
      if (count >= values.length)
        return failEvaluation("the format has more clauses than values");
      return formatValue(values[count++], clause, Number(digits ?? 6));
    },
  );
}

function formatValue(value: unknown, clause: string, digits: number): string {
  const text =
    clause === "s"
      ? showValue(value)
      : typeof value === "number"
        ? formatNumber(value, clause, digits)
        : clause === "b" && typeof value === "boolean"
          ? String(Number(value))
          : typeof value === "string" && clause.toLowerCase() === "x"
            ? hexOfText(value)
            : null;
  if (text === null)
    return failEvaluation(`%${clause} does not take ${JSON.stringify(value)}`);
  return clause === "X" ? text.toUpperCase() : text;
}

function formatNumber(
  value: number,
  clause: string,
  digits: number,
): string | null {
  const isDecimal = clause === "d" || clause === "f" || clause === "e";
  if (isDecimal && !Number.isFinite(value)) return String(value);
  if (clause === "f") return roundHalfEven(value, digits);
  if (clause === "e")
    return value.toExponential(digits).replace(/([+-])(\d)$/, "$10$2");
  const base =
    clause === "d" ? 10 : clause === "b" ? 2 : clause === "o" ? 8 : 16;
  return Number.isInteger(value) ? value.toString(base) : null;
}

/** As `toFixed`, but what lies just between two goes to the even one. */
function roundHalfEven(value: number, digits: number): string {
  const exact = value.toFixed(100);
  const point = exact.indexOf(".") + 1 + digits;
  const down = exact.slice(0, digits === 0 ? point - 1 : point);
  const isEven = "02468".includes(down.at(-1) ?? "");
  return isEven && /^50*$/.test(exact.slice(point))
    ? down
    : value.toFixed(digits);
}

/** The bytes of a text in UTF-8, in hexadecimal. */
function hexOfText(text: string): string {
  const wellFormed = text.replace(/\p{Surrogate}/gu, "\ufffd");
  return encodeURIComponent(wellFormed).replace(
    /%(..)|([^%])/g,
    (_, byte?: string, character = "") =>
      byte?.toLowerCase() ?? character.charCodeAt(0).toString(16),
  );
}

/** A value as text: lists in brackets, maps in braces with their keys in order. */
function showValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${name}: ${showValue(member)}`).join(", ")}}`;
}
