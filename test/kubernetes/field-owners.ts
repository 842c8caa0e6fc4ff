import { apply, identity, keysOf } from "./merge.ts";
import { canonical, isObject, type KubeObject } from "./objects.ts";
import { ApiError } from "./storage.ts";

/**
 * Who owns which fields of an object: https://kubernetes.io/docs/reference/using-api/server-side-apply/. What a manager has is kept
 * as a part of the object, with the fields that it set last.
 */
export interface FieldOwners {
  /** What `configuration` makes of the object. @throws ApiError Conflict where others own what it changes, unless forced. */
  apply(key: string, live: KubeObject, configuration: KubeObject, manager: string, force: boolean): KubeObject;
  /** After an apply: what it has changed is its manager's alone, what it has left shares. */
  applied(key: string, live: KubeObject | undefined, configuration: KubeObject, manager: string): void;
  /** A write that is no apply: what it changed is its manager's alone. */
  updated(key: string, before: KubeObject, after: KubeObject, manager: string): void;
  forget(key: string): void;
}

export function createFieldOwners(): FieldOwners {
  const objects = new Map<string, Map<string, unknown>>();
  const managersOf = (key: string): Map<string, unknown> => objects.get(key) ?? new Map();
  const othersOf = (key: string, manager: string) => [...managersOf(key)].filter(([other]) => other !== manager);
  return {
    apply(key, live, configuration, manager, force) {
      const others = othersOf(key, manager);
      const changed = difference(live, configuration, "");
      const conflicts = others.flatMap(([other, owned]) =>
        shared(changed, owned, "", "").map((path) => `conflict with "${other}": ${path}`),
      );
      if (conflicts.length > 0 && !force) {
        const count = `${conflicts.length} conflict${conflicts.length > 1 ? "s" : ""}`;
        throw new ApiError(409, "Conflict", `Apply failed with ${count}: ${conflicts.join("; ")}`);
      }
      const owned = managersOf(key).get(manager) ?? {};
      return apply(
        live,
        owned,
        configuration,
        others.map(([, value]) => value),
      ) as KubeObject;
    },
    applied(key, live, configuration, manager) {
      const changed = live === undefined ? undefined : difference(live, configuration, "");
      const left = othersOf(key, manager).map(([other, owned]) => [other, without(owned, changed, "")] as const);
      objects.set(key, new Map([...left, [manager, configuration]]));
    },
    updated(key, before, after, manager) {
      const changed = difference(withoutStatus(before), withoutStatus(after), "");
      if (changed === undefined) return;
      const left = [...managersOf(key)].map(([other, owned]) => [other, without(owned, changed, "")] as const);
      const own = apply(managersOf(key).get(manager) ?? {}, {}, changed, []);
      objects.set(key, new Map([...left, [manager, own]]));
    },
    forget: (key) => void objects.delete(key),
  };
}

/** What is for the API server and controllers to say. */
function withoutStatus({ status: _status, metadata, ...rest }: KubeObject): object {
  const { labels, annotations } = metadata;
  return { ...rest, metadata: { labels, annotations } };
}

const itemOf = (list: readonly unknown[], item: unknown, keys: readonly string[]): unknown =>
  list.find((other) => identity(other, keys) === identity(item, keys));

/** The part of `after` that differs from `before`; undefined where nothing does. Items of lists keep their keys. */
function difference(before: unknown, after: unknown, field: string): unknown {
  if (after === undefined || canonical(before) === canonical(after)) return undefined;
  if (Array.isArray(after)) {
    const keys = keysOf(field, after);
    if (keys === null || !Array.isArray(before)) return after;
    const items = after.flatMap((item) => {
      const changed = difference(itemOf(before, item, keys), item, "");
      if (!isObject(changed) || !isObject(item)) return changed === undefined ? [] : [item];
      return [{ ...Object.fromEntries(keys.map((key) => [key, item[key]])), ...changed }];
    });
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(after) || !isObject(before)) return after;
  const members = Object.entries(after).flatMap(([key, value]) => {
    const changed = difference(before[key], value, key);
    return changed === undefined ? [] : [[key, changed] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** Paths of the leaves that are in both, but for those that tell items from each other. */
function shared(one: unknown, other: unknown, field: string, path: string): readonly string[] {
  if (one === undefined || other === undefined) return [];
  if (Array.isArray(one) && Array.isArray(other)) {
    const keys = keysOf(field, one);
    if (keys === null) return [path];
    return one.flatMap((item) => {
      const [same, own] = [itemOf(other, item, keys), `${path}[${keys.map((key) => `${key}=${Object(item)[key]}`)}]`];
      if (!isObject(item) || !isObject(same)) return [];
      const rest = Object.entries(item).filter(([key]) => !keys.includes(key));
      return shared(Object.fromEntries(rest), same, "", own);
    });
  }
  if (!isObject(one) || !isObject(other)) return [path];
  return Object.keys(one).flatMap((key) => shared(one[key], other[key], key, `${path}.${key}`));
}

/** What is left of `owned` when others have taken the leaves of `taken`. */
function without(owned: unknown, taken: unknown, field: string): unknown {
  if (taken === undefined || owned === undefined) return owned;
  if (Array.isArray(owned) && Array.isArray(taken)) {
    const keys = keysOf(field, owned);
    if (keys === null) return undefined;
    return owned.map((item) => {
      const { ...rest } = Object(itemOf(taken, item, keys) ?? {});
      for (const key of keys) delete rest[key];
      return without(item, rest, "");
    });
  }
  if (!isObject(owned) || !isObject(taken)) return undefined;
  const left = Object.entries(owned).map(([key, value]) => [key, without(value, taken[key], key)] as const);
  return Object.fromEntries(left.filter(([, value]) => value !== undefined));
}
