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
    return left.length === right.length && left.every((item, index) => equals(item, right[index]));
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equals(left[name], right[name]))
  );
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
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

/** The value of a key; undefined where the map has no such key. */
export function lookup<T>(map: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The value of a key that the map must have. */
export function entry<T>(map: { readonly [key: string]: T }, key: string): T {
  const value = lookup(map, key);
  return value === undefined ? failEvaluation(`there is no key ${JSON.stringify(key)}`) : value;
}

/** The item at an index from 0, which the list must have. */
export function at<T>(list: readonly T[], index: number): T {
  const item = Number.isInteger(index) && index >= 0 ? list[index] : undefined;
  return item === undefined ? failEvaluation(`there is no index ${index} in a list of ${list.length}`) : item;
}

/** The names of an object's members. */
export function keys(object: object): string[] {
  return Object.keys(object);
}

/** An object of pairs of key and value. A key must not stand twice. */
export function fromEntries<T>(entries: readonly (readonly [string, T])[]): { [key: string]: T } {
  const map = new Map(entries);
  if (map.size < entries.length) failEvaluation("a key stands twice in a map");
  return Object.fromEntries(map);
}

export function mapList<T, U>(list: readonly T[], make: (item: T) => U): U[] {
  return list.map((item) => make(item));
}

export function filterList<T>(list: readonly T[], keep: (item: T) => boolean): T[] {
  return list.filter((item) => keep(item));
}

export function every<T>(list: readonly T[], test: (item: T) => boolean): boolean {
  return list.every((item) => test(item));
}

export function some<T>(list: readonly T[], test: (item: T) => boolean): boolean {
  return list.some((item) => test(item));
}

/** Whether the test holds for one item and no other. */
export function exactlyOne<T>(list: readonly T[], test: (item: T) => boolean): boolean {
  return list.filter((item) => test(item)).length === 1;
}

export function concat<T, U>(left: readonly T[], right: readonly U[]): (T | U)[] {
  return [...left, ...right];
}

/** Division of integers, towards zero. */
export function divideIntegers(dividend: number, divisor: number): number {
  return divisor === 0 ? failEvaluation("division by zero") : Math.trunc(dividend / divisor) + 0;
}

/** What is left of a division of integers, with the sign of the dividend. */
export function remainder(dividend: number, divisor: number): number {
  return divisor === 0 ? failEvaluation("division by zero") : (dividend % divisor) + 0;
}

export function greatest(first: number, ...rest: readonly number[]): number {
  return Math.max(first, ...rest);
}

export function least(first: number, ...rest: readonly number[]): number {
  return Math.min(first, ...rest);
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

/** How many characters (Unicode code points) a text has. */
export function textSize(text: string): number {
  return Array.from(text).length;
}

export function contains(text: string, part: string): boolean {
  return text.includes(part);
}

export function startsWith(text: string, prefix: string): boolean {
  return text.startsWith(prefix);
}

export function endsWith(text: string, suffix: string): boolean {
  return text.endsWith(suffix);
}

/** With the letters A to Z as small ones. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** With the letters a to z as capitals. */
export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

export function trimText(text: string): string {
  return text.trim();
}

/** The parts between separators; the last of `limit` parts is all the rest. Without a limit: all parts. */
export function splitText(text: string, separator: string, limit = -1): string[] {
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

export function joinTexts(texts: readonly string[], separator = ""): string {
  return texts.join(separator);
}

/** Replaces every `from`, or the first `limit` of them. */
export function replaceText(text: string, from: string, to: string, limit = -1): string {
  return limit < 0 ? text.replaceAll(from, () => to) : splitText(text, from, limit + 1).join(to);
}

/** The characters from index `start` up to `end`, which must lie in the text. */
export function substring(text: string, start: number, end?: number): string {
  const characters = Array.from(text);
  const stop = end ?? characters.length;
  if (start < 0 || stop > characters.length || start > stop) failEvaluation(`there is no range ${start} to ${stop} in a text of ${characters.length}`);
  return characters.slice(start, stop).join("");
}

/** The character at an index; "" right after the last. */
export function charAt(text: string, index: number): string {
  const characters = Array.from(text);
  return index === characters.length ? "" : at(characters, index);
}

/** Where a part first begins, at `from` or later; -1: nowhere. */
export function indexOfText(text: string, part: string, from = 0): number {
  const unit = text.indexOf(part, Array.from(text).slice(0, from).join("").length);
  return unit < 0 ? -1 : textSize(text.slice(0, unit));
}

/** Where a part last begins, at `from` or earlier; -1: nowhere. */
export function lastIndexOfText(text: string, part: string, from?: number): number {
  const unit = text.lastIndexOf(part, from === undefined ? text.length : Array.from(text).slice(0, from).join("").length);
  return unit < 0 ? -1 : textSize(text.slice(0, unit));
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}

export function asBoolean(value: unknown): boolean {
  return typeof value === "boolean" ? value : failEvaluation(`true or false is needed, not ${describe(value)}`);
}

export function asNumber(value: unknown): number {
  return typeof value === "number" ? value : failEvaluation(`a number is needed, not ${describe(value)}`);
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : failEvaluation(`a string is needed, not ${describe(value)}`);
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : failEvaluation(`a list is needed, not ${describe(value)}`);
}

/** What a macro goes over: the items of a list, or the keys of an object. */
export function iterate(value: unknown): readonly unknown[] {
  return isObject(value) ? Object.keys(value) : asList(value);
}

function asObject(value: unknown): { readonly [name: string]: unknown } {
  return isObject(value) ? value : failEvaluation(`an object is needed, not ${describe(value)}`);
}

/** Whether a value of unknown type, which must be an object, has a member. */
export function hasMember(value: unknown, name: string): boolean {
  return Object.hasOwn(asObject(value), name);
}

/** A member of a value of unknown type. */
export function dynamicMember(value: unknown, name: string): unknown {
  return entry(asObject(value), name);
}

/** An item or member of a value of unknown type. */
export function dynamicEntry(value: unknown, key: unknown): unknown {
  return Array.isArray(value) ? at<unknown>(value, asNumber(key)) : entry(asObject(value), asText(key));
}

export function dynamicSize(value: unknown): number {
  if (typeof value === "string") return textSize(value);
  return Array.isArray(value) ? value.length : Object.keys(asObject(value)).length;
}

/** Whether a list holds an equal value, or an object a key. */
export function dynamicIn(value: unknown, container: unknown): boolean {
  return isObject(container) ? Object.hasOwn(container, asText(value)) : isIn(value, asList(container));
}

/** The sum of numbers, or strings or lists one after the other. */
export function dynamicSum(left: unknown, right: unknown): unknown {
  if (typeof left === "string") return left + asText(right);
  return Array.isArray(left) ? concat<unknown, unknown>(left, asList(right)) : asNumber(left) + asNumber(right);
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compareDynamic(left: unknown, right: unknown): number {
  if (typeof left === "string") return left < asText(right) ? -1 : Number(left > asText(right));
  if (typeof left === "boolean") return Number(left) - Number(asBoolean(right));
  return asNumber(left) - asNumber(right);
}

/** A number without its fraction, or the integer that a text writes. */
export function toInteger(value: unknown): number {
  const number = typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : typeof value === "number" ? Math.trunc(value) + 0 : Number.NaN;
  return Number.isSafeInteger(number) ? number : failEvaluation(`${JSON.stringify(value)} is no integer`);
}

/** As `toInteger`, and not negative. */
export function toUnsigned(value: unknown): number {
  const number = toInteger(value);
  return number < 0 ? failEvaluation(`${number} is negative`) : number;
}

/** A number, or the one that a text writes. */
export function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const isWritten = typeof value === "string" && /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(value);
  return isWritten ? Number(value) : failEvaluation(`${JSON.stringify(value)} is no number`);
}

/** True or false, or what a text says: true, t, 1; false, f, 0. */
export function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "True" || value === "TRUE" || value === "t" || value === "1") return true;
  if (value === "false" || value === "False" || value === "FALSE" || value === "f" || value === "0") return false;
  return failEvaluation(`${JSON.stringify(value)} is neither true nor false`);
}

/** A string, or a number, true or false as text. */
export function toText(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : asText(value);
}
