import { compileQuery, isQuery, type Query, type QueryScope } from "../../expressions/jsonata.ts";
import type { PathScope } from "../../expressions/jsonpath.ts";
import { call, list, literal, text } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import { boolean, integer, type MemberType, number, string, type Type, unknown } from "../../ir/types.ts";
import { originOf, type StringTree, type Tree } from "../../source/tree.ts";
import { nothing, read, type StateScope } from "./scope.ts";

/** What `$states.result` and `$states.errorOutput` stand for; absent where there is none. */
export interface QueryBound {
  readonly result?: Expression;
  readonly errorOutput?: Expression;
}

/** A value of a JSONata state: every string in it that is written `{% … %}` is an expression. */
export function compileQueryValue(state: StateScope, tree: Tree, bound: QueryBound, paths: PathScope): Expression {
  const origin = originOf(tree, state.name);
  switch (tree.kind) {
    case "object": {
      const members = tree.members.map(({ key, value }) => ({
        key,
        value: compileQueryValue(state, value, bound, paths),
      }));
      const types = new Map<string, MemberType>(
        members.map(({ key, value }) => [key, { type: value.type, required: true }]),
      );
      return { kind: "object", members, type: { kind: "object", members: types, additional: null }, origin };
    }
    case "array":
      return list(
        tree.items.map((item) => compileQueryValue(state, item, bound, paths)),
        origin,
      );
    case "string":
      return compileText(state, tree, bound, paths);
    case "null":
      return literal(null, origin);
    case "number":
    case "boolean":
      return literal(tree.value, origin);
    default:
      return tree satisfies never;
  }
}

function compileText(state: StateScope, tree: StringTree, bound: QueryBound, paths: PathScope): Expression {
  const origin = originOf(tree, state.name);
  if (!isQuery(tree.value)) {
    reportHalfQuery(state, tree);
    return paths.text(tree.value, origin);
  }
  const query = compileQuery(tree, queryScope(state, bound, paths));
  return query === null ? nothing(origin) : evaluated(state, tree, query);
}

/** An expression whose opening or closing mark is missing. With spaces around both AWS takes it for plain text. */
function reportHalfQuery({ definition, name }: StateScope, tree: StringTree): void {
  if (!tree.value.startsWith("{%") && !tree.value.endsWith("%}")) return;
  if (tree.value.trim().startsWith("{%") && tree.value.trim().endsWith("%}")) return;
  const problem = "an expression starts with `{%` and ends with `%}`, without anything before or after";
  definition.findings.report("WF_EXPRESSION_003", originOf(tree, name), { path: tree.value.slice(0, 100), problem });
}

/** The value of an expression: it must be there, and what fails in it fails as AWS says. */
function evaluated(state: StateScope, tree: StringTree, query: Query): Expression {
  const { value, mayFail, mayBeNothing } = query;
  const { origin } = value;
  const place = [text(fieldOf(state, tree), origin), text(query.text, origin)];
  if (mayFail) {
    const evaluate: Expression = { kind: "lambda", parameters: [], body: value, type: unknown, origin };
    const isKnown = !mayBeNothing && ["boolean", "number", "string"].includes(value.type.kind);
    return call("evaluateQuery", [...place, evaluate], isKnown ? value.type : unknown, origin);
  }
  return mayBeNothing ? call("queryResult", [...place, value], unknown, origin) : value;
}

/** Where an expression stands in its state, as AWS writes it: `Output/result`. */
function fieldOf(state: StateScope, tree: Tree): string {
  return tree.pointer
    .slice(state.tree.pointer.length + 1)
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
}

const types: Readonly<Record<"array" | "boolean" | "integer" | "string" | "number", Type>> = {
  array: { kind: "array", element: unknown },
  boolean,
  integer,
  number,
  string,
};

/** A field of a JSONata state that must have a certain type. Null where it is no expression. */
export function compileTypedQuery(
  state: StateScope,
  tree: Tree | undefined,
  type: keyof typeof types,
  paths: PathScope,
): Expression | null {
  if (state.language !== "JSONata" || tree === undefined) return null;
  if (tree.kind === "string" && !isQuery(tree.value)) return null;
  if (tree.kind !== "string" && tree.kind !== "array") return null;
  const value = compileQueryValue(state, tree, {}, paths);
  const wanted = types[type];
  const isKnown = value.type.kind === wanted.kind || (type === "number" && value.type.kind === "integer");
  if (isKnown || (value.kind === "literal" && typeof value.value === type)) return value;
  const { origin } = value;
  const written = tree.kind === "string" ? tree.value.slice(2, -2).trim() : "";
  const args = [text(fieldOf(state, tree), origin), text(written, origin), text(type, origin), value];
  return call("queryOfType", args, wanted, origin);
}

function queryScope(state: StateScope, bound: QueryBound, paths: PathScope): QueryScope {
  const { findings } = state.definition;
  return {
    findings,
    node: state.name,
    text: paths.text,
    variable: (name, origin) => state.variables.find(name, origin),
    states(names, origin) {
      const [first, ...others] = names;
      const problem = (why: string): null => {
        const path = ["$states", ...names].join(".").slice(0, 100);
        findings.report("WF_EXPRESSION_003", origin, { path, problem: why });
        return null;
      };
      const context = (): { value: Expression; rest: number } | null => {
        const steps = others.map((name) => ({ kind: "name", name, start: 0, end: 0 }) as const);
        return paths.context(steps, origin, (why) => void problem(why));
      };
      const known: Readonly<Record<string, Expression | undefined>> = {
        input: read(state.data, origin),
        result: bound.result,
        errorOutput: bound.errorOutput,
      };
      if (first === undefined) {
        const given = Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
        const all = context();
        return all && { value: objectOf([...given, { key: "context", value: all.value }], state), rest: 0 };
      }
      if (first === "context") {
        const found = context();
        return found && { value: found.value, rest: found.rest + 1 };
      }
      const value = Object.hasOwn(known, first) ? known[first] : undefined;
      if (value !== undefined) return { value, rest: 1 };
      return problem(`\`$states\` has no \`${first.slice(0, 80)}\` here`);
    },
  };
}

function objectOf(
  members: readonly { readonly key: string; readonly value: Expression }[],
  { origin }: StateScope,
): Expression {
  const all = new Map<string, MemberType>(members.map(({ key, value }) => [key, { type: value.type, required: true }]));
  return { kind: "object", members, type: { kind: "object", members: all, additional: null }, origin };
}
