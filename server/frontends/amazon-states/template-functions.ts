import type { Findings } from "../../diagnostics/diagnostic.ts";
import { type Member, originInside, originOf, type StringTree, type Tree } from "../../source/tree.ts";

/** A text with the offset in the document of each of its characters. */
interface PlacedText {
  readonly text: string;
  readonly offsets: readonly number[];
}

/**
 * A value of a template with its functions resolved: what a deployment would fill in is a substitution. `!Ref Table` is
 * `${Table}`, `!GetAtt Charge.Arn` is `${Charge.Arn}`, and `!Sub` is its text. What a function does that needs the
 * deployment itself (`Fn::If`) is reported.
 */
export function resolved(tree: Tree, findings: Findings): Tree {
  if (tree.kind === "array") return { ...tree, items: tree.items.map((item) => resolved(item, findings)) };
  if (tree.kind !== "object") return tree;
  const [only, ...others] = tree.members;
  if (only !== undefined && others.length === 0 && isFunction(only.key)) return call(only, tree, findings);
  const members = tree.members.map((member): Member => ({ ...member, value: resolved(member.value, findings) }));
  return { ...tree, members, byKey: new Map(members.map((member) => [member.key, member])) };
}

function isFunction(key: string): boolean {
  return key === "Ref" || key.startsWith("Fn::");
}

function call({ key, value }: Member, of: Tree, findings: Findings): Tree {
  const text = textOf(key, value, findings);
  if (text === null) {
    const params = {
      feature: `\`${key}\` of a template, in a definition,`,
      instead: "Give its result as a substitution (`DefinitionSubstitutions`).",
    };
    findings.report("WF_COMPILE_003", originOf(of), params);
    return { kind: "string", value: "", offsets: [], contentStart: of.span.start, span: of.span, pointer: of.pointer };
  }
  const { text: content, offsets } = text;
  return {
    kind: "string",
    value: content,
    offsets,
    contentStart: of.span.start,
    span: of.span,
    pointer: of.pointer,
  } satisfies StringTree;
}

function textOf(key: string, value: Tree, findings: Findings): PlacedText | null {
  const items = value.kind === "array" ? value.items : [];
  switch (key) {
    case "Ref":
      return value.kind === "string" ? substitution(value.value, value) : null;
    case "Fn::GetAtt": {
      const names = value.kind === "string" ? [value] : items;
      const parts = names.map((name) => (name.kind === "string" ? name.value : ""));
      return parts.length === 0 || parts.includes("") ? null : substitution(parts.join("."), value);
    }
    case "Fn::Sub": {
      const text = value.kind === "string" ? value : items[0];
      return text?.kind === "string" ? withoutMarks(placed(text)) : null;
    }
    case "Fn::Join": {
      const [separator, list] = items;
      if (separator?.kind !== "string" || list?.kind !== "array") return null;
      return joined(
        list.items.map((item) => resolved(item, findings)),
        separator,
      );
    }
    default:
      return null;
  }
}

function substitution(name: string, at: Tree): PlacedText {
  return everywhere(`\${${name}}`, at.span.start, at.span.end);
}

function everywhere(text: string, start: number, end: number): PlacedText {
  return { text, offsets: [...Array.from({ length: text.length }, () => start), end] };
}

function placed(tree: StringTree): PlacedText {
  const offsets = Array.from(
    { length: tree.value.length + 1 },
    (_, index) => originInside(tree, index, index).span.start,
  );
  return { text: tree.value, offsets };
}

/** In `Fn::Sub` `${!Name}` stands for the text `${Name}`. */
function withoutMarks({ text, offsets }: PlacedText): PlacedText {
  const kept = offsets.filter((_, index) => text.slice(index - 2, index + 1) !== "${!");
  return { text: text.replaceAll("${!", "${"), offsets: kept };
}

function joined(items: readonly Tree[], separator: StringTree): PlacedText | null {
  const texts: string[] = [];
  const offsets: number[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind !== "string") return null;
    const between = index === 0 ? [] : [everywhere(separator.value, item.span.start, item.span.start)];
    for (const part of [...between, placed(item)]) {
      texts.push(part.text);
      offsets.push(...part.offsets.slice(0, -1));
    }
  }
  return { text: texts.join(""), offsets: [...offsets, items.at(-1)?.span.end ?? separator.span.end] };
}
