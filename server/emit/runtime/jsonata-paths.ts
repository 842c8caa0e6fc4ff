import { isRecord } from "./amazon-states.ts";
import { isNumeric, queryTruth } from "./jsonata.ts";
import type { QueryOrder } from "./jsonata-order.ts";
import {
  collapsed,
  isConstructed,
  isSequence,
  keptArray,
  sequenceOf,
} from "./jsonata-sequences.ts";

/** A step of a path: a name, what it makes of an item, or how it orders all items. */
export type QueryStep = string | ((item: unknown) => unknown) | QueryOrder;

/** What the steps of a path lead to, from a value or from each item of an array. */
export function queryPath(
  from: unknown,
  ...steps: readonly QueryStep[]
): unknown {
  return collapsed(followSteps(from, steps));
}

/** The same, from an array that is written out: an empty one stays as it is. */
export function queryArrayPath(
  from: unknown,
  ...steps: readonly QueryStep[]
): unknown {
  return Array.isArray(from) && from.length === 0
    ? from
    : queryPath(from, ...steps);
}

/** What the steps of a path lead to, as an array also of a single item. */
export function queryPathArray(
  from: unknown,
  ...steps: readonly QueryStep[]
): unknown {
  const found = followSteps(from, steps);
  return keptArray(isConstructed(found) ? sequenceOf([found]) : found);
}

/** `hasEnd`: whether the last of these steps is the last of the path. */
export function followSteps(
  from: unknown,
  steps: readonly QueryStep[],
  hasEnd = true,
): unknown[] {
  if (from === undefined) return sequenceOf([]);
  let items = sequenceOf(Array.isArray(from) ? [...from] : [from]);
  for (const [index, step] of steps.entries()) {
    items =
      typeof step === "object"
        ? step.ordered(items)
        : followStep(items, step, hasEnd && index === steps.length - 1);
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
    results.flatMap((result) => (isConstructed(result) ? [result] : result)),
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

/** The items of a value where a test holds; a number, or several, are the places that are wanted. */
export function queryFilter(
  value: unknown,
  test: (item: unknown) => unknown,
): unknown[] {
  return sequenceOf(filteredBy(Array.isArray(value) ? value : [value], test));
}

export function filteredBy<T>(
  items: readonly T[],
  test: (item: T) => unknown,
): T[] {
  const found: T[] = [];
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
  return found;
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
