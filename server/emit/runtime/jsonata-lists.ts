import { isRecord } from "./amazon-states.ts";
import { sameJson } from "./json-path.ts";
import { queryError, queryTruth } from "./jsonata.ts";
import type { QueryCallback } from "./jsonata-functions.ts";
import { sortedBy } from "./jsonata-order.ts";
import { memberOf } from "./jsonata-paths.ts";
import { isSequence, queryAppend, sequenceOf } from "./jsonata-sequences.ts";
import { argumentError } from "./jsonata-signatures.ts";
import { queryString, textArgument } from "./jsonata-text.ts";

/** An argument that must be a list: anything else is one of a single item. */
export function listArgument(value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [value];
}

function objectArgument(
  value: unknown,
  name: string,
): Record<string, unknown> | undefined {
  if (value === undefined || isRecord(value)) return value;
  throw argumentError(name, 1);
}

/** $count. */
export function queryCount(list: unknown): number {
  return listArgument(list)?.length ?? 0;
}

/** $map: what the function makes of nothing is left out. */
export function queryMap(list: unknown, each: QueryCallback): unknown[] {
  const items = listArgument(list);
  const made = items?.map((item, index) => each(item, index, items)) ?? [];
  return sequenceOf(made.filter((value) => value !== undefined));
}

/** $filter. */
export function queryWhere(list: unknown, each: QueryCallback): unknown[] {
  const items = listArgument(list) ?? [];
  return sequenceOf(
    items.filter((item, index) => queryTruth(each(item, index, items))),
  );
}

/** $single: the one item for which the function holds. */
export function querySingle(list: unknown, each?: QueryCallback): unknown {
  const items = listArgument(list);
  if (items === undefined) return undefined;
  const found = items.filter(
    (item, index) => each === undefined || queryTruth(each(item, index, items)),
  );
  if (found.length === 1) return found[0];
  const matched = `The $single() function expected exactly 1 matching result.  Instead it matched ${found.length === 0 ? "0" : "more"}.`;
  throw queryError(found.length === 0 ? "D3139" : "D3138", matched);
}

/** $reduce. */
export function queryReduce(
  list: unknown,
  each: QueryCallback,
  initial?: unknown,
): unknown {
  const items = listArgument(list);
  if (items === undefined) return undefined;
  const from = initial === undefined ? 1 : 0;
  let result = initial === undefined ? items[0] : initial;
  for (let index = from; index < items.length; index++)
    result = each(result, items[index], index, items);
  return result;
}

