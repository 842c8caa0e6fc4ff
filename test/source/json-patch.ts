import type { PatchOperation } from "../../server/diagnostics/diagnostic.ts";

/**
 * RFC 6902 on plain values, for tests to compare with: it copies the document and then changes the copy. Null where the
 * operation does not apply.
 */
export function applyOperation(document: unknown, operation: PatchOperation): { readonly value: unknown } | null {
  const box = { root: structuredClone(document) };
  return applyTo(box, structuredClone(operation)) ? { value: box.root } : null;
}

type Box = { root: unknown };

function applyTo(box: Box, operation: PatchOperation): boolean {
  const { path } = operation;
  switch (operation.op) {
    case "remove":
      return path !== "" && take(box, path) !== undefined;
    case "add":
      return insert(box, path, operation.value);
    case "replace":
      return (path === "" || take(box, path) !== undefined) && insert(box, path, operation.value);
    case "copy": {
      const copied = find(box, operation.from);
      return copied !== undefined && insert(box, path, structuredClone(copied));
    }
    case "move": {
      if (path.startsWith(`${operation.from}/`)) return false;
      const moved = take(box, operation.from);
      return moved !== undefined && insert(box, path, moved);
    }
    case "test":
      return JSON.stringify(find(box, path)) === JSON.stringify(operation.value);
    default:
      return operation satisfies never;
  }
}

/** The value that a key or index leads to. JSON has no `undefined`: it means that there is none. */
function childOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent) && !/^\d+$/.test(key)) return undefined;
  return typeof parent === "object" && parent !== null && Object.hasOwn(parent, key)
    ? Reflect.get(parent, key)
    : undefined;
}

/** What holds the value at a pointer, and its key there; the document itself is held by the box. */
function holderOf(box: Box, pointer: string): { readonly parent: unknown; readonly key: string } {
  const keys = pointer.split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  keys[0] = "root";
  let parent: unknown = box;
  for (const key of keys.slice(0, -1)) parent = childOf(parent, key);
  return { parent, key: keys.at(-1) ?? "" };
}

function find(box: Box, pointer: string): unknown {
  const { parent, key } = holderOf(box, pointer);
  return childOf(parent, key);
}

function take(box: Box, pointer: string): unknown {
  const { parent, key } = holderOf(box, pointer);
  const value = childOf(parent, key);
  if (value === undefined) return undefined;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(Object(parent), key);
  return value;
}

function insert(box: Box, pointer: string, value: unknown): boolean {
  const { parent, key } = holderOf(box, pointer);
  if (Array.isArray(parent)) {
    if (key !== "-" && !(/^\d+$/.test(key) && Number(key) <= parent.length)) return false;
    parent.splice(key === "-" ? parent.length : Number(key), 0, value);
    return true;
  }
  if (typeof parent !== "object" || parent === null) return false;
  return Reflect.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The pointers of all values in a document, its own first. */
export function pointersOf(value: unknown, pointer = ""): readonly string[] {
  const below = Object.entries(typeof value === "object" && value !== null ? value : {});
  return [pointer, ...below.flatMap(([key, child]) => pointersOf(child, `${pointer}/${token(key)}`))];
}

export function token(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
