import type { Json, Tree } from "../tree.ts";
import { toJson } from "../tree.ts";
import { childrenOf, ownMembers } from "./style.ts";

/** A value that is not written in full where it stands: an alias of YAML, or an object with a merge key. */
export interface AliasUse {
  /** `<<` of an object with a merge key. */
  readonly name: string;
  readonly path: readonly string[];
  readonly value: Json;
}

/** The aliases and merged objects of a document, outermost first; what is inside one is not looked at. */
export function aliasesOf(text: string, root: Tree): readonly AliasUse[] {
  const uses: AliasUse[] = [];
  const open: { readonly tree: Tree; readonly path: readonly string[] }[] = [{ tree: root, path: [] }];
  for (const { tree, path } of open) {
    const { start, end } = tree.span;
    if (text[start] === "*") uses.push({ name: text.slice(start + 1, end), path, value: toJson(tree) });
    else if (tree.kind === "object" && ownMembers(tree).length < tree.members.length) {
      uses.push({ name: "<<", path, value: toJson(tree) });
    } else
      childrenOf(tree).forEach(
        (child, index) => void open.push({ tree: child, path: [...path, tokenOf(tree, index)] }),
      );
  }
  return uses;
}

function tokenOf(tree: Tree, index: number): string {
  return (tree.kind === "object" ? tree.members[index]?.key : undefined) ?? String(index);
}
