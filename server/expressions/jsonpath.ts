import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import { boolean, type Type, unknown } from "../ir/types.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import { type Operand, type Path, type PathStep, readPath, skipSpace, type Test, TextProblem } from "./jsonpath-parse.ts";

/** What paths in a state may name. */
export interface PathScope {
  readonly findings: Findings;
  /** The name of the state. */
  readonly node: string;
  /** What `$` stands for at this place. */
  readonly data: Expression;
  /**
   * The value of a path into the context object `$$`, with the names and indexes that are left to follow in it. Reports
   * what is not there and then gives null.
   */
  context(steps: readonly PathStep[], origin: Origin, problem: (text: string) => void): { value: Expression; rest: number } | null;
  /** A text with its `${placeholder}` substitutions; a literal where it has none. */
  text(text: string, origin: Origin): Expression;
}

/** What a path is for decides how its failure reads, as AWS words it. */
export type PathUse =
  | { readonly kind: "field"; readonly field: string }
  | { readonly kind: "select" }
  | { readonly kind: "choice" };

/** Compiles a string that is one path. Reports and gives null where it is none. */
export function compilePath(tree: StringTree, scope: PathScope, use: PathUse): Expression | null {
  const path = parsePath(tree, scope);
  return path && pathToExpression(tree, path, scope, use);
}

/** Parses a string that is one path. Reports and gives null where it is none. */
export function parsePath(tree: StringTree, scope: { readonly findings: Findings; readonly node: string }): Path | null {
  const text = tree.value;
  try {
    const path = readPath(text, skipSpace(text, 0));
    const end = skipSpace(text, path.end);
    if (end === text.length) return path;
    throw new TextProblem(end, `\`${text.slice(end, end + 20)}\` is not expected here`);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    const origin = originInside(tree, error.at, Math.min(error.at + 1, text.length), scope.node);
    scope.findings.report("WF_EXPRESSION_003", origin, { path: shorten(text), problem: error.message });
    return null;
  }
}

/** A reference path: names and indexes only, from `$`. It names the one place where ResultPath puts a value. */
export function compileReferencePath(tree: StringTree, scope: PathScope): readonly Expression[] | null {
  const path = parsePath(tree, scope);
  if (path === null) return null;
  const keys = path.steps.map((step) => (isReferenceStep(step) ? keyOf(step, tree, scope) : null));
  if (path.root === "$" && keys.every((key) => key !== null)) return keys;
  const step = path.steps.find((candidate) => !isReferenceStep(candidate));
  const origin = originInside(tree, step?.start ?? path.start, step?.end ?? path.end, scope.node);
  const problem =
    step === undefined ? "the result cannot be put into the context object" : "the result needs one place: names and indexes only";
  scope.findings.report("WF_EXPRESSION_003", origin, { path: shorten(tree.value), problem });
  return null;
}

function isReferenceStep(step: PathStep): step is PathStep & { kind: "name" | "index" } {
  return step.kind === "name" || (step.kind === "index" && step.index >= 0);
}

/** The expression of a path that was parsed in `tree`. */
export function pathToExpression(tree: StringTree, path: Path, scope: PathScope, use: PathUse): Expression | null {
  const origin = originInside(tree, path.start, path.end, scope.node);
  const from = path.root === "$$" ? contextStart(tree, path, scope, origin) : { value: scope.data, rest: 0 };
  if (from === null) return null;
  const steps = path.steps.slice(from.rest);
  const wide = steps.findIndex((step) => step.kind !== "name" && step.kind !== "index");
  const written = tree.value.slice(path.start, path.end);
  if (wide < 0) return valueAt(tree, from.value, steps, scope, use, written, origin);
  const start = valueAt(tree, from.value, steps.slice(0, wide), scope, use, written, origin);
  return steps.slice(wide).reduce((nodes, step) => widen(tree, nodes, step, scope), list([start], origin));
}

/** Whether there is a value at a path. */
export function pathIsPresent(tree: StringTree, path: Path, scope: PathScope): Expression | null {
  const origin = originInside(tree, path.start, path.end, scope.node);
  const from = path.root === "$$" ? contextStart(tree, path, scope, origin) : { value: scope.data, rest: 0 };
  if (from === null) return null;
  return present(tree, from.value, path.steps.slice(from.rest), scope, origin);
}

function contextStart(tree: StringTree, path: Path, scope: PathScope, origin: Origin) {
  return scope.context(path.steps, origin, (problem) => {
    scope.findings.report("WF_EXPRESSION_003", origin, { path: shorten(tree.value), problem });
  });
}

function valueAt(tree: StringTree, data: Expression, steps: readonly PathStep[], scope: PathScope, use: PathUse, written: string, origin: Origin): Expression {
  if (steps.length === 0) return data;
  const path = list(steps.flatMap((step) => keyOf(step, tree, scope) ?? []), origin);
  switch (use.kind) {
    case "select":
      return call("selectAt", [data, path], unknown, origin);
    case "choice":
      return call("choiceAt", [data, path], unknown, origin);
    case "field": {
      const usual = written === `$${steps.map(showStep).join("")}`;
      const names = [use.field, ...(usual ? [] : [written])].map((name) => text(name, origin));
      return call("fieldAt", [data, path, ...names], unknown, origin);
    }
    default:
      return use satisfies never;
  }
}

