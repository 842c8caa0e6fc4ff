import type { PatchOperation } from "../../server/diagnostics/diagnostic.ts";

/** Applies a JSON Patch (RFC 6902) as a caller's tool would. Throws where it does not fit the document. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  const holder: Holder = { root: structuredClone(document) };
  for (const operation of patch) applyOne(holder, operation);
  return holder.root;
}

interface Holder {
  root: unknown;
}

function applyOne(holder: Holder, operation: PatchOperation): void {
  switch (operation.op) {
    case "add":
      return place(holder, operation.path, operation.value, true);
    case "replace":
      valueAt(holder, operation.path);
      return place(holder, operation.path, operation.value, false);
    case "remove":
      return remove(holder, operation.path);
    case "copy":
      return place(holder, operation.path, structuredClone(valueAt(holder, operation.from)), true);
    case "move": {
      const value = valueAt(holder, operation.from);
      remove(holder, operation.from);
      return place(holder, operation.path, value, true);
    }
    case "test":
      if (JSON.stringify(valueAt(holder, operation.path)) !== JSON.stringify(operation.value))
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

function valueAt(holder: Holder, path: string): unknown {
  return tokensOf(path).reduce((value, token) => member(value, token), holder.root);
}

function member(value: unknown, token: string): unknown {
  if (typeof value === "object" && value !== null && Object.hasOwn(value, token)) return Reflect.get(value, token);
  throw new Error(`there is no ${token}`);
}

function parentOf(holder: Holder, path: string): { parent: object; key: string } {
  const tokens = tokensOf(path);
  const key = tokens.pop() ?? "";
  const parent = tokens.reduce((value, token) => member(value, token), holder.root);
  if (typeof parent !== "object" || parent === null) throw new Error(`nothing can stand at ${path}`);
  return { parent, key };
}

function place(holder: Holder, path: string, value: unknown, insert: boolean): void {
  if (path === "") {
    holder.root = value;
    return;
  }
  const { parent, key } = parentOf(holder, path);
  if (Array.isArray(parent) && insert) parent.splice(key === "-" ? parent.length : Number(key), 0, value);
  else Reflect.set(parent, key, value);
}

function remove(holder: Holder, path: string): void {
  valueAt(holder, path);
  const { parent, key } = parentOf(holder, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}
