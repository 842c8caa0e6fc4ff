import { isRecord, statesError } from "./amazon-states.ts";

/** Arrays that JSONata made of several results: one of a single item is that item, an empty one is nothing. */
const sequences: WeakSet<readonly unknown[]> = new WeakSet();

/** Sequences that stay arrays with a single item: `items[]`. */
const keptSequences: WeakSet<readonly unknown[]> = new WeakSet();

/** Arrays of a constructor that is a step of a path: they are not flattened. */
const constructedArrays: WeakSet<readonly unknown[]> = new WeakSet();

/** A step of a path: a name, what it makes of an item, or how it orders all items. */
export type QueryStep =
  | string
  | ((item: unknown) => unknown)
  | { readonly isAfter: (left: unknown, right: unknown) => boolean };

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
    const isTooDeep = error instanceof RangeError || !(error instanceof Error);
    const problem = isTooDeep ? "D1011: Stack overflow" : error.message;
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
  return value === undefined ? undefined : typeof value;
}

export function sequenceOf(items: unknown[]): unknown[] {
  sequences.add(items);
  return items;
}

export function isSequence(items: readonly unknown[]): boolean {
  return sequences.has(items);
}

/** A sequence as a value. */
export function collapsed(value: unknown): unknown {
  if (!Array.isArray(value) || value.length > 1 || !sequences.has(value))
    return value;
  return value.length === 1 && keptSequences.has(value) ? value : value[0];
}

/** A sequence that stays an array where it has a single item. */
export function keptArray(value: unknown): unknown {
  if (Array.isArray(value) && sequences.has(value)) keptSequences.add(value);
  return collapsed(value);
}

/** What the steps of a path lead to, from a value or from each item of an array. */
export function queryPath(
  from: unknown,
  ...steps: readonly QueryStep[]
): unknown {
  return collapsed(followSteps(from, steps));
}

/** What the steps of a path lead to, as an array also of a single item. */
export function queryPathArray(
  from: unknown,
  ...steps: readonly QueryStep[]
): unknown {
  const found = followSteps(from, steps);
  return keptArray(constructedArrays.has(found) ? sequenceOf(found) : found);
}

function followSteps(from: unknown, steps: readonly QueryStep[]): unknown[] {
  if (from === undefined) return sequenceOf([]);
  let items = sequenceOf(Array.isArray(from) ? [...from] : [from]);
  for (const [index, step] of steps.entries()) {
    items =
      typeof step === "object"
        ? sortedBy(items, step.isAfter)
        : followStep(items, step, index === steps.length - 1);
    if (items.length === 0) break;
  }
  return items;
}

function followStep(
  items: readonly unknown[],
  step: string | ((item: unknown) => unknown),
  isLast: boolean,
): unknown[] {
  const results = items
    .map((item) =>
      typeof step === "string" ? collapsed(memberOf(item, step)) : step(item),
    )
    .filter((result) => result !== undefined);
  const [only] = results;
  if (
    isLast &&
    results.length === 1 &&
    Array.isArray(only) &&
    !isSequence(only)
  )
    return only;
  return sequenceOf(
    results.flatMap((result) =>
      Array.isArray(result) && constructedArrays.has(result)
        ? [result]
        : result,
    ),
  );
}

/** The member of an object, or those of all objects of an array. */
export function memberOf(value: unknown, name: string): unknown {
  if (!Array.isArray(value))
    return isRecord(value) && Object.hasOwn(value, name)
      ? value[name]
      : undefined;
  return sequenceOf(
    value
      .map((item) => memberOf(item, name))
      .filter((member) => member !== undefined)
      .flat(),
  );
}

/** A stable sort: `isAfter` tells that the left one belongs after the right one. */
export function sortedBy(
  items: unknown[],
  isAfter: (left: unknown, right: unknown) => boolean,
): unknown[] {
  if (items.length <= 1) return items;
  const middle = items.length >> 1;
  const left = sortedBy(items.slice(0, middle), isAfter);
  const right = sortedBy(items.slice(middle), isAfter);
  const sorted: unknown[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length)
    sorted.push(isAfter(left[l], right[r]) ? right[r++] : left[l++]);
  return [...sorted, ...left.slice(l), ...right.slice(r)];
}

/** The step of a path that orders its items by one or more values of each. */
export function queryOrder(
  ...terms: readonly (readonly [(item: unknown) => unknown, boolean])[]
): { readonly isAfter: (left: unknown, right: unknown) => boolean } {
  return {
    isAfter(left, right) {
      for (const [term, isDescending] of terms) {
        const order = orderOf(term(left), term(right), isDescending);
        if (order !== 0) return order > 0;
      }
      return false;
    },
  };
}

