import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import { boolean, type Type, unknown } from "../ir/types.ts";
import { originInside, originOf, type StringTree, type Tree } from "../source/tree.ts";
import { keyNames, keyOf, keys, present, widen } from "./jsonpath-nodes.ts";
import { type Path, type PathStep, readPath, skipSpace, TextProblem } from "./jsonpath-parse.ts";
import { call, list, shorten, text } from "./jsonpath-values.ts";

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
  context(
    steps: readonly PathStep[],
    origin: Origin,
    problem: (text: string) => void,
  ): { value: Expression; rest: number } | null;
  /** The value of a variable; one that has none is a failure of the run. */
  variable(name: string, origin: Origin): Expression;
  /** Makes a value of a payload template where the state's query language is another one. */
  readonly query?: (tree: Tree) => Expression;
  /** A text with its `${placeholder}` substitutions; a literal where it has none. */
  text(text: string, origin: Origin): Expression;
}

/** What a path is for decides how its failure reads, as AWS words it. */
export type PathUse =
  | { readonly kind: "field"; readonly field: string }
  | { readonly kind: "select" }
  /** An argument of an intrinsic function; `fn`: the whole call as it was written. */
  | { readonly kind: "argument"; readonly fn: string }
  | { readonly kind: "choice" };

/** Compiles a string that is one path. Reports and gives null where it is none. */
export function compilePath(tree: StringTree, scope: PathScope, use: PathUse): Expression | null {
  if (isGivenPath(tree)) return givenValue(tree, scope, use);
  const path = parsePath(tree, scope);
  return path && pathToExpression(tree, path, scope, use);
}

/** Parses a string that is one path. Reports and gives null where it is none. */
function parsePath(tree: StringTree, scope: { readonly findings: Findings; readonly node: string }): Path | null {
  const text = tree.value;
  try {
    const path = readPath(text, skipSpace(text, 0));
    const end = skipSpace(text, path.end);
    if (end === text.length) return path;
    throw new TextProblem(end, `\`${text.slice(end, end + 20)}\` is not expected here`);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    if (error.feature !== "") return reportFeature(tree, error, scope);
    const origin = originInside(tree, error.at, Math.min(error.at + 1, text.length), scope.node);
    scope.findings.report("WF_EXPRESSION_003", origin, { path: shorten(text), problem: error.message });
    return null;
  }
}

/** Reports what the dialect has and we do not know yet. */
export function reportFeature(
  tree: StringTree,
  { at, feature }: TextProblem,
  scope: { readonly findings: Findings; readonly node: string },
): null {
  const instead = "Keep the value in the state's data, with ResultPath.";
  scope.findings.report("WF_COMPILE_003", originInside(tree, at, Math.min(at + 1, tree.value.length), scope.node), {
    feature,
    instead,
  });
  return null;
}

/**
 * A reference path: names and indexes only, from `$`. It names the one place where ResultPath puts a value. Gives a list of
 * keys; null where it was reported to be none.
 */
export function compileReferencePath(tree: StringTree, scope: PathScope): Expression | null {
  if (isGivenPath(tree)) return givenPath(tree, scope);
  const path = parsePath(tree, scope);
  if (path === null) return null;
  const keys = path.steps.map((step) => (isReferenceStep(step) ? keyOf(step, tree, scope) : null));
  if (path.root === "$" && keys.every((key) => key !== null)) return list(keys, originOf(tree, scope.node));
  const step = path.steps.find((candidate) => !isReferenceStep(candidate));
  const origin = originInside(tree, step?.start ?? path.start, step?.end ?? path.end, scope.node);
  const problem =
    step === undefined
      ? `the result cannot be put into ${path.root === "$$" ? "the context object" : "a variable: use Assign"}`
      : "the result needs one place: names and indexes only";
  scope.findings.report("WF_EXPRESSION_003", origin, { path: shorten(tree.value), problem });
  return null;
}

function isReferenceStep(step: PathStep): step is PathStep & { kind: "name" | "index" } {
  return step.kind === "name" || (step.kind === "index" && step.index >= 0);
}

