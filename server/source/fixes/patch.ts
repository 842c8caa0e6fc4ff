import type { PatchOperation } from "../../diagnostics/diagnostic.ts";
import type { Json } from "../tree.ts";

/** The keys and indices of a JSON Pointer (RFC 6901 §4). */
export function tokensOf(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new Error(`\`${pointer}\` is not a JSON Pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value after one operation (RFC 6902 §4); throws where the operation does not apply. */
export function patched(root: Json, operation: PatchOperation): Json {
  const path = tokensOf(operation.path);
  switch (operation.op) {
    case "add":
      return added(root, path, plain(operation.value));
    case "replace":
      valueAt(root, path);
      return replaced(root, path, plain(operation.value));
    case "remove":
      return removed(root, path);
    case "test":
      if (!sameJson(valueAt(root, path), plain(operation.value))) throw new Error("the value there is another one");
      return root;
    case "copy":
      return added(root, path, valueAt(root, tokensOf(operation.from)));
    case "move":
      return moved(root, tokensOf(operation.from), path);
    default:
      return operation satisfies never;
  }
}

/** The value at a path, which must be there. */
export function valueAt(root: Json, path: readonly string[]): Json {
  let value = root;
  for (const token of path) value = childOf(value, token);
  return value;
}

/** The index of an existing item, or, where `atMost` is the length, of a new one. */
function indexOf(token: string, atMost: number): number {
  const index = /^(?:0|[1-9]\d{0,9})$/.test(token) ? Number(token) : -1;
  if (index < 0 || index > atMost) throw new Error(`\`${token}\` is not an index of the array`);
  return index;
}

/** Whether two values are the same as JSON: the order of keys does not count. */
export function sameJson(a: Json, b: Json): boolean {
  if (isArray(a)) {
    return isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key] ?? null, b[key] ?? null))
  );
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** No definition may nest deeper, so no value that is put into one may. */
const MAX_DEPTH = 200;

/** A value of a patch as JSON, with objects that have no prototype. */
export function plain(value: unknown, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new Error("its value is nested too deeply");
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (typeof value !== "object") throw new Error("its value is no JSON");
  return objectOf(Object.entries(value).map(([key, member]) => [key, plain(member, depth + 1)]));
}

function objectOf(entries: Iterable<readonly [string, Json]>): Json {
  const object: Record<string, Json> = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}

function childOf(value: Json, token: string): Json {
  if (isArray(value)) return value[indexOf(token, value.length - 1)] ?? null;
  const child = isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
  if (child === undefined) throw new Error(`there is no \`${token}\``);
  return child;
}

/** The root with the parent of `path` changed. */
function within(root: Json, path: readonly string[], change: (parent: Json, token: string) => Json): Json {
  const [token, ...rest] = path;
  if (token === undefined) throw new Error("the whole document cannot be removed");
  if (rest.length === 0) return change(root, token);
  const child = within(childOf(root, token), rest, change);
  return withChild(root, token, child);
}

function withChild(parent: Json, token: string, child: Json): Json {
  if (isArray(parent)) return parent.with(indexOf(token, parent.length - 1), child);
  if (isObject(parent)) return objectOf([...Object.entries(parent), [token, child]]);
  throw new Error(`\`${token}\` would stand inside a value that is neither object nor array`);
}

function added(root: Json, path: readonly string[], value: Json): Json {
  if (path.length === 0) return value;
  return within(root, path, (parent, token) => {
    if (!isArray(parent)) return withChild(parent, token, value);
    return parent.toSpliced(token === "-" ? parent.length : indexOf(token, parent.length), 0, value);
  });
}

function replaced(root: Json, path: readonly string[], value: Json): Json {
  return path.length === 0 ? value : within(root, path, (parent, token) => withChild(parent, token, value));
}

function removed(root: Json, path: readonly string[]): Json {
  return within(root, path, (parent, token) => {
    childOf(parent, token);
    if (isArray(parent)) return parent.toSpliced(Number(token), 1);
    return objectOf(Object.entries(parent ?? {}).filter(([key]) => key !== token));
  });
}

function moved(root: Json, from: readonly string[], path: readonly string[]): Json {
  const value = valueAt(root, from);
  const inside = path.length > from.length && from.every((token, index) => token === path[index]);
  if (inside) throw new Error("a value cannot move into itself");
  return from.length === 0 ? root : added(removed(root, from), path, value);
}
