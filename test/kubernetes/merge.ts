import { canonical, isObject } from "./objects.ts";

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * By which members the items of a list are told apart; all other lists are replaced as a whole. From the `x-kubernetes-list-map-keys`
 * and `patchMergeKey` of the API's types, as far as charts use them.
 */
const listKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  imagePullSecrets: ["name"],
  conditions: ["type"],
  ownerReferences: ["uid"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
};

/** The keys of `ports` differ: a container's are `containerPort`, a service's `port`. */
export function keysOf(field: string, items: readonly unknown[]): readonly string[] | null {
  if (field === "ports") {
    const [first] = items;
    if (isObject(first) && "containerPort" in first) return ["containerPort", "protocol"];
    return isObject(first) && "port" in first ? ["port", "protocol"] : null;
  }
  return listKeys[field] ?? null;
}

export function identity(item: unknown, keys: readonly string[]): string {
  return canonical(keys.map((key) => (isObject(item) ? (item[key] ?? (key === "protocol" ? "TCP" : null)) : item)));
}

/** Strategic merge patch: RFC 7386, with lists that merge by their keys and `$patch`, `$deleteFromPrimitiveList` left out. */
export function strategicMerge(target: unknown, patch: unknown, field = ""): unknown {
  if (Array.isArray(patch)) {
    const keys = keysOf(field, patch);
    if (keys === null || !Array.isArray(target)) return patch.filter((item) => !isDeletion(item));
    const merged = [...target];
    for (const item of patch) {
      const index = merged.findIndex((other) => identity(other, keys) === identity(item, keys));
      if (isDeletion(item)) {
        if (index >= 0) merged.splice(index, 1);
      } else if (index >= 0) merged[index] = strategicMerge(merged[index], item);
      else merged.push(item);
    }
    return merged;
  }
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    if (value === null) delete result[key];
    else result[key] = strategicMerge(result[key], value, key);
  }
  return result;
}

function isDeletion(item: unknown): boolean {
  return isObject(item) && item.$patch === "delete";
}

/**
 * Server-side apply: what this manager applied before and does not any more goes, unless another manager also applies it;
 * then what it applies now counts.
 *
 * @param before what this manager applied last.
 * @param others what the other managers applied last.
 */
export function apply(live: unknown, before: unknown, applied: unknown, others: readonly unknown[]): unknown {
  return strategicMerge(withoutDropped(live, before, applied, others, ""), applied);
}

function withoutDropped(
  live: unknown,
  before: unknown,
  applied: unknown,
  others: readonly unknown[],
  field: string,
): unknown {
  if (Array.isArray(live) && Array.isArray(before)) {
    const keys = keysOf(field, before);
    if (keys === null) return live;
    const itemOf = (list: unknown, item: unknown) =>
      Array.isArray(list) ? list.find((other) => identity(other, keys) === identity(item, keys)) : undefined;
    return live.flatMap((item) => {
      const old = itemOf(before, item);
      const next = itemOf(applied, item);
      const kept = others.map((other) => itemOf(other, item)).filter((other) => other !== undefined);
      if (old !== undefined && next === undefined && kept.length === 0) return [];
      return [withoutDropped(item, old, next, kept, "")];
    });
  }
  if (!isObject(live) || !isObject(before)) return live;
  const result: Record<string, unknown> = { ...live };
  for (const key of Object.keys(before)) {
    const next = isObject(applied) ? applied[key] : undefined;
    const kept = others.flatMap((other) => (isObject(other) && other[key] !== undefined ? [other[key]] : []));
    if (next === undefined && kept.length === 0) delete result[key];
    else result[key] = withoutDropped(result[key], before[key], next, kept, key);
  }
  return result;
}