/** Values that are missing come last. */
function orderOf(left: unknown, right: unknown, isDescending: boolean): number {
  if (left === undefined) return right === undefined ? 0 : 1;
  if (right === undefined) return -1;
  if (!isComparable(left) || !isComparable(right))
    throw queryError(
      "T2008",
      "The expressions within an order-by clause must evaluate to numeric or string values",
    );
  if (typeof left !== typeof right)
    throw queryError(
      "T2007",
      `Type mismatch when comparing values ${JSON.stringify(left)} and ${JSON.stringify(right)} in order-by clause`,
    );
  if (left === right) return 0;
  return left < right === isDescending ? 1 : -1;
}

function isComparable(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** The items of a value where a test holds; a number, or several, are the places that are wanted. */
export function queryFilter(
  value: unknown,
  test: (item: unknown) => unknown,
): unknown[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found: unknown[] = [];
  for (const [index, item] of items.entries()) {
    const result = test(item);
    const places: readonly unknown[] = Array.isArray(result)
      ? result
      : [result];
    if (places.every((place) => isNumeric(place))) {
      for (const place of places)
        if (isPlace(place, index, items.length)) found.push(item);
    } else if (queryTruth(result)) found.push(item);
  }
  return sequenceOf(found);
}

function isPlace(place: unknown, index: number, length: number): boolean {
  const at = Math.floor(Number(place));
  return (at < 0 ? length + at : at) === index;
}

/** The item at a place, from the end where it is negative. */
export function queryItem(value: unknown, place: number): unknown[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const item = items.at(place);
  if (Array.isArray(item)) return item;
  return sequenceOf(item === undefined ? [] : [item]);
}

/** `*`: all that is in a value. */
export function queryChildren(value: unknown): unknown {
  const members =
    typeof value === "object" && value !== null ? Object.values(value) : [];
  const children = members.flatMap((member) =>
    Array.isArray(member) ? member.flat(Number.POSITIVE_INFINITY) : [member],
  );
  const isPlain = members.some((member) => Array.isArray(member));
  return isPlain ? children : collapsed(sequenceOf(children));
}

/** `**`: a value and all that is in it. */
export function queryDescendants(value: unknown): unknown {
  const found: unknown[] = [];
  const open: unknown[] = value === undefined ? [] : [value];
  while (open.length > 0) {
    const next = open.pop();
    if (!Array.isArray(next)) found.push(next);
    if (typeof next === "object" && next !== null)
      open.push(...Object.values(next).reverse());
  }
  return collapsed(sequenceOf(found));
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

/** An array of values, in which arrays are taken apart: what an array constructor makes of expressions. */
export function queryArray(...values: readonly unknown[]): unknown[] {
  return values.filter((value) => value !== undefined).flat();
}

/** An array that stands as it is in another one. */
export function queryItems(value: unknown[]): unknown[] {
  return [value];
}

/** An array that is a step of a path: it is not taken apart. */
export function constructedArray(value: unknown[]): unknown[] {
  constructedArrays.add(value);
  return value;
}

/** An object of the values that there are. */
export function queryObject(
  members: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  );
}

/** An object of the groups that keys make of items: the value of each is made of all items that have its key. */
export function queryGroup(
  value: unknown,
  ...pairs: readonly (readonly [
    (item: unknown) => unknown,
    (group: unknown) => unknown,
  ])[]
): Record<string, unknown> {
  const items =
    Array.isArray(value) && value.length > 0
      ? value
      : [Array.isArray(value) ? undefined : value];
  const groups = new Map<string, { readonly pair: number; data: unknown }>();
  for (const item of items) {
    for (const [pair, [keyOf]] of pairs.entries()) {
      const key = groupKey(keyOf(item));
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { pair, data: item });
      else if (group.pair === pair) group.data = queryAppend(group.data, item);
      else
        throw queryError(
          "D1009",
          `Multiple key definitions evaluate to same key: ${JSON.stringify(key)}`,
        );
    }
  }
  const members = [...groups].map(([key, { pair, data }]) => [
    key,
    pairs[pair]?.[1](data),
  ]);
  return Object.fromEntries(members.filter(([, made]) => made !== undefined));
}

/** What an expression for a key gives: a string, or nothing. */
export function groupKey(key: unknown): string | undefined {
  if (key === undefined || typeof key === "string") return key;
  throw queryError(
    "T1003",
    `Key in object structure must evaluate to a string; got: ${JSON.stringify(key)}`,
  );
}

/** $append. */
export function queryAppend(first: unknown, second: unknown): unknown {
  if (first === undefined) return second;
  if (second === undefined) return first;
  return [first, second].flat();
}
