import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { defaultLimits, type ParsedSource, parseSource, type SourceLimits } from "../../server/source/parse.ts";
import { type Json, type Tree, toJson } from "../../server/source/tree.ts";

export interface Reading extends ParsedSource {
  /** `CODE line:column` of each diagnostic, in order. */
  readonly places: readonly string[];
  readonly messages: readonly string[];
  readonly value: Json | undefined;
}

/** What the source stage makes of a text or of bytes. */
export function read(content: string | Uint8Array, limits: Partial<SourceLimits> = {}): Reading {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const findings = createFindings();
  const parsed = parseSource(bytes, { ...defaultLimits, ...limits }, findings);
  const diagnostics = render(findings.list, parsed.text);
  return {
    ...parsed,
    places: diagnostics.map(({ code, location }) => `${code} ${location.line}:${location.column}`),
    messages: diagnostics.map(({ message }) => message),
    value: parsed.document === null ? undefined : toJson(parsed.document.root),
  };
}

/** The value at a path, which must be there. */
export function at(reading: ParsedSource, ...path: readonly (string | number)[]): Tree {
  let tree = reading.document?.root;
  for (const step of path) {
    if (tree?.kind === "array") tree = tree.items[Number(step)];
    else if (tree?.kind === "object") tree = tree.byKey.get(String(step))?.value;
    else tree = undefined;
  }
  if (tree === undefined) throw new Error(`no value at ${path.join("/")}`);
  return tree;
}

/** The text that a value spans. */
export function sliceOf(reading: ParsedSource, tree: Tree): string {
  return reading.text.slice(tree.span.start, tree.span.end);
}

/** A tree and all inside it. */
export function allOf(tree: Tree): readonly Tree[] {
  const all: Tree[] = [tree];
  for (const next of all) {
    if (next.kind === "array") all.push(...next.items);
    if (next.kind === "object") all.push(...next.members.map((member) => member.value));
  }
  return all;
}
