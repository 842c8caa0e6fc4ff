/**
 * What `@peculiar/x509` needs of `reflect-metadata` (through tsyringe), so that one package less is needed: properties
 * beside an object, by key. Imported for its effect, before `@peculiar/x509`.
 */
const kept = new WeakMap<object, Map<unknown, unknown>>();

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const entries = kept.get(target) ?? new Map<unknown, unknown>();
  kept.set(target, entries.set(key, value));
}

function getOwnMetadata(key: unknown, target: object): unknown {
  return kept.get(target)?.get(key);
}

/** Of the object or the nearest one that it inherits from. */
function getMetadata(key: unknown, target: object | null): unknown {
  if (target === null) return undefined;
  return getOwnMetadata(key, target) ?? getMetadata(key, Object.getPrototypeOf(target));
}

Object.assign(Reflect, { defineMetadata, getOwnMetadata, getMetadata });
