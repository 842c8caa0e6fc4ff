import type { Document, Member, ObjectTree, Tree } from "../tree.ts";
import { indentAt, startsLine } from "./text.ts";

/** How a document is written, as far as new values in it should look the same. */
export interface Style {
  readonly syntax: Document["syntax"];
  readonly newline: string;
  /** One level of indentation. */
  readonly unit: string;
  /** How far the dashes of a list are indented below the key that holds it: one level, or not at all. */
  readonly dashIndent: string;
  /** Between key and value of flow style: `: `, or `:` in minified JSON. */
  readonly colon: string;
  /** Between values on one line. */
  readonly comma: string;
  /** Inside the braces of an object on one line. */
  readonly padding: string;
}

/** Quotation marks of a string; "" where it needs none. */
export type Quote = '"' | "'" | "";

export function styleOf(document: Document): Style {
  const { text, syntax } = document;
  const seen = new Map<keyof Style, string>();
  const see = (name: keyof Style, found: string | undefined): void => {
    if (found !== undefined && !seen.has(name)) seen.set(name, found);
  };
  for (const tree of collectionsOf(document.root)) {
    see("unit", unitOf(text, tree));
    if (isFlow(text, tree)) {
      see("padding", paddingOf(text, tree));
      see("comma", commaOf(text, tree));
      if (tree.kind === "object") see("colon", colonOf(text, tree));
    } else if (tree.kind === "object") see("dashIndent", dashIndentOf(text, tree));
  }
  const unit = seen.get("unit") ?? "  ";
  const colon = seen.get("colon") ?? ": ";
  return {
    syntax,
    newline: text.includes("\r\n") ? "\r\n" : "\n",
    unit,
    dashIndent: seen.get("dashIndent") ?? unit,
    colon: syntax === "yaml" && colon === ":" ? ": " : colon,
    comma: seen.get("comma") ?? (colon === ":" ? "," : ", "),
    padding: seen.get("padding") ?? (syntax === "yaml" ? " " : ""),
  };
}

/** Whether a collection stands in brackets or braces. */
export function isFlow(text: string, tree: Tree): boolean {
  return text[tree.span.start] === "{" || text[tree.span.start] === "[";
}

export function isCollection(tree: Tree): boolean {
  return tree.kind === "array" || tree.kind === "object";
}

export function childrenOf(tree: Tree): readonly Tree[] {
  if (tree.kind === "array") return tree.items;
  return tree.kind === "object" ? tree.members.map((member) => member.value) : [];
}

/** Members that are written inside the object itself: those of a YAML merge key stand elsewhere. */
export function ownMembers(tree: ObjectTree): readonly Member[] {
  return tree.members.filter(({ keySpan }) => keySpan.start >= tree.span.start && keySpan.end <= tree.span.end);
}

/** The quotation marks that the strings among some trees have in common. */
export function quoteOf(text: string, trees: readonly Tree[]): Quote {
  const marks = new Set(trees.filter((tree) => tree.kind === "string").map((tree) => markAt(text, tree.span.start)));
  const [mark = ""] = marks;
  return marks.size === 1 ? mark : "";
}

export function markAt(text: string, offset: number): Quote {
  const mark = text[offset];
  return mark === '"' || mark === "'" ? mark : "";
}

/** Arrays and objects with something in them, outermost first. */
function* collectionsOf(root: Tree): Iterable<Tree> {
  const all = [root];
  for (const tree of all) {
    const children = childrenOf(tree);
    if (children.length > 0) yield tree;
    for (const child of children) if (isCollection(child)) all.push(child);
  }
}

/** How much deeper the first child is indented, where it starts a line. */
function unitOf(text: string, tree: Tree): string | undefined {
  const start = firstChildStart(tree);
  if (start === undefined || start <= tree.span.start) return nestedUnit(text, tree);
  const outer = indentAt(text, tree.span.start);
  const inner = indentAt(text, start);
  return startsLine(text, start) && inner.length > outer.length ? inner.slice(outer.length) : undefined;
}

/** In block style the child starts where its parent does, so the key of the parent is what counts. */
function nestedUnit(text: string, tree: Tree): string | undefined {
  if (tree.kind !== "object") return undefined;
  for (const { keySpan, value } of ownMembers(tree)) {
    if (value.kind !== "object" || !startsLine(text, value.span.start)) continue;
    const inner = indentAt(text, value.span.start);
    const outer = keySpan.start - (text.lastIndexOf("\n", keySpan.start - 1) + 1);
    if (value.span.start > keySpan.end && inner.length > outer) return inner.slice(outer);
  }
  return undefined;
}

function firstChildStart(tree: Tree): number | undefined {
  if (tree.kind === "array") return tree.items[0]?.span.start;
  return tree.kind === "object" ? tree.members[0]?.keySpan.start : undefined;
}

function dashIndentOf(text: string, tree: ObjectTree): string | undefined {
  for (const { keySpan, value } of ownMembers(tree)) {
    if (value.kind !== "array" || text[value.span.start] !== "-" || value.span.start < keySpan.end) continue;
    if (!startsLine(text, value.span.start)) continue;
    const column = keySpan.start - (text.lastIndexOf("\n", keySpan.start - 1) + 1);
    return indentAt(text, value.span.start).slice(column);
  }
  return undefined;
}

function paddingOf(text: string, tree: Tree): string | undefined {
  const start = firstChildStart(tree);
  if (tree.kind !== "object" || start === undefined) return undefined;
  return onOneLine(text.slice(tree.span.start + 1, start));
}

function colonOf(text: string, tree: ObjectTree): string | undefined {
  const [member] = tree.members;
  if (member === undefined) return undefined;
  const between = text.slice(member.keySpan.end, member.value.span.start);
  return /^[ \t]*:[ \t]*$/.test(between) ? between : undefined;
}

function commaOf(text: string, tree: Tree): string | undefined {
  if (tree.kind !== "array") return undefined;
  const [first, second] = tree.items;
  if (first === undefined || second === undefined) return undefined;
  const between = text.slice(first.span.end, second.span.start);
  return /^[ \t]*,[ \t]*$/.test(between) ? between : undefined;
}

function onOneLine(blanks: string): string | undefined {
  return /^[ \t]*$/.test(blanks) ? blanks : undefined;
}
