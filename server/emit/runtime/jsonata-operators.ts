import { sameJson } from "./json-path.ts";
import { isNumeric, queryError, queryTruth } from "./jsonata.ts";
import { sequenceOf } from "./jsonata-sequences.ts";
import { queryString } from "./jsonata-text.ts";

/** `+`, `-`, `*`, `/` and `%`: nothing where one side is nothing. */
export function queryArithmetic(
  left: unknown,
  operator: "+" | "-" | "*" | "/" | "%",
  right: unknown,
): number | undefined {
  const [l, r] = [
    numericSide(left, operator, "T2001", "left"),
    numericSide(right, operator, "T2002", "right"),
  ];
  if (l === undefined || r === undefined) return undefined;
  switch (operator) {
    case "+":
      return l + r;
    case "-":
      return l - r;
    case "*":
      return l * r;
    case "/":
      return l / r;
    case "%":
      return l % r;
  }
}

function numericSide(
  value: unknown,
  operator: string,
  code: string,
  side: string,
): number | undefined {
  if (value === undefined || isNumeric(value)) return value;
  throw queryError(
    code,
    `The ${side} side of the "${operator}" operator must evaluate to a number`,
  );
}

/** The negative of a number. */
export function queryNegative(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (isNumeric(value)) return -value;
  throw queryError(
    "D1002",
    `Cannot negate a non-numeric value: ${JSON.stringify(value)}`,
  );
}

/** `=`: false where one side is nothing. */
export function queryEquals(left: unknown, right: unknown): boolean {
  return left !== undefined && right !== undefined && sameJson(left, right);
}

/** `!=`: false where one side is nothing. */
export function queryDiffers(left: unknown, right: unknown): boolean {
  return left !== undefined && right !== undefined && !sameJson(left, right);
}

/** `<`, `<=`, `>` and `>=` of two numbers or two strings: nothing where one side is nothing. */
export function queryCompare(
  left: unknown,
  operator: "<" | "<=" | ">" | ">=",
  right: unknown,
): boolean | undefined {
  if (!canCompare(left) || !canCompare(right))
    throw queryError(
      "T2010",
      `The expressions either side of operator "${operator}" must evaluate to numeric or string values`,
    );
  if (left === undefined || right === undefined) return undefined;
  if (typeof left !== typeof right)
    throw queryError(
      "T2009",
      `The values ${JSON.stringify(left)} and ${JSON.stringify(right)} either side of operator "${operator}" must be of the same data type`,
    );
  switch (operator) {
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

function canCompare(value: unknown): value is string | number | undefined {
  return (
    value === undefined ||
    typeof value === "string" ||
    typeof value === "number"
  );
}

/** `in`: whether an array has a value, or is the value itself. */
export function queryIncludes(value: unknown, list: unknown): boolean {
  if (value === undefined) return false;
  return Array.isArray(list)
    ? list.some((item) => item === value)
    : list === value;
}

/** `..`: the whole numbers from one to another; nothing where there are none. */
export function queryRange(
  first: unknown,
  last: unknown,
): unknown[] | undefined {
  const [from, to] = [
    wholeSide(first, "T2003", "left"),
    wholeSide(last, "T2004", "right"),
  ];
  if (from === undefined || to === undefined || from > to) return undefined;
  const length = to - from + 1;
  if (length > 1e7)
    throw queryError(
      "D2014",
      `The size of the sequence allocated by the range operator (..) must not exceed 1e7.  Attempted to allocate ${length}.`,
    );
  return sequenceOf(Array.from({ length }, (_, index) => from + index));
}

function wholeSide(
  value: unknown,
  code: string,
  side: string,
): number | undefined {
  if (
    value === undefined ||
    (typeof value === "number" && Number.isInteger(value))
  )
    return value;
  throw queryError(
    code,
    `The ${side} side of the range operator (..) must evaluate to an integer`,
  );
}

/** A value as a part of a text that `&` joins: nothing is no text. */
export function queryPart(value: unknown): string {
  return queryString(value) ?? "";
}

/** $exists. */
export function queryExists(value: unknown): boolean {
  return value !== undefined;
}

/** $boolean: nothing of nothing. */
export function queryBoolean(value: unknown): boolean | undefined {
  return value === undefined ? undefined : queryTruth(value);
}

/** $not: nothing of nothing. */
export function queryNot(value: unknown): boolean | undefined {
  return value === undefined ? undefined : !queryTruth(value);
}

/** The second of two values: the first may fail, which fails both, or bind a variable. */
export function queryLast<T>(_first: unknown, last: T): T {
  return last;
}

/** A value that an expression binds to a variable. */
export function queryVariable(value: unknown): unknown {
  return value;
}

/** A variable that is bound within an expression, or read before the place that binds it. */
export interface QueryCell {
  value: unknown;
}

/** A variable with the value that its name has outside. */
export function queryCell(value: unknown): QueryCell {
  return { value };
}

export function setCell(cell: QueryCell, value: unknown): unknown {
  cell.value = value;
  return value;
}

export function cellValue(cell: QueryCell): unknown {
  return cell.value;
}
