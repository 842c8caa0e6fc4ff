import type { PlacedError } from "./failures.ts";

/** What the evaluation of a state fails with, by its name in the Amazon States Language. The state is told in its cause. */
export function statesError(name: string, cause: string): PlacedError {
  return Object.assign(new Error(cause), {
    name,
    messageAt: (step: string, event: number) =>
      `An error occurred while executing the state '${step}' (entered at the event id #${event}). ${cause}`,
  });
}

/** What a Catch puts into the data. A failure that somebody reported without an error has neither. */
export function errorOutput(
  name: string,
  message: string,
): { Error: string | null; Cause: string | null } {
  const isNameless = name === "" && message === "";
  return {
    Error: isNameless ? null : name,
    Cause: isNameless ? null : message,
  };
}

/** Whether one of a Retry's or Catch's error names takes an error of that name. States.Runtime is never taken by a wildcard. */
export function matchesError(error: string, names: readonly string[]): boolean {
  return names.some((name) => {
    if (name === error) return true;
    if (error === "States.Runtime") return false;
    if (name === "States.Timeout") return error === "States.HeartbeatTimeout";
    return (
      name === "States.ALL" ||
      (name === "States.TaskFailed" && error !== "States.Timeout")
    );
  });
}

/** The value of a variable that some way to this place may not have assigned. */
export function variableValue(value: unknown, name: string): unknown {
  if (value !== undefined) return value;
  throw statesError(
    "States.Runtime",
    `The variable '$${name}' has not been assigned a value`,
  );
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as the milliseconds of so many seconds, a whole number of them that is not negative. `path` led to it. */
export function secondsToMs(
  value: unknown,
  field: string,
  path: string,
): number {
  const isWhole = typeof value === "number" && Number.isInteger(value);
  if (isWhole && value >= 0) return value * 1000;
  const problem = isWhole
    ? "references a negative value"
    : "does not reference an integer value";
  throw statesError(
    "States.Runtime",
    `The ${field} parameter ${problem}: ${path} == ${JSON.stringify(value)}`,
  );
}

/** A value as a whole number that is not negative. */
export function wholeNumber(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0)
    return value;
  throw statesError(
    "States.Runtime",
    `The ${field} field does not reference a valid integer: ${JSON.stringify(value)}`,
  );
}

/** A value as a string. */
export function textOf(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw statesError(
    "States.Runtime",
    `The ${field} field does not reference a string: ${JSON.stringify(value)}`,
  );
}

/** A value as a timestamp to wait for. `path` led to it. */
export function timestampOf(
  value: unknown,
  field: string,
  path: string,
): string {
  if (typeof value === "string" && !Number.isNaN(timestampMs(value)))
    return value;
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  throw statesError(
    "States.Runtime",
    `The ${field} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${shown}`,
  );
}

/** The items that a Map runs over. `path` led to them. */
export function itemsOf(value: unknown, path = "$"): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw statesError(
    "States.Runtime",
    `Reference path "${path}" must point to array.`,
  );
}

/** Milliseconds since 1970 of an RFC 3339 timestamp with upper-case T and Z; NaN for anything else. */
export function timestampMs(value: unknown): number {
  const form =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
  return typeof value === "string" && form.test(value)
    ? Date.parse(value)
    : Number.NaN;
}

/** Whether a value is a timestamp. */
export function isTimestamp(value: unknown): boolean {
  return !Number.isNaN(timestampMs(value));
}

/** Compares two numbers; false where one of the values is none. */
export function compareNumbers(
  left: unknown,
  operator: "==" | "<" | "<=" | ">" | ">=",
  right: unknown,
): boolean {
  return (
    typeof left === "number" &&
    typeof right === "number" &&
    holds(left, operator, right)
  );
}

/** Compares two strings by their UTF-16 code units; false where one of the values is none. */
export function compareStrings(
  left: unknown,
  operator: "==" | "<" | "<=" | ">" | ">=",
  right: unknown,
): boolean {
  return (
    typeof left === "string" &&
    typeof right === "string" &&
    holds(left, operator, right)
  );
}

/** Compares two timestamps as points in time; false where one of the values is none. */
export function compareTimestamps(
  left: unknown,
  operator: "==" | "<" | "<=" | ">" | ">=",
  right: unknown,
): boolean {
  return holds(timestampMs(left), operator, timestampMs(right));
}

/** Whether two booleans are equal; false where one of the values is none. */
export function equalBooleans(left: unknown, right: unknown): boolean {
  return typeof left === "boolean" && left === right;
}

function holds<T extends number | string>(
  left: T,
  operator: "==" | "<" | "<=" | ">" | ">=",
  right: T,
): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

/** Whether a value has a JSON type. */
export function hasType(
  value: unknown,
  type: "string" | "number" | "boolean",
): boolean {
  return typeof value === type;
}

/** Whether a string matches a pattern, in which `*` stands for any characters and `\*` for a star. */
export function stringMatches(value: unknown, pattern: string): boolean {
  if (typeof value !== "string") return false;
  const marks = [...pattern.matchAll(/\\([\s\S])|([\s\S])/g)].map(
    (match) => match[1] ?? (match[2] === "*" ? null : match[2]),
  );
  let at = 0;
  let mark = 0;
  let star = -1;
  let resume = 0;
  while (at < value.length) {
    if (mark < marks.length && marks[mark] === null) {
      star = mark++;
      resume = at;
    } else if (mark < marks.length && marks[mark] === value[at]) {
      mark++;
      at++;
    } else if (star >= 0) {
      mark = star + 1;
      at = ++resume;
    } else return false;
  }
  return marks.slice(mark).every((rest) => rest === null);
}