/** The expression of a path that was parsed in `tree`. */
export function pathToExpression(tree: StringTree, path: Path, scope: PathScope, use: PathUse): Expression | null {
  const origin = originInside(tree, path.start, path.end, scope.node);
  const from = pathStart(tree, path, scope, origin);
  if (from === null) return null;
  const steps = path.steps.slice(from.rest);
  const wide = steps.findIndex((step) => step.kind !== "name" && step.kind !== "index");
  const written = tree.value.slice(path.start, path.end);
  const definiteValue = (definite: readonly PathStep[]): Expression =>
    valueAt(tree, { ...from, at: contextPlace(path, from.rest) }, definite, scope, use, written, origin);
  if (wide < 0) return definiteValue(steps);
  const last = steps[wide];
  if (last?.kind === "names" && wide === steps.length - 1)
    return call("picked", [definiteValue(steps.slice(0, wide)), keyNames(last, scope, origin)], unknown, origin);
  // Of a path that selects many places AWS makes an empty list where what leads to them is missing.
  const start =
    wide === 0
      ? from.value
      : call("findAt", [from.value, keys(tree, steps.slice(0, wide), scope, origin)], unknown, origin);
  return steps
    .slice(wide)
    .reduce((nodes, step) => widen(tree, nodes, step, scope, step === steps.at(-1)), list([start], origin));
}

/** Whether there is a value at a path. Reports and gives null where it is none. */
export function pathIsPresent(tree: StringTree, scope: PathScope): Expression | null {
  if (isGivenPath(tree)) {
    const path = givenPath(tree, scope);
    return call("isPresent", [scope.data, path], boolean, path.origin);
  }
  const path = parsePath(tree, scope);
  if (path === null) return null;
  const origin = originInside(tree, path.start, path.end, scope.node);
  const from = pathStart(tree, path, scope, origin);
  if (from === null) return null;
  return present(tree, from.value, path.steps.slice(from.rest), scope, origin);
}

/** Whether a run gives the path itself: a substitution stands where it would begin. */
function isGivenPath(tree: StringTree): boolean {
  return tree.value.trimStart().startsWith("${");
}

/** The keys of a path that the run is given. */
function givenPath(tree: StringTree, scope: PathScope): Expression {
  const origin = originOf(tree, scope.node);
  return call("parsedPath", [scope.text(tree.value.trim(), origin)], keyList, origin);
}

function givenValue(tree: StringTree, scope: PathScope, use: PathUse): Expression {
  const path = givenPath(tree, scope);
  const { origin } = path;
  switch (use.kind) {
    case "select":
      return call("selectAt", [scope.data, path], unknown, origin);
    case "choice":
      return call("choiceAt", [scope.data, path], unknown, origin);
    case "argument":
      return call("argumentAt", [scope.data, path, scope.text(use.fn, origin)], unknown, origin);
    case "field":
      return call("fieldAt", [scope.data, path, text(use.field, origin)], unknown, origin);
    default:
      return use satisfies never;
  }
}

const keyList: Type = { kind: "array", element: unknown };

/** How AWS writes the place in the context object that a path's first steps lead to; "" at its root and elsewhere. */
function contextPlace({ root, steps }: Path, rest: number): string {
  if (root !== "$$" || rest === 0) return "";
  return `$${steps
    .slice(0, rest)
    .map((step) => (step.kind === "name" ? `['${step.name}']` : ""))
    .join("")}`;
}

/** The value that a path starts from, and how many of its steps have led there. */
function pathStart(tree: StringTree, path: Path, scope: PathScope, origin: Origin) {
  const problem = (text: string): void =>
    void scope.findings.report("WF_EXPRESSION_003", origin, { path: shorten(tree.value), problem: text });
  if (path.root === "$$") return scope.context(path.steps, origin, problem);
  if (path.root !== "variable") return { value: scope.data, rest: 0 };
  return { value: scope.variable(path.variable, origin), rest: 0 };
}

function valueAt(
  tree: StringTree,
  { value: data, at }: { readonly value: Expression; readonly at: string },
  steps: readonly PathStep[],
  scope: PathScope,
  use: PathUse,
  written: string,
  origin: Origin,
): Expression {
  if (steps.length === 0) return data;
  const path = keys(tree, steps, scope, origin);
  const shown = isUsual(written, steps) ? [] : [text(written, origin)];
  switch (use.kind) {
    case "select":
      return call("selectAt", [data, path, ...shown, ...(at === "" ? [] : [text(at, origin)])], unknown, origin);
    case "choice":
      return call("choiceAt", [data, path, ...shown], unknown, origin);
    case "argument":
      return call("argumentAt", [data, path, scope.text(use.fn, origin), ...shown], unknown, origin);
    case "field":
      return call("fieldAt", [data, path, text(use.field, origin), ...shown], unknown, origin);
    default:
      return use satisfies never;
  }
}

/** Whether the run shows a path as it was written; one with a substituted name is only known to the run. */
function isUsual(written: string, steps: readonly PathStep[]): boolean {
  return written.includes("${") || written === `$${steps.map(showStep).join("")}`;
}

/** As the runtime's `showPath` writes it. */
function showStep(step: PathStep): string {
  if (step.kind === "index") return `[${step.index}]`;
  if (step.kind !== "name") return "";
  return /^[\w-]+$/.test(step.name) ? `.${step.name}` : `['${step.name}']`;
}