/** As the runtime's `showPath` writes it. */
function showStep(step: PathStep): string {
  if (step.kind === "index") return `[${step.index}]`;
  if (step.kind !== "name") return "";
  return /^[\w-]+$/.test(step.name) ? `.${step.name}` : `['${step.name}']`;
}

function keyOf(step: PathStep, tree: StringTree, scope: PathScope): Expression | null {
  const origin = originInside(tree, step.start, step.end, scope.node);
  if (step.kind === "index") return number(step.index, origin);
  return step.kind === "name" ? scope.text(step.name, origin) : null;
}

/** One more step over a list of values. */
function widen(tree: StringTree, nodes: Expression, step: PathStep, scope: PathScope): Expression {
  const origin = originInside(tree, step.start, step.end, scope.node);
  const over = (fn: string, ...args: readonly Expression[]): Expression => call(fn, [nodes, ...args], nodeList, origin);
  switch (step.kind) {
    case "name":
      return over("membersOf", list([scope.text(step.name, origin)], origin));
    case "names":
      return over("membersOf", list(step.names.map((name) => scope.text(name, origin)), origin));
    case "index":
      return over("itemsAt", list([number(step.index, origin)], origin));
    case "indexes":
      return over("itemsAt", list(step.indexes.map((index) => number(index, origin)), origin));
    case "wildcard":
      return over("childrenOf");
    case "descend":
      return over("descendantsOf");
    case "slice": {
      const end: Expression = step.to === null ? { kind: "literal", value: null, type: { kind: "null" }, origin } : number(step.to, origin);
      return over("slicesOf", number(step.from, origin), end, number(step.by, origin));
    }
    case "filter": {
      const item: Variable = { name: "item", type: unknown, role: "bound" };
      const body = testToExpression(tree, step.test, { ...scope, item: { kind: "variable", variable: item, type: unknown, origin } }, origin);
      return over("matchesOf", { kind: "lambda", parameters: [item], body, type: unknown, origin });
    }
    default:
      return step satisfies never;
  }
}

type FilterScope = PathScope & { readonly item: Expression };

function testToExpression(tree: StringTree, test: Test, scope: FilterScope, origin: Origin): Expression {
  switch (test.kind) {
    case "and":
    case "or":
      return test.tests
        .map((part) => testToExpression(tree, part, scope, origin))
        .reduce((left, right) => ({ kind: "binary", operator: test.kind === "and" ? "&&" : "||", left, right, type: boolean, origin }));
    case "not":
      return { kind: "unary", operator: "!", operand: testToExpression(tree, test.test, scope, origin), type: boolean, origin };
    case "exists":
      return present(tree, test.path.root === "@" ? scope.item : scope.data, test.path.steps, scope, origin);
    case "compare": {
      const operator = text(test.operator, origin);
      const [left, right] = [operandToExpression(tree, test.left, scope, origin), operandToExpression(tree, test.right, scope, origin)];
      return call("compareValues", [left, operator, right], boolean, origin);
    }
    default:
      return test satisfies never;
  }
}

/** In a filter a path without a value is not an error: it equals nothing. */
function operandToExpression(tree: StringTree, operand: Operand, scope: FilterScope, origin: Origin): Expression {
  if (operand.kind === "literal") return literal(operand.value, origin);
  const { steps, root } = operand.path;
  const from = root === "@" ? scope.item : scope.data;
  if (steps.length === 0) return from;
  const wide = steps.findIndex((step) => step.kind !== "name" && step.kind !== "index");
  const definite = wide < 0 ? steps : steps.slice(0, wide);
  const start = definite.length === 0 ? from : call("findAt", [from, keys(tree, definite, scope, origin)], unknown, origin);
  if (wide < 0) return start;
  return steps.slice(wide).reduce((nodes, step) => widen(tree, nodes, step, scope), list([start], origin));
}

function present(tree: StringTree, data: Expression, steps: readonly PathStep[], scope: PathScope, origin: Origin): Expression {
  if (steps.every((step) => step.kind === "name" || step.kind === "index")) {
    return call("isPresent", [data, keys(tree, steps, scope, origin)], boolean, origin);
  }
  const nodes = steps.reduce((from, step) => widen(tree, from, step, scope), list([data], origin));
  return call("isPresent", [nodes, list([number(0, origin)], origin)], boolean, origin);
}

function keys(tree: StringTree, steps: readonly PathStep[], scope: PathScope, origin: Origin): Expression {
  return list(steps.flatMap((step) => keyOf(step, tree, scope) ?? []), origin);
}

const nodeList: Type = { kind: "array", element: unknown };

export function call(fn: string, args: readonly Expression[], type: Type, origin: Origin): Expression {
  return { kind: "call", fn, args, type, origin };
}

export function list(items: readonly Expression[], origin: Origin): Expression {
  return { kind: "array", items, type: { kind: "array", element: unknown }, origin };
}

export function text(value: string, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

export function number(value: number, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

export function literal(value: null | boolean | number | string, origin: Origin): Expression {
  return { kind: "literal", value, type: value === null ? { kind: "null" } : { kind: "literal", value }, origin };
}

/** A path short enough to stand in a message. */
export function shorten(path: string): string {
  return path.length > 100 ? `${path.slice(0, 100)}…` : path;
}
