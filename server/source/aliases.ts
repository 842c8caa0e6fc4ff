import type { Findings, Span } from "../diagnostics/diagnostic.ts";
import { type Builder, pointerBelow } from "./builder.ts";
import type { SourceLimits } from "./limits.ts";
import type { Member, Tree } from "./tree.ts";

/** Anchors and aliases of YAML. Later stages know neither: each alias becomes a copy with pointers of its own. */
export interface Aliases {
  /** From here to `define`, the anchor's value is being read: an alias to it would hold itself. */
  open(anchor: string): void;
  define(anchor: string, value: Tree): void;
  /**
   * A copy of the value that the alias at `span` stands for. The copy has the alias's span; what is inside keeps the
   * places where it is written. Null: a limit was passed.
   */
  expand(alias: string, span: Span, pointer: string, depth: number): Tree | null;
  /** Whether an alias had no value, which was reported. */
  readonly broken: boolean;
}

export function createAliases(builder: Builder, limits: SourceLimits, findings: Findings): Aliases {
  const anchors = new Map<string, Tree | "open">();
  let added = 0;
  let broken = false;

  function missing(alias: string, anchor: "open" | undefined, span: Span, pointer: string): Tree {
    const origin = { span, pointer, node: "" };
    if (anchor === "open") findings.report("WF_SOURCE_006", origin, { alias, limit: String(limits.aliasValues) });
    else
      findings.report("WF_SOURCE_001", origin, {
        syntax: "YAML",
        problem: `no anchor \`&${alias}\` stands before the alias`,
      });
    broken = true;
    return { kind: "null", span, pointer };
  }

  return {
    open: (anchor) => void anchors.set(anchor, "open"),
    define: (anchor, value) => void anchors.set(anchor, value),
    expand(alias, span, pointer, depth) {
      const value = anchors.get(alias);
      if (value === undefined || value === "open") return missing(alias, value, span, pointer);
      const admit = (at: string, inside: number): boolean => {
        added++;
        if (added <= limits.aliasValues) return builder.admit(span, at, inside);
        findings.report("WF_SOURCE_006", { span, pointer, node: "" }, { alias, limit: String(limits.aliasValues) });
        return false;
      };
      const copied = copy(value, pointer, depth, admit);
      if (copied === null) return null;
      return copied.kind === "string"
        ? { ...copied, span, contentStart: span.start, offsets: [] }
        : { ...copied, span };
    },
    get broken() {
      return broken;
    },
  };
}

/** Recurses no deeper than `admit` lets it. */
function copy(
  tree: Tree,
  pointer: string,
  depth: number,
  admit: (pointer: string, depth: number) => boolean,
): Tree | null {
  const inside = tree.kind === "array" || tree.kind === "object" ? depth + 1 : depth;
  if (!admit(pointer, inside)) return null;
  if (tree.kind === "array") {
    const items: Tree[] = [];
    for (const item of tree.items) {
      const copied = copy(item, pointerBelow(pointer, items.length), inside, admit);
      if (copied === null) return null;
      items.push(copied);
    }
    return { ...tree, pointer, items };
  }
  if (tree.kind === "object") {
    const members: Member[] = [];
    for (const member of tree.members) {
      const value = copy(member.value, pointerBelow(pointer, member.key), inside, admit);
      if (value === null) return null;
      members.push({ ...member, value });
    }
    return { ...tree, pointer, members, byKey: new Map(members.map((member) => [member.key, member])) };
  }
  return { ...tree, pointer };
}
