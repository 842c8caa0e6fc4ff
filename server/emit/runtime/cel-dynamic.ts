import {
  at,
  concat,
  entry,
  failEvaluation,
  isIn,
  isObject,
  lookup,
} from "./cel.ts";
import { textSize } from "./cel-text.ts";

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}

export function asBoolean(value: unknown): boolean {
  return typeof value === "boolean"
    ? value
    : failEvaluation(`true or false is needed, not ${describe(value)}`);
}

export function asNumber(value: unknown): number {
  return typeof value === "number"
    ? value
    : failEvaluation(`a number is needed, not ${describe(value)}`);
}

export function asInteger(value: unknown): number {
  return Number.isInteger(value)
    ? asNumber(value)
    : failEvaluation(`an integer is needed, not ${describe(value)}`);
}

export function asText(value: unknown): string {
  return typeof value === "string"
    ? value
    : failEvaluation(`a string is needed, not ${describe(value)}`);
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value)
    ? value
    : failEvaluation(`a list is needed, not ${describe(value)}`);
}

/** What a macro goes over: the items of a list, or the keys of an object. */
export function iterate(value: unknown): readonly unknown[] {
  return isObject(value) ? Object.keys(value) : asList(value);
}

function asObject(value: unknown): { readonly [name: string]: unknown } {
  return isObject(value)
    ? value
    : failEvaluation(`an object is needed, not ${describe(value)}`);
}

/** Whether a value of unknown type, which must be an object, has a member. */
export function hasMember(value: unknown, name: string): boolean {
  return Object.hasOwn(asObject(value), name);
}

/** A member of a value of unknown type, which must be an object; undefined where it has no such member. */
export function dynamicLookup(value: unknown, name: string): unknown {
  return lookup(asObject(value), name);
}

/** A member of a value of unknown type. */
export function dynamicMember(value: unknown, name: string): unknown {
  return entry(asObject(value), name);
}

/** An item or member of a value of unknown type. */
export function dynamicEntry(value: unknown, key: unknown): unknown {
  return Array.isArray(value)
    ? at<unknown>(value, asNumber(key))
    : entry(asObject(value), asText(key));
}

export function dynamicSize(value: unknown): number {
  if (typeof value === "string") return textSize(value);
  return Array.isArray(value)
    ? value.length
    : Object.keys(asObject(value)).length;
}

/** Whether a list holds an equal value, or an object a key. */
export function dynamicIn(value: unknown, container: unknown): boolean {
  return isObject(container)
    ? Object.hasOwn(container, asText(value))
    : isIn(value, asList(container));
}

/** The sum of numbers, or strings or lists one after the other. */
export function dynamicSum(left: unknown, right: unknown): unknown {
  if (typeof left === "string") return left + asText(right);
  return Array.isArray(left)
    ? concat<unknown, unknown>(left, asList(right))
    : asNumber(left) + asNumber(right);
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compareDynamic(left: unknown, right: unknown): number {
  if (typeof left === "string")
    return left < asText(right) ? -1 : Number(left > asText(right));
  if (typeof left === "boolean") return Number(left) - Number(asBoolean(right));
  return asNumber(left) - asNumber(right);
}

/** A number without its fraction, or the integer that a text writes. */
export function toInteger(value: unknown): number {
  const number =
    typeof value === "string" && /^[+-]?\d+$/.test(value)
      ? Number(value)
      : typeof value === "number"
        ? Math.trunc(value) + 0
        : Number.NaN;
  return Number.isSafeInteger(number)
    ? number
    : failEvaluation(`${JSON.stringify(value)} is no integer`);
}

/** As `toInteger`, and not negative. */
export function toUnsigned(value: unknown): number {
  const number = toInteger(value);
  return number < 0 ? failEvaluation(`${number} is negative`) : number;
}

/** A number, or the one that a text writes. */
export function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const isWritten =
    typeof value === "string" &&
    /^(?:[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|Infinity)|NaN)$/.test(
      value,
    );
  return isWritten
    ? Number(value)
    : failEvaluation(`${JSON.stringify(value)} is no number`);
}

/** True or false, or what a text says: true, t, 1; false, f, 0. */
export function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (
    value === "true" ||
    value === "True" ||
    value === "TRUE" ||
    value === "t" ||
    value === "1"
  )
    return true;
  if (
    value === "false" ||
    value === "False" ||
    value === "FALSE" ||
    value === "f" ||
    value === "0"
  )
    return false;
  return failEvaluation(`${JSON.stringify(value)} is neither true nor false`);
}

/** A string, or a number, true or false as text. */
export function toText(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : asText(value);
}
