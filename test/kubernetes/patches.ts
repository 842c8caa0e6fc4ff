import { mergePatch, strategicMerge } from "./merge.ts";
import { isObject } from "./objects.ts";
import { ApiError } from "./storage.ts";

/** What a patch makes of an object, by its content type. Server-side apply is in `field-owners.ts`. */
export function patchBy(contentType: string, live: unknown, body: unknown): unknown {
  if (contentType.startsWith("application/merge-patch")) return mergePatch(live, body);
  if (contentType.startsWith("application/strategic-merge-patch")) return strategicMerge(live, body);
  if (contentType.startsWith("application/json-patch")) return jsonPatch(live, body);
  throw new ApiError(415, "UnsupportedMediaType", `there is no patch of type ${contentType}`);
}

/** RFC 6902: add, replace, remove and test, which is what `kubectl` sends. */
function jsonPatch(live: unknown, operations: unknown): unknown {
  const result: unknown = structuredClone(live);
  for (const operation of Array.isArray(operations) ? operations : []) {
    const { op, path, value } = operation as { op: string; path: string; value?: unknown };
    const keys = path
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = keys.pop() ?? "";
    const parent = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], result);
    if (Array.isArray(parent)) {
      const index = last === "-" ? parent.length : Number(last);
      if (op === "remove") parent.splice(index, 1);
      else if (op !== "test") parent.splice(index, op === "add" ? 0 : 1, value);
    } else if (isObject(parent)) {
      if (op === "remove") delete parent[last];
      else if (op !== "test") parent[last] = value;
    } else throw new ApiError(422, "Invalid", `the patch's path ${path} leads nowhere`);
  }
  return result;
}
