import { failEvaluation } from "./cel.ts";

/** An integer as its upper and lower 32 bits, in two's complement. */
function halvesOf(value: number): { upper: number; lower: number } {
  if (!Number.isSafeInteger(value)) failEvaluation(`${value} is no integer`);
  return { upper: Math.floor(value / 2 ** 32), lower: value >>> 0 };
}

function integerOf(upper: number, lower: number): number {
  return upper * 2 ** 32 + (lower >>> 0);
}

export function bitAnd(left: number, right: number): number {
  const [a, b] = [halvesOf(left), halvesOf(right)];
  return integerOf(a.upper & b.upper, a.lower & b.lower);
}

export function bitOr(left: number, right: number): number {
  const [a, b] = [halvesOf(left), halvesOf(right)];
  return integerOf(a.upper | b.upper, a.lower | b.lower);
}

export function bitXor(left: number, right: number): number {
  const [a, b] = [halvesOf(left), halvesOf(right)];
  return integerOf(a.upper ^ b.upper, a.lower ^ b.lower);
}

export function bitNot(value: number): number {
  return -1 - value;
}

function shiftOf(places: number): number {
  return places < 0
    ? failEvaluation("a number of places to shift is not negative")
    : places;
}

/** The 64 bits of an integer, so many places to the left. Fails where numbers cannot be that large. */
export function bitShiftLeft(value: number, places: number): number {
  const shifted = shiftOf(places) > 63 ? 0 : value * 2 ** places;
  return Number.isSafeInteger(shifted)
    ? shifted
    : failEvaluation(`${value} shifted by ${places} is beyond 2^53`);
}

/** The 64 bits of an integer, so many places to the right, with zeros in their place. */
export function bitShiftRight(value: number, places: number): number {
  if (shiftOf(places) > 63) return 0;
  const bits = value < 0 && places > 0 ? value + 2 ** 64 : value;
  const shifted = Math.floor(bits / 2 ** places);
  return Number.isSafeInteger(shifted)
    ? shifted
    : failEvaluation(`${value} shifted by ${places} is beyond 2^53`);
}
