/** Fails the step whose expression cannot be computed. */
export function failEvaluation(message: string): never {
  const error = new Error(message);
  error.name = "EvaluationError";
  throw error;
}

/** Whether an optional member is there. */
export function has<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

/** Whether a value is there and not null. */
export function isSet<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** The value of an optional member that a test before has found to be there. */
export function present<T>(value: T): Exclude<T, undefined> {
  return has(value) ? value : failEvaluation("the member is absent");
}

/** A value that a test before has found not to be null. */
export function nonNull<T>(value: T): NonNullable<T> {
  return isSet(value) ? value : failEvaluation("the value is null");
}

/** Whether two JSON values are equal, whatever their depth and the order of members. */
export function equals(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return (
      left.length === right.length &&
      left.every((item, index) => equals(item, right[index]))
    );
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) => Object.hasOwn(right, name) && equals(left[name], right[name]),
    )
  );
}

/** Whether a JSON value is an object. */
export function isObject(
  value: unknown,
): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a list holds an equal value. */
export function isIn(value: unknown, list: readonly unknown[]): boolean {
  return list.some((item) => equals(item, value));
}

/** Whether an object has a member of its own with that name. */
export function hasKey(object: object, key: string): boolean {
  return Object.hasOwn(object, key);
}

/** An optional member that has the name of one that every JavaScript object inherits; undefined where it is absent. */
export function ownMember<T extends object, K extends keyof T>(
  object: T,
  name: K,
): T[K] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The value of a key; undefined where the map has no such key. */
export function lookup<T>(
  map: { readonly [key: string]: T },
  key: string,
): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The value of a key that the map must have. */
export function entry<T>(map: { readonly [key: string]: T }, key: string): T {
  const value = lookup(map, key);
  return value === undefined
    ? failEvaluation(`there is no key ${JSON.stringify(key)}`)
    : value;
}

/** The item at an index from 0, which the list must have. */
export function at<T>(list: readonly T[], index: number): T {
  const item = Number.isInteger(index) && index >= 0 ? list[index] : undefined;
  return item === undefined
    ? failEvaluation(`there is no index ${index} in a list of ${list.length}`)
    : item;
}

/** The names of an object's members. */
export function keys(object: object): string[] {
  return Object.keys(object);
}

/** The items of a list, each with its index. */
export function indexed<T>(
  list: readonly T[],
): { readonly key: number; readonly value: T }[] {
  return list.map((value, key) => ({ key, value }));
}

/** The members of an object, each with its name. */
export function entries<T>(object: {
  readonly [key: string]: T;
}): { readonly key: string; readonly value: T }[] {
  return Object.entries(object).map(([key, value]) => ({ key, value }));
}

/** As `entries`, of an object whose members have types of their own. */
export function namedMembers(
  object: object,
): { readonly key: string; readonly value: unknown }[] {
  return Object.entries(object).map(([key, value]) => ({ key, value }));
}

/** Gives a value a name: what `use` makes of it. */
export function bindTo<T, U>(value: T, use: (value: T) => U): U {
  return use(value);
}

/** An object of pairs of key and value. A key must not stand twice. */
export function fromEntries<T>(entries: readonly (readonly [string, T])[]): {
  [key: string]: T;
} {
  const map = new Map(entries);
  if (map.size < entries.length) failEvaluation("a key stands twice in a map");
  return Object.fromEntries(map);
}

export function mapList<T, U>(list: readonly T[], make: (item: T) => U): U[] {
  return list.map((item) => make(item));
}

export function filterList<T>(
  list: readonly T[],
  keep: (item: T) => boolean,
): T[] {
  return list.filter((item) => keep(item));
}

/** Whether the test holds for every item. One for which it does not decides, even if the test fails for another. */
export function every<T>(
  list: readonly T[],
  test: (item: T) => boolean,
): boolean {
  return !some(list, (item) => !test(item));
}

/** Whether the test holds for an item. One for which it does decides, even if the test fails for another. */
export function some<T>(
  list: readonly T[],
  test: (item: T) => boolean,
): boolean {
  const failures: unknown[] = [];
  for (const item of list) {
    try {
      if (test(item)) return true;
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
  return false;
}

/** `a && b` of conditions that can fail: false where one is, even if another fails. */
export function allTrue(...conditions: readonly (() => boolean)[]): boolean {
  return every(conditions, (condition) => condition());
}

/** `a || b` of conditions that can fail: true where one is, even if another fails. */
export function anyTrue(...conditions: readonly (() => boolean)[]): boolean {
  return some(conditions, (condition) => condition());
}

/** Whether the test holds for one item and no other. */
export function exactlyOne<T>(
  list: readonly T[],
  test: (item: T) => boolean,
): boolean {
  return list.filter((item) => test(item)).length === 1;
}

export function concat<T, U>(
  left: readonly T[],
  right: readonly U[],
): (T | U)[] {
  return [...left, ...right];
}

/** Division of integers, towards zero. */
export function divideIntegers(dividend: number, divisor: number): number {
  return divisor === 0
    ? failEvaluation("division by zero")
    : Math.trunc(dividend / divisor) + 0;
}

/** What is left of a division of integers, with the sign of the dividend. */
export function remainder(dividend: number, divisor: number): number {
  return divisor === 0
    ? failEvaluation("division by zero")
    : (dividend % divisor) + 0;
}

export function greatest(first: number, ...rest: readonly number[]): number {
  return Math.max(first, ...rest);
}

export function least(first: number, ...rest: readonly number[]): number {
  return Math.min(first, ...rest);
}

/** The greatest number of a list, which must have one. */
export function greatestOf(numbers: readonly number[]): number {
  return numbers.length === 0
    ? failEvaluation("a list without numbers has no greatest")
    : numbers.reduce((found, value) => Math.max(found, value));
}

/** The least number of a list, which must have one. */
export function leastOf(numbers: readonly number[]): number {
  return numbers.length === 0
    ? failEvaluation("a list without numbers has no least")
    : numbers.reduce((found, value) => Math.min(found, value));
}

export function absolute(value: number): number {
  return Math.abs(value);
}

export function roundUp(value: number): number {
  return Math.ceil(value);
}

export function roundDown(value: number): number {
  return Math.floor(value);
}

/** To the nearest integer; halves away from zero. */
export function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

/** Towards zero. */
export function truncate(value: number): number {
  return Math.trunc(value);
}

/** -1, 0 or 1. */
export function signOf(value: number): number {
  return Math.sign(value) + 0;
}

export function isNotANumber(value: number): boolean {
  return Number.isNaN(value);
}

export function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

export function isFiniteNumber(value: number): boolean {
  return Number.isFinite(value);
}
