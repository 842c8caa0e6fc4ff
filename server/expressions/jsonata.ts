import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { Expression } from "../ir/expression.ts";
import { visitExpression } from "../ir/visit.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import { parseQuery } from "./jsonata-parse.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import { translateQuery } from "./jsonata-translate.ts";
import { shorten } from "./jsonpath-values.ts";

/** What a JSONata expression in a state may name. */
export interface QueryScope {
  readonly findings: Findings;
  /** The name of the state. */
  readonly node: string;
  /** A variable of the state machine, and whether it is certain to have a value; null where nothing assigns it. */
  variable(name: string, origin: Origin): { readonly value: Expression; readonly isCertain: boolean } | null;
  /** What the names after `$states` lead to, and how many of them; null where it was reported that they lead nowhere. */
  states(names: readonly string[], origin: Origin): { readonly value: Expression; readonly rest: number } | null;
  /** A text with its `${placeholder}` substitutions; a literal where it has none. */
  text(text: string, origin: Origin): Expression;
}

/** A JSONata expression as an expression of the IR. */
export interface Query {
  /** As it was written. */
  readonly text: string;
  readonly value: Expression;
  readonly mayFail: boolean;
  readonly mayBeNothing: boolean;
}

/** Whether a string is an expression: `{% … %}`. */
export function isQuery(text: string): boolean {
  return text.startsWith("{%") && text.endsWith("%}") && text.length >= 4;
}

/** Compiles a string that is an expression in `{% … %}`. Reports and gives null where it is wrong. */
export function compileQuery(tree: StringTree, scope: QueryScope): Query | null {
  const inside = tree.value.slice(2, -2);
  const start = 2 + inside.length - inside.trimStart().length;
  const text = inside.trim();
  const place = (at: number): Origin => {
    const from = Math.min(start + Math.max(at - 1, 0), tree.value.length - 2);
    return originInside(tree, from, Math.min(from + 1, tree.value.length), scope.node);
  };
  const parsed = parseQuery(text);
  if (parsed.kind === "problem") {
    const params = { path: shorten(text), problem: parsed.problem };
    scope.findings.report("WF_EXPRESSION_003", place(parsed.at), params);
    return null;
  }
  try {
    const { value, isCertain } = translateQuery(
      parsed.root,
      scope,
      originInside(tree, 0, tree.value.length, scope.node),
    );
    return { text, value, mayFail: mayFail(value), mayBeNothing: !isCertain };
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    reportProblem(error, text, place(error.at), scope);
    return null;
  }
}

function reportProblem(problem: QueryProblem, text: string, origin: Origin, { findings }: QueryScope): void {
  const { feature, named, known, message } = problem;
  if (feature !== "") {
    findings.report("WF_COMPILE_003", origin, { feature, instead: message });
  } else if (named !== "") {
    findings.report("WF_EXPRESSION_004", origin, {
      fn: shorten(named),
      problem: message,
      nearest: nearest(named, known),
    });
  } else if (message !== "") findings.report("WF_EXPRESSION_003", origin, { path: shorten(text), problem: message });
}

/** Runtime functions that fail for no value at all. */
const safe = new Set([
  "boundIn",
  "cellValue",
  "collapsed",
  "constructedArray",
  "currentTime",
  "errorOutput",
  "executionFact",
  "keptArray",
  "noValue",
  "queryAppend",
  "queryArray",
  "queryArrayPath",
  "queryBoolean",
  "queryChildren",
  "queryCount",
  "queryDescendants",
  "queryDiffers",
  "queryEquals",
  "queryExists",
  "queryIncludes",
  "queryItem",
  "queryItems",
  "queryKeys",
  "queryMillis",
  "queryNot",
  "queryObject",
  "queryPath",
  "queryPathArray",
  "queryTruth",
  "queryTuples",
  "queryCell",
  "queryFunction",
  "queryLast",
  "queryVariable",
  "randomUuid",
  "setCell",
  "startTuples",
  "tupleBranch",
  "tupleIndex",
  "tupleItem",
  "tupleItems",
  "tupleItemsArray",
  "tupleStep",
]);

function mayFail(value: Expression): boolean {
  let found = false;
  visitExpression(value, (part) => {
    found ||= part.kind === "call" && !safe.has(part.fn);
  });
  return found;
}
