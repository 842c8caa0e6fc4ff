import type { PatchOperation } from "../../server/diagnostics/diagnostic.ts";

/** Applies a JSON Patch (RFC 6902) as a caller's tool would. Throws where it does not fit the document. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  let root = structuredClone(document);
  const holder = { get: () => root, set: (value: unknown) => void (root = value) };
  for (const operation of patch) applyOne(holder, operation);
  return root;
}

type Holder = { get(): unknown; set(value: unknown): void };

function applyOne(root: Holder, operation: PatchOperation): void {
  switch (operation.op) {
    case "add":
      return place(root, operation.path, operation.value, true);
    case "replace":
      valueAt(root, operation.path);
      return place(root, operation.path, operation.value, false);
    case "remove":
      return remove(root, operation.path);
    case "copy":
      return place(root, operation.path, structuredClone(valueAt(root, operation.from)), true);
    case "move": {
      const value = valueAt(root, operation.from);
      remove(root, operation.from);
      return place(root, operation.path, value, true);
    }
    case "test":
      if (JSON.stringify(valueAt(root, operation.path)) !== JSON.stringify(operation.value))
        throw new Error(`test of ${operation.path} fails`);
      return;
    default:
      operation satisfies never;
  }
}

function tokensOf(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(root: Holder, path: string): unknown {
  return tokensOf(path).reduce((value, token) => member(value, token), root.get());
}

function member(value: unknown, token: string): unknown {
  if (typeof value === "object" && value !== null && Object.hasOwn(value, token)) return Reflect.get(value, token);
  throw new Error(`there is no ${token}`);
}

function parentOf(root: Holder, path: string): { parent: object; key: string } {
  const tokens = tokensOf(path);
  const key = tokens.pop() ?? "";
  const parent = tokens.reduce((value, token) => member(value, token), root.get());
  if (typeof parent !== "object" || parent === null) throw new Error(`nothing can stand at ${path}`);
  return { parent, key };
}

function place(root: Holder, path: string, value: unknown, insert: boolean): void {
  if (path === "") return root.set(value);
  const { parent, key } = parentOf(root, path);
  if (Array.isArray(parent) && insert) parent.splice(key === "-" ? parent.length : Number(key), 0, value);
  else Reflect.set(parent, key, value);
}

function remove(root: Holder, path: string): void {
  valueAt(root, path);
  const { parent, key } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}
