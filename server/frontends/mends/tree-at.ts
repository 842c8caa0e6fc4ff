import type { Origin } from "../../diagnostics/diagnostic.ts";
import { originInside, type StringTree, type Tree } from "../../source/tree.ts";

/** The value at a JSON Pointer (RFC 6901), or null. */
export function treeAt(root: Tree, pointer: string): Tree | null {
  let tree: Tree | undefined = root;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    tree =
      tree.kind === "array" ? tree.items[Number(key)] : tree.kind === "object" ? tree.byKey.get(key)?.value : undefined;
    if (tree === undefined) return null;
  }
  return tree;
}

export function parentPointer(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")));
}

export function isWhole(tree: Tree, { span }: Origin): boolean {
  return tree.span.start === span.start && tree.span.end === span.end;
}

/** Where in a string's value the characters of an origin stand; null where that is not known. */
export function rangeInside(
  tree: StringTree,
  { span }: Origin,
): { readonly start: number; readonly end: number } | null {
  if (tree.offsets?.length === 0) return null;
  const indexOf = (offset: number): number =>
    tree.offsets === null ? offset - tree.contentStart : tree.offsets.indexOf(offset);
  const [start, end] = [indexOf(span.start), indexOf(span.end)];
  return start < 0 || end < start || end > tree.value.length ? null : { start, end };
}

/** The only expression of a string, such as `a.b` of `${ a.b }`; null where there is text around it, or more than one. */
export function onlyExpression(tree: StringTree): { readonly start: number; readonly end: number } | null {
  const { value } = tree;
  if (!value.startsWith("${") || !value.endsWith("}") || value.indexOf("${", 2) >= 0) return null;
  const inner = value.slice(2, -1);
  const start = 2 + inner.length - inner.trimStart().length;
  return { start, end: Math.max(start, 2 + inner.trimEnd().length) };
}

/** Whether an origin is all of the only expression of a string. */
export function isWholeExpression(tree: StringTree, origin: Origin): boolean {
  const only = onlyExpression(tree);
  if (only === null) return false;
  const { span } = originInside(tree, only.start, only.end);
  return span.start === origin.span.start && span.end === origin.span.end;
}
