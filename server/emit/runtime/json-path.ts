import {
  compareNumbers,
  compareStrings,
  isRecord,
  statesError,
} from "./amazon-states.ts";
import { nullInput, pathProblem, showPath } from "./json-path-problems.ts";

/** The value at a path, or undefined where there is none. A negative index counts from the end. */
export function findAt(
  data: unknown,
  path: readonly (string | number)[],
): unknown {
  let value = data;
  for (const step of path) {
    if (typeof step === "number")
      value = Array.isArray(value) ? value.at(step) : undefined;
    else
      value =
        isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/** Whether there is a value at a path; null is one. */
export function isPresent(
  data: unknown,
  path: readonly (string | number)[],
): boolean {
  return findAt(data, path) !== undefined;
}

/** The value at a path, for the field of a payload template. `written` is the path where it was written otherwise. */
export function fieldAt(
  data: unknown,
  path: readonly (string | number)[],
  field: string,
  written?: string,
): unknown {
  const value = findAt(data, path);
  if (value !== undefined) return value;
  // AWS takes an item beyond the end of an array for null here, and nowhere else.
  if (
    typeof path.at(-1) === "number" &&
    Array.isArray(findAt(data, path.slice(0, -1)))
  )
    return null;
  if (data === null) throw nullInput();
  const input = JSON.stringify(data);
  throw statesError(
    "States.Runtime",
    `The JSONPath '${written ?? showPath(path)}' specified for the field '${field}' could not be found in the input '${input}'`,
  );
}

/** The value at a path that is an argument of an intrinsic function: of the call that is written as `fn`. */
export function argumentAt(
  data: unknown,
  path: readonly (string | number)[],
  fn: string,
  written?: string,
): unknown {
  const value = findAt(data, path);
  if (value !== undefined) return value;
  throw statesError(
    "States.Runtime",
    `The function '${fn}' had the following error: The JsonPath argument for the field '${written ?? showPath(path)}' could not be found in the input '${JSON.stringify(data)}'`,
  );
}

/**
 * The value at a path that selects a state's input, output or setting. `written` is the path where it was written otherwise,
 * `from` the brackets that lead to `data`.
 */
export function selectAt(
  data: unknown,
  path: readonly (string | number)[],
  written: string = showPath(path),
  from = "$",
): unknown {
  if (data === null && path.length > 0) throw nullInput();
  const value = findAt(data, path);
  if (value !== undefined) return value;
  throw statesError(
    "States.Runtime",
    `Invalid path '${written}' : ${pathProblem(data, path, from)}`,
  );
}

/** The value at a path that a Choice tests. */
export function choiceAt(
  data: unknown,
  path: readonly (string | number)[],
  written: string = showPath(path),
): unknown {
  const value = findAt(data, path);
  if (value !== undefined) return value;
  throw statesError(
    "States.Runtime",
    `Invalid path '${written}': The choice state's condition path references an invalid value.`,
  );
}

/** Of each value, its members of these names. */
export function membersOf(
  values: readonly unknown[],
  names: readonly string[],
): unknown[] {
  return values.flatMap((value) =>
    names
      .map((name) => findAt(value, [name]))
      .filter((member) => member !== undefined),
  );
}

/** Of each object, an object of those of its members that have these names. */
export function pickedMembers(
  values: readonly unknown[],
  names: readonly string[],
): unknown[] {
  return values
    .filter(isRecord)
    .map((value) =>
      Object.fromEntries(
        names.flatMap((name) =>
          Object.hasOwn(value, name) ? [[name, value[name]]] : [],
        ),
      ),
    );
}

/** The same of one value, which must be an object. */
export function picked(value: unknown, names: readonly string[]): unknown {
  const [found] = pickedMembers([value], names);
  if (found !== undefined) return found;
  throw statesError(
    "States.Runtime",
    `Expected to find an object with property [${names.map((name) => `'${name}'`).join(", ")}]`,
  );
}

/** Of each array, its items at these indexes. */
export function itemsAt(
  values: readonly unknown[],
  indexes: readonly number[],
): unknown[] {
  return values.flatMap((value) =>
    indexes
      .map((index) => findAt(value, [index]))
      .filter((item) => item !== undefined),
  );
}

/** Of each value, all members or items. */
export function childrenOf(values: readonly unknown[]): unknown[] {
  return values.flatMap((value) =>
    Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [],
  );
}

/** Of each value, itself and all that is in it, each before what is in it. */
export function descendantsOf(values: readonly unknown[]): unknown[] {
  const found: unknown[] = [];
  const open: unknown[] = values
    .filter((value) => value !== undefined)
    .reverse();
  while (open.length > 0) {
    const value = open.pop();
    found.push(value);
    for (const child of childrenOf([value]).reverse()) open.push(child);
  }
  return found;
}

/** Of each array, its items from `start` to before `end`; either may count from the end. */
export function slicesOf(
  values: readonly unknown[],
  start: number,
  end: number | null,
  step: number,
): unknown[] {
  return values.flatMap((value) =>
    Array.isArray(value)
      ? value
          .slice(start, end ?? undefined)
          .filter((_, index) => index % step === 0)
      : [],
  );
}

/** Of each array its items, and of other values themselves, where the test holds. */
export function matchesOf(
  values: readonly unknown[],
  test: (value: unknown) => boolean,
): unknown[] {
  return values
    .flatMap((value) =>
      Array.isArray(value) ? value : isRecord(value) ? [value] : [],
    )
    .filter(test);
}

/** Compares in a filter: numbers in order, strings in order, and a number with its text for equality. */
export function compareInFilter(
  left: unknown,
  operator: "==" | "!=" | "<" | "<=" | ">" | ">=",
  right: unknown,
): boolean {
  if (operator === "==") return equalInFilter(left, right);
  if (operator === "!=") return !equalInFilter(left, right);
  return (
    compareNumbers(left, operator, right) ||
    compareStrings(left, operator, right)
  );
}

function equalInFilter(left: unknown, right: unknown): boolean {
  if (typeof left === "string" && typeof right === "number")
    return left === String(right);
  if (typeof left === "number" && typeof right === "string")
    return right.trim() !== "" && Number(right) === left;
  return sameJson(left, right);
}

/** What `@` by itself is in a comparison: AWS's filters see objects and arrays only, and nothing for a string or number. */
export function itemInFilter(item: unknown): unknown {
  return typeof item === "object" && item !== null ? item : undefined;
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length &&
      left.every((item, index) => sameJson(item, right[index]))
    );
  }
  if (!isRecord(left) || !isRecord(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]),
    )
  );
}
