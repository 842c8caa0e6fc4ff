import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar } from "yaml";
import type { Findings, Span } from "../diagnostics/diagnostic.ts";
import type { Aliases } from "./aliases.ts";
import { type Builder, type OpenMembers, pointerBelow } from "./builder.ts";
import { longForm } from "./short-tags.ts";
import type { ObjectTree, Tree } from "./tree.ts";
import { placeYamlString, type YamlString } from "./yaml-text.ts";

/** What the trees of one YAML text are made with. */
export interface Workshop {
  readonly text: string;
  readonly builder: Builder;
  readonly aliases: Aliases;
  readonly findings: Findings;
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

/** Whether a value is null because nothing stands there. */
export function isImplied(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null && node.range[0] === node.range[1];
}

/**
 * Makes trees of the library's nodes; the result takes a node, its pointer and the number of collections around it, and
 * gives null where a limit was passed. It recurses: the depth of nodes was bounded when the tokens were read.
 */
export function createTreeMaker({ text, builder, aliases, findings }: Workshop) {
  function tree(node: ParsedNode, pointer: string, depth: number): Tree | null {
    const span = spanOf(node, text);
    if (isAlias(node)) return aliases.expand(node.source, span, pointer, depth);
    const key = longForm(node.tag);
    if (key === undefined) return untagged(node, span, pointer, depth);
    if (!builder.admit(span, pointer, depth + 1)) return null;
    const value = untagged(node, span, pointerBelow(pointer, key), depth + 1);
    if (value === null) return null;
    const member = { key, keySpan: { start: span.start, end: span.start }, value };
    return { kind: "object", span, pointer, members: [member], byKey: new Map([[key, member]]) };
  }

  function untagged(node: Exclude<ParsedNode, Alias>, span: Span, pointer: string, depth: number): Tree | null {
    if (!builder.admit(span, pointer, isScalar(node) ? depth : depth + 1)) return null;
    if (node.anchor !== undefined) aliases.open(node.anchor);
    const made = isScalar(node)
      ? scalar(node, span, pointer)
      : isMap(node)
        ? object(node.items, node.flow === true, span, pointer, depth + 1)
        : array(node.items, node.flow === true, span, pointer, depth + 1);
    if (made !== null && node.anchor !== undefined) aliases.define(node.anchor, made);
    return made;
  }

  function array(nodes: readonly ParsedNode[], flow: boolean, span: Span, pointer: string, depth: number): Tree | null {
    const items: Tree[] = [];
    for (const node of nodes) {
      const item = tree(node, pointerBelow(pointer, items.length), depth);
      if (item === null) return null;
      items.push(item);
    }
    return { kind: "array", span: flow ? span : endingWith(span, items.at(-1)?.span), pointer, items };
  }

  function object(
    pairs: readonly ParsedPair[],
    flow: boolean,
    span: Span,
    pointer: string,
    depth: number,
  ): Tree | null {
    const open: OpenMembers = { members: [], byKey: new Map() };
    const sources: ObjectTree[] = [];
    let last: Span | undefined;
    for (const pair of pairs) {
      const key = readKey(pair.key);
      if (key === null) continue;
      last = key.span;
      if (key.merges && pair.value !== null) {
        last = spanOf(pair.value, text);
        if (!readMerge(pair.value, pointer, depth, sources)) return null;
        continue;
      }
      const value = readValue(pair.value, key.span, pointerBelow(pointer, key.text), depth);
      if (value === null) return null;
      last = value.span;
      builder.addMember(open, { key: key.text, keySpan: key.span, value });
    }
    merge(open, sources);
    return {
      kind: "object",
      span: flow ? span : endingWith(span, last),
      pointer,
      members: open.members,
      byKey: open.byKey,
    };
  }

  function readKey(node: ParsedNode) {
    const span = spanOf(node, text);
    if (isScalar(node) && typeof node.value === "string" && span.end > span.start) {
      return { text: node.value, span, merges: node.type === "PLAIN" && node.value === "<<" };
    }
    findings.report("WF_SOURCE_011", { span, pointer: "", node: "" }, { feature: "an empty key" });
    return null;
  }

  function readValue(node: ParsedNode | null, keySpan: Span, pointer: string, depth: number): Tree | null {
    if (node !== null) return tree(node, pointer, depth);
    const span = { start: keySpan.end, end: keySpan.end };
    return builder.admit(span, pointer, depth) ? { kind: "null", span, pointer } : null;
  }

  /** Collects what a merge key brings (yaml.org/type/merge.html): an object or several. Its members get the pointers of `pointer`'s. */
  function readMerge(node: ParsedNode, pointer: string, depth: number, sources: ObjectTree[]): boolean {
    for (const one of isSeq(node) ? node.items : [node]) {
      const source = tree(one, pointer, depth - 1);
      if (source === null) return false;
      if (source.kind === "object") sources.push(source);
      else
        findings.report(
          "WF_SOURCE_011",
          { span: source.span, pointer, node: "" },
          { feature: "a merge key `<<` with a value that is no object" },
        );
    }
    return true;
  }

  /** Members that stand in the object itself win, then those of earlier sources. They come after its own. */
  function merge(open: OpenMembers, sources: readonly ObjectTree[]): void {
    for (const member of sources.flatMap((source) => source.members)) {
      if (!open.byKey.has(member.key)) builder.addMember(open, member);
    }
  }

  function scalar(node: Scalar.Parsed, span: Span, pointer: string): Tree {
    const { value } = node;
    if (typeof value === "string") return string(value, node, span, pointer);
    if (typeof value === "number") return number(value, node, span, pointer);
    if (typeof value === "boolean") return { kind: "boolean", span, pointer, value };
    return { kind: "null", span, pointer };
  }

  function string(value: string, node: Scalar.Parsed, span: Span, pointer: string): Tree {
    const placement = placeYamlString(text, { value, span, style: styleOf(node) });
    builder.checkText(value, span, pointer, placement.offsets);
    return { kind: "string", pointer, value, ...placement };
  }

  function number(value: number, node: Scalar.Parsed, span: Span, pointer: string): Tree {
    const raw = node.source ?? text.slice(span.start, span.end);
    if (/^[-+]?\.(?:inf|nan)$/i.test(raw)) {
      findings.report("WF_SOURCE_011", { span, pointer, node: "" }, { feature: `YAML number \`${raw}\`` });
      return { kind: "number", span, pointer, value: 0, raw };
    }
    return { kind: "number", span, pointer, value: builder.toNumber(value, raw, span, pointer), raw };
  }

  return tree;
}

function styleOf(node: Scalar): YamlString["style"] {
  switch (node.type) {
    case "QUOTE_SINGLE":
      return "single";
    case "QUOTE_DOUBLE":
      return "double";
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED":
      return "block";
    default:
      return "plain";
  }
}

function spanOf(node: ParsedNode, text: string): Span {
  const [start, end] = node.range;
  return isImplied(node) ? afterIndicator(text, start) : { start, end };
}

/** A null that nothing writes stands behind its `:` or `-`, where a value would. */
function afterIndicator(text: string, offset: number): Span {
  let index = offset;
  while (index > 0 && " \t".includes(text.charAt(index - 1))) index--;
  return { start: index, end: index };
}

/** Block collections have no closing mark: they end with their last part. */
function endingWith(span: Span, last: Span | undefined): Span {
  return { start: span.start, end: Math.max(last?.end ?? span.end, span.start) };
}
