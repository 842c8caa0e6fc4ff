import type { Findings } from "../../diagnostics/diagnostic.ts";
import { compileIntrinsic } from "../../expressions/intrinsics.ts";
import { compilePath, type PathScope } from "../../expressions/jsonpath.ts";
import { list, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import { type MemberType, type Type, unknown } from "../../ir/types.ts";
import { type Member, type ObjectTree, originOf, originOfKey, pointerToken, type Tree } from "../../source/tree.ts";
import { looksEvaluated } from "./path-warnings.ts";
import { nothing } from "./scope.ts";

/** A payload template: Parameters, ResultSelector and ItemSelector. Keys that end in `.$` take paths and intrinsics. */
export function compileTemplate(tree: Tree, scope: PathScope): Expression {
  if (scope.query !== undefined) return scope.query(tree);
  if (tree.kind === "object") return compileObject(tree, scope);
  if (tree.kind === "array")
    return withItems(
      tree.items.map((item) => compileTemplate(item, scope)),
      tree,
      scope,
    );
  return compileLiteral(tree, scope);
}

/** A value as it stands, but for its `${placeholder}` substitutions: the Result of a Pass. */
export function compileLiteral(tree: Tree, scope: PathScope): Expression {
  const origin = originOf(tree, scope.node);
  switch (tree.kind) {
    case "object":
      return withMembers(
        tree.members.map((member) => ({ key: member.key, value: compileLiteral(member.value, scope) })),
        tree,
        scope,
      );
    case "array":
      return withItems(
        tree.items.map((item) => compileLiteral(item, scope)),
        tree,
        scope,
      );
    case "string":
      return scope.text(tree.value, origin);
    case "null":
      return literal(null, origin);
    case "number":
    case "boolean":
      return literal(tree.value, origin);
    default:
      return tree satisfies never;
  }
}

function compileObject(tree: ObjectTree, scope: PathScope): Expression {
  const members = tree.members.map((member) => {
    if (member.key.endsWith(".$")) return { key: member.key.slice(0, -2), value: compileDynamic(member, tree, scope) };
    warnOfPath(member, tree, scope);
    return { key: member.key, value: compileTemplate(member.value, scope) };
  });
  return withMembers(members, tree, scope);
}

function compileDynamic(member: Member, of: ObjectTree, scope: PathScope): Expression {
  const { key, value } = member;
  const origin = originOf(value, scope.node);
  const twin = of.byKey.get(key.slice(0, -2));
  if (twin !== undefined) {
    const params = {
      fields: `\`${twin.key}\` and \`${key}\``,
      of: "the payload template",
      why: "both give the same field",
    };
    scope.findings.report("WF_VALIDATION_013", originOfKey(member, scope.node), params);
  }
  if (value.kind !== "string") {
    const allowed = "a path or an intrinsic function, because its key ends in `.$`";
    scope.findings.report("WF_VALIDATION_002", origin, { field: key, found: describe(value), allowed });
    return nothing(origin);
  }
  return compilePathOrIntrinsic(value, scope, key) ?? nothing(origin);
}

/** A string that AWS evaluates: a path, or a call of an intrinsic function. */
function compilePathOrIntrinsic(tree: Tree & { kind: "string" }, scope: PathScope, field: string): Expression | null {
  const start = tree.value.trimStart();
  if (!start.startsWith("$") && !start.startsWith("States.")) {
    const problem =
      "it must be a path, which starts with `$`, or a call of an intrinsic function such as `States.Format('{}', $.name)`";
    scope.findings.report("WF_EXPRESSION_003", originOf(tree, scope.node), { path: tree.value.slice(0, 100), problem });
    return null;
  }
  return start.startsWith("$") ? compilePath(tree, scope, { kind: "field", field }) : compileIntrinsic(tree, scope);
}

function warnOfPath(member: Member, of: ObjectTree, scope: PathScope): void {
  const { key, value } = member;
  if (value.kind !== "string" || !looksEvaluated(value.value)) return;
  if (of.byKey.has(`${key}.$`)) return;
  const parent = value.pointer.slice(0, -pointerToken(key).length);
  scope.findings.report(
    "WF_EXPRESSION_005",
    originOf(value, scope.node),
    { field: key, value: value.value.slice(0, 100) },
    {
      fixes: [
        {
          title: `Write the key as \`${key}.$\``,
          patch: [{ op: "move", from: value.pointer, path: `${parent}${pointerToken(`${key}.$`)}` }],
        },
      ],
    },
  );
}

function withMembers(members: readonly { key: string; value: Expression }[], tree: Tree, scope: PathScope): Expression {
  const types = new Map<string, MemberType>(
    members.map(({ key, value }) => [key, { type: value.type, required: true }]),
  );
  return {
    kind: "object",
    members,
    type: { kind: "object", members: types, additional: null },
    origin: originOf(tree, scope.node),
  };
}

function withItems(items: readonly Expression[], tree: Tree, scope: PathScope): Expression {
  return { ...list(items, originOf(tree, scope.node)), type: { kind: "array", element: elementType(items) } };
}

/** The type of items that are all strings, all numbers or all booleans. */
function elementType(items: readonly Expression[]): Type {
  const kinds = new Set(items.map(({ type }) => (type.kind === "literal" ? typeof type.value : type.kind)));
  const [kind] = kinds;
  return kinds.size === 1 && (kind === "string" || kind === "number" || kind === "boolean") ? { kind } : unknown;
}

/** Reports a field that takes certain words only. */
export function reportWord(tree: Tree, field: string, allowed: readonly string[], scope: WordScope): void {
  const params = { field, found: describe(tree), allowed: `one of ${allowed.join(", ")}` };
  scope.definition.findings.report("WF_VALIDATION_002", originOf(tree, scope.name), params);
}

interface WordScope {
  readonly name: string;
  readonly definition: { readonly findings: Findings };
}

/** A value in a message: what it is, with small ones themselves. */
export function describe(tree: Tree): string {
  switch (tree.kind) {
    case "string":
      return JSON.stringify(tree.value.length > 60 ? `${tree.value.slice(0, 60)}…` : tree.value);
    case "number":
      return tree.raw.slice(0, 40);
    case "boolean":
      return String(tree.value);
    case "null":
      return "null";
    case "array":
      return "an array";
    case "object":
      return "an object";
    default:
      return tree satisfies never;
  }
}
