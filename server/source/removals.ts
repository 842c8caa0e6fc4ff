import type { PatchOperation } from "../diagnostics/diagnostic.ts";

/** Takes out values by their pointers. Items of a list go from its end, so that those before them keep their places. */
export function removals(pointers: readonly string[]): readonly PatchOperation[] {
  return [...new Set(pointers)].toSorted(lastFirst).map((path) => ({ op: "remove", path }));
}

function lastFirst(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  const at = left.findIndex((token, index) => token !== right[index]);
  const [one, other] = [left[at] ?? "", right[at] ?? ""];
  return Number(other) - Number(one) || (one < other ? -1 : 1);
}

/** Where a node is defined as a whole: its origin is the id in it. Null where the origin is none. */
export function definitionOf(pointer: string): string | null {
  const end = "/id";
  return pointer.endsWith(end) ? pointer.slice(0, -end.length) : null;
}