/** $sift: the members for which the function holds; nothing where it holds for none. */
export function querySift(of: unknown, each: QueryCallback): unknown {
  const object = objectArgument(of, "sift") ?? {};
  const found = Object.entries(object).filter(([key, value]) =>
    queryTruth(each(value, key, object)),
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** $each: what the function makes of the members. */
export function queryEach(of: unknown, each: QueryCallback): unknown[] {
  const object = objectArgument(of, "each") ?? {};
  const made = Object.entries(object).map(([key, value]) =>
    each(value, key, object),
  );
  return sequenceOf(made.filter((value) => value !== undefined));
}

/** $keys: of an object, or of all objects of an array. */
export function queryKeys(value: unknown): unknown[] {
  return sequenceOf([...new Set(keysOf(value))]);
}

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  return isRecord(value) ? Object.keys(value) : [];
}

/** $spread: an object for each member. */
export function querySpread(value: unknown): unknown {
  if (Array.isArray(value))
    return value.reduce<unknown>(
      (all, item) => queryAppend(all, querySpread(item)),
      sequenceOf([]),
    );
  if (!isRecord(value)) return value;
  return sequenceOf(
    Object.entries(value).map((member) => Object.fromEntries([member])),
  );
}

/** $merge: of members with the same name the last one. */
export function queryMerge(
  objects: unknown,
): Record<string, unknown> | undefined {
  const list = listArgument(objects);
  if (list?.some((item) => !isRecord(item)))
    throw queryError(
      "T0412",
      'Argument 1 of function "merge" must be an array of "objects"',
    );
  return (
    list &&
    Object.fromEntries(list.flatMap((item) => Object.entries(item ?? {})))
  );
}

/** $reverse. */
export function queryReverse(list: unknown): unknown {
  const items = listArgument(list);
  return items === undefined || items.length <= 1 ? items : items.toReversed();
}

/** $sort: of numbers or strings, or by a function that tells whether its first argument belongs after its second. */
export function querySort(list: unknown, isAfter?: QueryCallback): unknown {
  const items = listArgument(list);
  if (items === undefined || items.length <= 1) return items;
  if (isAfter !== undefined) {
    return sortedBy(items, (left, right) => Boolean(isAfter(left, right)));
  }
  const numbers = items.filter((item) => typeof item === "number");
  if (numbers.length === items.length)
    return numbers.toSorted((left, right) => left - right);
  const texts = items.filter((item) => typeof item === "string");
  if (texts.length === items.length)
    return texts.toSorted((left, right) =>
      left < right ? -1 : left > right ? 1 : 0,
    );
  throw queryError(
    "D3070",
    "The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function",
  );
}

/** $distinct. */
export function queryDistinct(list: unknown): unknown {
  if (!Array.isArray(list) || list.length <= 1) return list;
  const found: unknown[] = [];
  for (const item of list)
    if (!found.some((other) => sameJson(item, other))) found.push(item);
  return isSequence(list) ? sequenceOf(found) : found;
}

/** $zip: as long as the shortest list. */
export function queryZip(...lists: readonly unknown[]): unknown[] {
  const given = lists.map((list) => listArgument(list) ?? []);
  const length = Math.min(...given.map((list) => list.length));
  return Array.from({ length }, (_, index) => given.map((list) => list[index]));
}

/** $error. */
export function queryFailure(message?: unknown): unknown {
  if (message !== undefined && typeof message !== "string")
    throw argumentError("error", 1);
  throw queryError("D3137", message || "$error() function evaluated");
}

/** $assert. */
export function queryAssert(condition: unknown, message?: unknown): unknown {
  const text = textArgument(message, "assert", 2);
  if (condition !== undefined && typeof condition !== "boolean")
    throw argumentError("assert", 1);
  if (condition === true) return undefined;
  throw queryError("D3141", text || "$assert() statement failed");
}

/** $clone. */
export function queryClone(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null)
    throw argumentError("clone", 1);
  return JSON.parse(queryString(value) ?? "null");
}

/** `| pattern | update, deletions |`: a function that changes a copy of a value. */
export function queryTransform(
  pattern: (value: unknown) => unknown,
  update: (match: unknown) => unknown,
  deletions?: (match: unknown) => unknown,
): (value: unknown) => unknown {
  return (value) => {
    const copy = queryClone(value);
    for (const match of copy === undefined
      ? []
      : (listArgument(pattern(copy)) ?? []))
      changeMatch(match, update(match), deletions);
    return copy;
  };
}

function changeMatch(
  match: unknown,
  change: unknown,
  deletions?: (match: unknown) => unknown,
): void {
  if (change !== undefined && !isRecord(change))
    throw queryError(
      "T2011",
      `The insert/update clause of the transform expression must evaluate to an object: ${JSON.stringify(change)}`,
    );
  if (!isRecord(match)) return;
  for (const [key, value] of Object.entries(change ?? {})) match[key] = value;
  const wanted = deletions?.(match);
  for (const name of listArgument(wanted) ?? []) {
    if (typeof name !== "string")
      throw queryError(
        "T2012",
        `The delete clause of the transform expression must evaluate to a string or array of strings: ${JSON.stringify(wanted)}`,
      );
    delete match[name];
  }
}

/** $lookup: the member of an object, or those of all objects of an array. */
export function queryLookup(value: unknown, name: unknown): unknown {
  if (typeof name !== "string") throw argumentError("lookup", 2);
  return memberOf(value, name);
}

/** $zip as a value. */
export function zipFunction(): QueryCallback {
  return (...lists) => queryZip(...lists);
}
