import type { Tree } from "../tree.ts";
import type { Page } from "./place.ts";
import type { Printed } from "./print.ts";
import { isCollection, isFlow } from "./style.ts";
import { columnAt, indentAt } from "./text.ts";

/** A value as it is written, so that it can stand elsewhere; null where its text depends on its place. */
export function carried({ text, style }: Page, tree: Tree): Printed | null {
  const { start, end } = tree.span;
  const slice = text.slice(start, end);
  if (slice === "" || slice.startsWith("*")) return null;
  const block = style.syntax === "yaml" && isCollection(tree) && !isFlow(text, tree);
  const blockText = style.syntax === "yaml" && tree.kind === "string" && /^[|>]/.test(slice);
  const indent = block ? columnAt(text, start) : indentAt(text, start);
  const [first = "", ...rest] = slice.split(/\r?\n/);
  const lines = [
    first,
    ...rest.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart())),
  ];
  return { shape: block ? "block" : blockText ? "block-text" : "inline", lines };
}
