import type { PatchOperation } from "../../server/diagnostics/diagnostic.ts";

/** RFC 6902 on plain values, for tests to compare with: it copies the document and then changes the copy. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  const box = { root: structuredClone(document) };
  for (const operation of patch) applyOne(box, structuredClone(operation));
  return box.root;
}

type Box = { root: unknown };

function applyOne(box: Box, operation: PatchOperation): void {
  if (operation.op === "remove") take(box, operation.path);
  else if (operation.op === "move") insert(box, operation.path, take(box, operation.from));
  else if (operation.op === "copy") insert(box, operation.path, structuredClone(find(box, operation.from)));
  else if (operation.op === "add") insert(box, operation.path, operation.value);
  else if (operation.op === "replace") {
    if (operation.path !== "") take(box, operation.path);
    insert(box, operation.path, operation.value);
  }
}

/** The object that holds the value at a pointer, and its key; the document itself is held by the box. */
function holder(box: Box, pointer: string): { parent: object; key: string } {
  const keys = ["root", ...tokens(pointer)];
  let parent: unknown = box;
  for (const key of keys.slice(0, -1)) parent = Reflect.get(Object(parent), key);
  return { parent: Object(parent), key: keys.at(-1) ?? "root" };
}

function tokens(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function find(box: Box, pointer: string): unknown {
  const { parent, key } = holder(box, pointer);
  return Reflect.get(parent, key);
}

function take(box: Box, pointer: string): unknown {
  const { parent, key } = holder(box, pointer);
  if (Array.isArray(parent)) return parent.splice(Number(key), 1)[0];
  const value: unknown = Reflect.get(parent, key);
  Reflect.deleteProperty(parent, key);
  return value;
}

function insert(box: Box, pointer: string, value: unknown): void {
  const { parent, key } = holder(box, pointer);
  if (Array.isArray(parent)) parent.splice(key === "-" ? parent.length : Number(key), 0, value);
  else Reflect.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The pointers of all values in a document, its own first. */
export function pointersOf(value: unknown, pointer = ""): readonly string[] {
  const below = Object.entries(typeof value === "object" && value !== null ? value : {});
  return [
    pointer,
    ...below.flatMap(([key, child]) =>
      pointersOf(child, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
    ),
  ];
}
