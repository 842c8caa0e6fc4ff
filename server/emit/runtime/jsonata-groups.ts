import { queryError } from "./jsonata.ts";
import { queryAppend } from "./jsonata-sequences.ts";

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
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  // An object is written as a group of nothing, too.
  return groupedBy(items.length === 0 ? [undefined] : items, pairs, (group) =>
    group.reduce(queryAppend),
  );
}

/** `joined`: what stands for all items of a group. */
export function groupedBy<T>(
  items: readonly T[],
  pairs: readonly (readonly [
    keyOf: (item: T) => unknown,
    valueOf: (group: T) => unknown,
  ])[],
  joined: (group: readonly T[]) => T,
): Record<string, unknown> {
  const groups = new Map<string, { readonly pair: number; readonly of: T[] }>();
  for (const item of items) {
    for (const [pair, [keyOf]] of pairs.entries()) {
      const key = groupKey(keyOf(item));
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { pair, of: [item] });
      else if (group.pair === pair) group.of.push(item);
      else
        throw queryError(
          "D1009",
          `Multiple key definitions evaluate to same key: ${JSON.stringify(key)}`,
        );
    }
  }
  const members = [...groups].map(([key, { pair, of }]) => [
    key,
    pairs[pair]?.[1](joined(of)),
  ]);
  return Object.fromEntries(members.filter(([, made]) => made !== undefined));
}

/** What an expression for a key gives: a string, or nothing. */
export function groupKey(key: unknown): string | undefined {
  if (key === "_jsonata_lambda" || key === "_jsonata_function")
    throw queryError(
      "D1013",
      `Object property names starting with _jsonata_ are reserved for internal use: ${JSON.stringify(key)}`,
    );
  if (key === undefined || typeof key === "string") return key;
  throw queryError(
    "T1003",
    `Key in object structure must evaluate to a string; got: ${JSON.stringify(key)}`,
  );
}
