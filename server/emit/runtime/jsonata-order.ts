import { queryError } from "./jsonata.ts";

/** A stable sort: `isAfter` tells that the left one belongs after the right one. */
export function sortedBy<T>(
  items: T[],
  isAfter: (left: T, right: T) => boolean,
): T[] {
  if (items.length <= 1) return items;
  const middle = items.length >> 1;
  const first = sortedBy(items.slice(0, middle), isAfter);
  const sorted: T[] = [];
  let next = 0;
  for (const right of sortedBy(items.slice(middle), isAfter)) {
    for (; next < first.length; next++) {
      const left = first[next];
      if (left === undefined || isAfter(left, right)) break;
      sorted.push(left);
    }
    sorted.push(right);
  }
  return [...sorted, ...first.slice(next)];
}

/** A step of a path that orders its items. */
export interface QueryOrder {
  readonly ordered: (items: unknown[]) => unknown[];
}

/** The step of a path that orders its items by one or more values of each. */
export function queryOrder(
  ...terms: readonly (readonly [(item: unknown) => unknown, boolean])[]
): QueryOrder {
  return {
    ordered: (items) =>
      sortedBy(items, (left, right) =>
        isAfterBy(terms, (term) => [term(left), term(right)]),
      ),
  };
}

/** The same, and then only some of the items. */
export function queryOrderFiltered(
  order: QueryOrder,
  filter: (items: unknown) => unknown[],
): QueryOrder {
  return { ordered: (items) => filter(order.ordered(items)) };
}

/** Whether the left one of two items belongs after the right one. */
export function isAfterBy<T>(
  terms: readonly (readonly [term: T, isDescending: boolean])[],
  valuesOf: (term: T) => readonly [unknown, unknown],
): boolean {
  for (const [term, isDescending] of terms) {
    const [left, right] = valuesOf(term);
    const order = orderOf(left, right, isDescending);
    if (order !== 0) return order > 0;
  }
  return false;
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
