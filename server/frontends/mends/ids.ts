import type { Fix } from "../../diagnostics/diagnostic.ts";
import type { Document, Tree } from "../../source/tree.ts";
import type { Wrong } from "./mending.ts";
import { treeAt } from "./tree-at.ts";

const words = new WeakMap<Document, ReadonlyMap<string, number>>();

/** How often each word stands in the texts of a document, and in their parts around hyphens. */
function wordsOf(document: Document): ReadonlyMap<string, number> {
  const known = words.get(document);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  const open: Tree[] = [document.root];
  for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
    if (tree.kind === "array") open.push(...tree.items);
    if (tree.kind === "object") for (const member of tree.members) open.push(member.value);
    if (tree.kind !== "string") continue;
    for (const [word] of tree.value.matchAll(/[A-Za-z_][A-Za-z0-9_-]*/g)) {
      for (const part of new Set([word, ...word.split("-")])) counts.set(part, (counts.get(part) ?? 0) + 1);
    }
  }
  words.set(document, counts);
  return counts;
}

const maxId = 64;

/** An id that no text of the document has. */
export function freeId(wanted: string, document: Document): string {
  const base = wanted.slice(0, maxId - 4);
  const taken = wordsOf(document);
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base}-${count}`;
  return id;
}

/** The second of two equal ids gets another one, unless something refers to them: it could mean either. */
export function mendId({ code, params, origin, document }: Wrong): readonly Fix[] {
  const tree = treeAt(document.root, origin.pointer);
  if (code !== "WF_VALIDATION_005" || !origin.pointer.endsWith("/id") || tree?.kind !== "string") return [];
  const { value } = tree;
  if (value !== params.id || wordsOf(document).get(value) !== 2) return [];
  const id = freeId(`${value}-2`, document);
  return [{ title: `Rename to \`${id}\``, patch: [{ op: "replace", path: tree.pointer, value: id }] }];
}
