import type { ArrayTree, Document, Member, ObjectTree, Tree } from "../tree.ts";
import type { PrintOptions } from "./print.ts";
import { childrenOf, isCollection, isFlow, markAt, ownMembers, quoteOf, type Style } from "./style.ts";
import { columnAt, skipSpace } from "./text.ts";

/** A value and what holds it. */
export type Place =
  | { readonly kind: "root"; readonly tree: Tree }
  | { readonly kind: "member"; readonly tree: Tree; readonly parent: ObjectTree; readonly member: Member }
  | { readonly kind: "item"; readonly tree: Tree; readonly parent: ArrayTree; readonly index: number };

/** What the edits of one place work with. */
export interface Page {
  readonly text: string;
  readonly document: Document;
  readonly style: Style;
}

/** The value at a path; null where there is none. */
export function placeAt(root: Tree, path: readonly string[]): Place | null {
  let place: Place = { kind: "root", tree: root };
  for (const token of path) {
    const parent: Tree = place.tree;
    const member: Member | undefined = parent.kind === "object" ? parent.byKey.get(token) : undefined;
    const item: Tree | undefined = parent.kind === "array" ? parent.items[Number(token)] : undefined;
    if (parent.kind === "object" && member) place = { kind: "member", tree: member.value, parent, member };
    else if (parent.kind === "array" && item) place = { kind: "item", tree: item, parent, index: Number(token) };
    else return null;
  }
  return place;
}

/** How a new value in `container` is written: as `replaced`, or else as its neighbours are. */
export function optionsAt(
  { text, style, document }: Page,
  container: Tree | null,
  replaced: Tree | null,
): PrintOptions {
  const siblings = container === null ? [] : childrenOf(container);
  const isModel = (tree: Tree): boolean => isCollection(tree) && childrenOf(tree).length > 0;
  const model = [...siblings, ...(replaced === null ? [] : [replaced])].findLast(isModel);
  const inBlock = style.syntax === "yaml" && (container === null || !isFlow(text, container));
  const sample = replaced?.kind === "string" ? [replaced] : siblings;
  const strings = sample.some((tree) => tree.kind === "string") ? sample : siblings.flatMap(childrenOf);
  const keyed = [...(container === null ? [] : [container]), ...siblings, document.root];
  const [key] = keyed.flatMap((tree) => (tree.kind === "object" ? ownMembers(tree).slice(-1) : []));
  return {
    style,
    quote: quoteOf(text, strings),
    keyQuote: key === undefined ? "" : markAt(text, key.keySpan.start),
    layout: layoutOf(text, model, container, inBlock, style),
  };
}

function layoutOf(
  text: string,
  model: Tree | undefined,
  container: Tree | null,
  inBlock: boolean,
  style: Style,
): PrintOptions["layout"] {
  const overLines = (tree: Tree): boolean => text.slice(tree.span.start, tree.span.end).includes("\n");
  if (model !== undefined && isFlow(text, model)) return overLines(model) ? "lines" : "line";
  if (inBlock) return "block";
  return style.syntax === "json" && container !== null && overLines(container) ? "lines" : "line";
}

/** Behind the `:` or `-` that the value belongs to; null where that is not written. */
export function indicatorEnd(text: string, place: Place): number | null {
  if (place.kind === "root") return null;
  if (place.kind === "item") return dashAt(text, place.parent, place.index) + 1;
  const colon = skipSpace(text, place.member.keySpan.end);
  return text[colon] === ":" ? colon + 1 : null;
}

/** Where the dash of an item of a block list stands. */
export function dashAt(text: string, list: ArrayTree, index: number): number {
  return skipSpace(text, list.items[index - 1]?.span.end ?? list.span.start);
}

/** Where a member of a block mapping starts: its key, or the anchor, tag or `?` before it. */
export function memberStart(text: string, { keySpan }: Member): number {
  const before = text.slice(text.lastIndexOf("\n", keySpan.start - 1) + 1, keySpan.start);
  return keySpan.start - (/(?:(?:[&!][^ \t]*|\?)[ \t]+)*$/.exec(before)?.[0].length ?? 0);
}

/** The indentation of the key or dash that holds a value. */
export function holderColumn(text: string, place: Place): string {
  if (place.kind === "root") return "";
  return columnAt(
    text,
    place.kind === "item" ? dashAt(text, place.parent, place.index) : memberStart(text, place.member),
  );
}
