import { statesError } from "./amazon-states.ts";

/** An error of JSONata by its code there. */
export function queryError(code: string, message: string): Error {
  return statesError("States.QueryEvaluationError", `${code}: ${message}`);
}

/** No value: what a variable has before it is assigned, and an expression that finds nothing. */
export function noValue(): unknown {
  return undefined;
}

/** Evaluates an expression for a field of a state. */
export function evaluateQuery<T>(
  field: string,
  expression: string,
  evaluate: () => T,
): T & (NonNullable<unknown> | null) {
  let value: T;
  try {
    value = evaluate();
  } catch (error) {
    const isTooDeep =
      error instanceof RangeError && /call stack/i.test(error.message);
    const problem = isTooDeep
      ? "D1011: Stack overflow. Check for non-terminating recursive function.  Consider rewriting as tail-recursive"
      : String(error instanceof Error ? error.message : error);
    throw failedQuery(
      field,
      expression,
      `threw an error during evaluation. ${problem}`,
    );
  }
  return queryResult(field, expression, value);
}

/** The value of an expression for a field of a state, which must have one. */
export function queryResult<T>(
  field: string,
  expression: string,
  value: T,
): T & (NonNullable<unknown> | null) {
  if (value === undefined)
    throw failedQuery(field, expression, "returned nothing (undefined).");
  if (typeof value === "function")
    throw failedQuery(
      field,
      expression,
      "returned an unsupported result type.",
    );
  return value;
}

function failedQuery(field: string, expression: string, what: string): Error {
  const cause = `The JSONata expression '${expression}' specified for the field '${field}' ${what}`;
  return statesError("States.QueryEvaluationError", cause);
}

/** The value of an expression where a field needs a certain type. */
export function queryOfType<T extends keyof QueryTypes>(
  field: string,
  expression: string,
  type: T,
  value: unknown,
): QueryTypes[T] {
  if (hasQueryType(value, type)) return value;
  throw failedQuery(
    field,
    expression,
    `returned an unexpected result type. Expected '${type}', but was '${typeOfQuery(value)}' for value: ${JSON.stringify(value)}`,
  );
}

export interface QueryTypes {
  array: readonly unknown[];
  boolean: boolean;
  integer: number;
  number: number;
  string: string;
}

function hasQueryType<T extends keyof QueryTypes>(
  value: unknown,
  type: T,
): value is QueryTypes[T] {
  return type === "integer"
    ? Number.isInteger(value)
    : typeOfQuery(value) === type;
}

/** $type. */
export function typeOfQuery(value: unknown): string | undefined {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return value === undefined || (typeof value === "number" && !isNumeric(value))
    ? undefined
    : typeof value;
}

/** Whether a value is a number; one that JSON cannot hold is an error. */
export function isNumeric(value: unknown): value is number {
  if (typeof value !== "number" || Number.isNaN(value)) return false;
  if (Number.isFinite(value)) return true;
  throw queryError("D1001", `Number out of range: ${JSON.stringify(value)}`);
}

/** $boolean, where nothing counts as false. */
export function queryTruth(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => queryTruth(item));
  if (typeof value === "function") return false;
  if (typeof value === "object" && value !== null)
    return Object.keys(value).length > 0;
  if (typeof value === "number") return isNumeric(value) && value !== 0;
  return value === true || (typeof value === "string" && value !== "");
}
