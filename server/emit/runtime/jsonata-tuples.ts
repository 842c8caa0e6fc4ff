import { groupedBy, queryGroup } from "./jsonata-groups.ts";
import { isAfterBy, sortedBy } from "./jsonata-order.ts";
import { filteredBy, followSteps, type QueryStep } from "./jsonata-paths.ts";
import {
  collapsed,
  keptArray,
  queryAppend,
  sequenceOf,
} from "./jsonata-sequences.ts";

/** An item of a path as "@", and what the path has bound on the way to it: by `@$name`, by `#$name` and for `%`. */
export type QueryTuple = Record<string, unknown>;

/** The items of a path with what it has bound; null where the path has ended before it binds anything. */
export type QueryTuples = readonly QueryTuple[] | null;

type QueryTupleStep = (tuples: readonly QueryTuple[]) => QueryTuple[];
type OfTuple = (item: unknown, tuple: QueryTuple) => unknown;

/** Those of which the items are known to be tuples. As in JSONata, an order-by clause loses that until the next step. */
const tupleStreams: WeakSet<readonly QueryTuple[]> = new WeakSet();

/** What the steps of a path lead to, with what they bind. */
export function queryTuples(
  start: QueryTuples,
  ...steps: readonly QueryTupleStep[]
): QueryTuples {
  return (
    start &&
    steps.reduce<readonly QueryTuple[]>((all, step) => step(all), start)
  );
}

/** The items that a path begins with, or those that its first steps lead to, which bind nothing. */
export function startTuples(
  from: unknown,
  ...steps: readonly QueryStep[]
): QueryTuples {
  const items =
    Array.isArray(from) && steps.length === 0
      ? from
      : followSteps(from, steps, false);
  if (from === undefined || (items.length === 0 && steps.length > 0))
    return null;
  return streamOf(items.map((item) => tupleOf({ "@": item })));
}

function tupleOf(...parts: readonly QueryTuple[]): QueryTuple {
  // Names of a definition are members: there must be none from elsewhere.
  return Object.assign(Object.create(null), ...parts);
}

function streamOf(tuples: QueryTuple[]): QueryTuple[] {
  tupleStreams.add(tuples);
  return tuples;
}

/** What a path has bound to a name. */
export function boundIn(tuple: QueryTuple, name: string): unknown {
  return tuple[name];
}

/** A step that binds: the item it finds to `focus`, the place of it to `index`, the item before to `parent`. */
export function tupleStep(
  of: OfTuple,
  names: {
    readonly focus?: string;
    readonly index?: string;
    readonly parent?: string;
  } = {},
): QueryTupleStep {
  const { focus, index, parent } = names;
  return (tuples) =>
    streamOf(
      tuples.flatMap((tuple) => {
        const before = tuple["@"];
        const found = of(before, tuple);
        if (found === undefined) return [];
        const items: readonly unknown[] = Array.isArray(found)
          ? found
          : [found];
        return items.map((item, place) =>
          tupleOf(
            tuple,
            focus === undefined ? { "@": item } : { [focus]: item },
            index === undefined ? {} : { [index]: place },
            parent === undefined ? {} : { [parent]: before },
          ),
        );
      }),
    );
}

/** A step that is a path in parentheses and binds itself. */
export function tupleBranch(
  of: (item: unknown, tuple: QueryTuple) => QueryTuples,
): QueryTupleStep {
  return (tuples) =>
    streamOf(
      tuples.flatMap((tuple) =>
        (of(tuple["@"], tuple) ?? []).map((found) => tupleOf(tuple, found)),
      ),
    );
}

/** The tuples where a test holds, counted over all of them. */
export function tupleFilter(test: OfTuple): QueryTupleStep {
  return (tuples) =>
    likeBefore(
      tuples,
      filteredBy(tuples, (tuple) => test(...inStream(tuples, tuple))),
    );
}

function likeBefore(
  before: readonly QueryTuple[],
  tuples: QueryTuple[],
): QueryTuple[] {
  return tupleStreams.has(before) ? streamOf(tuples) : tuples;
}

function inStream(
  tuples: readonly QueryTuple[],
  tuple: QueryTuple,
): [item: unknown, tuple: QueryTuple] {
  return tupleStreams.has(tuples) ? [tuple["@"], tuple] : [tuple, {}];
}

/** The tuple at a place, from the end where it is negative. */
export function tupleItem(place: number): QueryTupleStep {
  return (tuples) =>
    likeBefore(
      tuples,
      tuples.slice(place, place === -1 ? undefined : place + 1),
    );
}

/** Binds the place of each tuple among all. */
export function tupleIndex(name: string): QueryTupleStep {
  return (tuples) =>
    likeBefore(
      tuples,
      tuples.map((tuple, place) => tupleOf(tuple, { [name]: place })),
    );
}

/** Orders the tuples by one or more values of each. */
export function tupleOrder(
  ...terms: readonly (readonly [OfTuple, boolean])[]
): QueryTupleStep {
  return (tuples) => {
    if (tuples.length <= 1) return likeBefore(tuples, [...tuples]);
    return sortedBy([...tuples], (left, right) =>
      isAfterBy(terms, (term) => [
        term(...inStream(tuples, left)),
        term(...inStream(tuples, right)),
      ]),
    );
  };
}

/** The items of a path without what it has bound. */
export function tupleItems(tuples: QueryTuples): unknown {
  return collapsed(tupleValues(tuples));
}

/** The same, as an array also of a single item. */
export function tupleItemsArray(tuples: QueryTuples): unknown {
  return keptArray(tupleValues(tuples));
}

function tupleValues(tuples: QueryTuples): unknown[] {
  return sequenceOf((tuples ?? []).map((tuple) => tuple["@"]));
}

/** An object of the groups that keys make of the items: in the value of each, names stand for all that its items have bound. */
export function tupleGroup(
  tuples: QueryTuples,
  ...pairs: readonly (readonly [OfTuple, OfTuple])[]
): Record<string, unknown> {
  if (tuples !== null && (tuples.length === 0 || tupleStreams.has(tuples))) {
    const called =
      (of: OfTuple) =>
      (tuple: QueryTuple): unknown =>
        of(tuple["@"], tuple);
    return groupedBy(
      tuples,
      pairs.map(([key, value]) => [called(key), called(value)] as const),
      joinedTuples,
    );
  }
  const called =
    (of: OfTuple) =>
    (item: unknown): unknown =>
      of(item, {});
  return queryGroup(
    tuples ?? undefined,
    ...pairs.map(([key, value]) => [called(key), called(value)] as const),
  );
}

function joinedTuples(group: readonly QueryTuple[]): QueryTuple {
  return group.reduce((all, tuple) => {
    const members = Object.keys(tuple).map((name) => [
      name,
      queryAppend(all[name], tuple[name]),
    ]);
    return tupleOf(all, Object.fromEntries(members));
  });
}
