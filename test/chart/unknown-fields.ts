import { isObject } from "../kubernetes/objects.ts";

/** An object that remembers what a validator asks of it. */
export interface Watched {
  readonly value: object;
  /** Paths of the fields that nobody has asked for. */
  unread(): readonly string[];
}

/**
 * The validators of `kubernetes-models` are compiled from JSON schemas, which are not there any more: they ask for each field that a
 * type has, list the fields of a map, and never look at a field that they do not know. So a field that was not asked for is
 * not in the schema.
 */
export function watchFields(object: object): Watched {
  const read = new Set<string>();
  const watch = (value: unknown, path: string): unknown => {
    if (typeof value !== "object" || value === null) return value;
    return new Proxy(value, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key);
        if (typeof key === "symbol" || !Object.hasOwn(target, key)) return found;
        read.add(`${path}.${key}`);
        return watch(found, `${path}.${key}`);
      },
      ownKeys(target) {
        for (const key of Object.keys(target)) read.add(`${path}.${key}`);
        return Reflect.ownKeys(target);
      },
    });
  };
  const unreadIn = (value: unknown, path: string): readonly string[] => {
    if (!isObject(value) && !Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([key, entry]) => {
      const inner = `${path}.${key}`;
      return read.has(inner) ? unreadIn(entry, inner) : [inner.slice(1)];
    });
  };
  return { value: Object(watch(object, "")), unread: () => unreadIn(object, "") };
}
