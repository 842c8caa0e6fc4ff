import { type Member, type ObjectTree, originOf, pointerToken, type Tree } from "../../source/tree.ts";
import type { StateScope } from "./scope.ts";

/** Whether a text reads like a path or a call of an intrinsic function. */
export function looksEvaluated(text: string): boolean {
  return /^(?:\$\$?(?:[.[]|$)|States\.[A-Z]\w{1,30}\()/.test(text);
}

/** A field of text that holds a path, where another field takes one: `Cause` and `CausePath`. */
export function warnOfPathInText({ definition, name, language }: StateScope, of: ObjectTree, member: Member): void {
  const { key, value } = member;
  if (language !== "JSONPath" || value.kind !== "string" || !looksEvaluated(value.value)) return;
  const instead = `${key}Path`;
  const path = `${value.pointer.slice(0, -pointerToken(key).length)}${pointerToken(instead)}`;
  const fixes = of.byKey.has(instead)
    ? []
    : [{ title: `Write it as \`${instead}\``, patch: [{ op: "move" as const, from: value.pointer, path }] }];
  const params = { field: key, value: value.value.slice(0, 100), instead };
  definition.findings.report("WF_EXPRESSION_006", originOf(value, name), params, { fixes });
}

/** Paths in the Result of a Pass, which nothing evaluates. */
export function warnOfStaticResult({ definition, name, tree: state }: StateScope, result: Tree): void {
  const open: { readonly tree: Tree; readonly isMarked: boolean }[] = [{ tree: result, isMarked: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { tree, isMarked } = next;
    if (tree.kind === "array") for (const item of tree.items) open.push({ tree: item, isMarked: false });
    if (tree.kind === "object")
      for (const { key, value } of tree.members) open.push({ tree: value, isMarked: key.endsWith(".$") });
    if (tree.kind !== "string" || !looksEvaluated(tree.value)) continue;
    const path = `${state.pointer}/Parameters`;
    const patch = [{ op: "move" as const, from: result.pointer, path }];
    const canMove = isMarked && !state.byKey.has("Parameters");
    const fixes = canMove ? [{ title: "Write `Parameters` in place of `Result`", patch }] : [];
    definition.findings.report(
      "WF_EXPRESSION_007",
      originOf(tree, name),
      { value: tree.value.slice(0, 100) },
      { fixes },
    );
  }
}
