import { call, list, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { GivenNumber, JumpHandler, RetryRule } from "../../ir/program.ts";
import { boolean, number, string, type Type } from "../../ir/types.ts";
import { get, type ObjectTree, originOf, type Tree } from "../../source/tree.ts";
import { compileAssign } from "./assign.ts";
import { pathScope } from "./context-object.ts";
import { placeResult, queryOutput } from "./data-flow.ts";
import { checkFields, listField, numberField, textField } from "./fields.ts";
import { describe } from "./payload.ts";
import { assign, failureVariable, nothing, read, type StateScope } from "./scope.ts";
import { catcherFields, retrierFields } from "./state-fields.ts";
import { target } from "./transitions.ts";

/** The rules of a state's Retry. Defaults of the language: after 1 s, three times, twice as long each time. */
export function retryRules(state: StateScope): readonly RetryRule[] {
  const items = listField(state.tree, "Retry");
  return items.flatMap((tree, index) => {
    if (!isObject(tree, "Retry", state)) return [];
    checkFields(tree, retrierFields, "a retrier", {
      findings: state.definition.findings,
      node: state.name,
      language: state.language,
    });
    const failure = failureVariable();
    const jitter = textField(tree, "JitterStrategy");
    if (jitter !== undefined && jitter.value !== "FULL" && jitter.value !== "NONE") {
      const params = { field: "JitterStrategy", found: describe(jitter), allowed: "`FULL` or `NONE`" };
      state.definition.findings.report("WF_VALIDATION_002", originOf(jitter, state.name), params);
    }
    const given = givenNumbers(state, tree);
    const rule: RetryRule = {
      failure,
      when: errorTest(state, tree, failure, index === items.length - 1),
      retries: numberField(tree, "MaxAttempts") ?? 3,
      initialMs: (numberField(tree, "IntervalSeconds") ?? 1) * 1000,
      multiplier: numberField(tree, "BackoffRate") ?? 2,
      maxMs: (numberField(tree, "MaxDelaySeconds") ?? Number.POSITIVE_INFINITY) * 1000,
      jitter: jitter?.value === "FULL" ? "full" : 0,
      ...(given.length > 0 && { given }),
    };
    return [rule];
  });
}

const paces = [
  ["MaxAttempts", "retries"],
  ["IntervalSeconds", "initialMs"],
  ["BackoffRate", "multiplier"],
  ["MaxDelaySeconds", "maxMs"],
] as const;

/** The numbers of a retrier that are substitutions. */
function givenNumbers(state: StateScope, tree: Tree): readonly GivenNumber[] {
  return paces.flatMap(([field, name]) => {
    const text = textField(tree, field);
    if (text === undefined) return [];
    const origin = originOf(text, state.name);
    const number = state.definition.substitutions.text(text.value, origin);
    const inSeconds = name === "initialMs" || name === "maxMs";
    return [{ name, value: inSeconds ? inMilliseconds(number) : number }];
  });
}

function inMilliseconds(seconds: Expression): Expression {
  const { origin } = seconds;
  return { kind: "binary", operator: "*", left: seconds, right: literal(1000, origin), type: number, origin };
}

/** The handlers of a state's Catch. */
export function catchHandlers(state: StateScope): readonly JumpHandler[] {
  const items = listField(state.tree, "Catch");
  return items.flatMap((tree, index) => {
    if (!isObject(tree, "Catch", state)) return [];
    const { findings } = state.definition;
    checkFields(tree, catcherFields, "a catcher", { findings, node: state.name, language: state.language });
    const next = textField(tree, "Next");
    const failure = failureVariable();
    const origin = originOf(tree, state.name);
    const error = errorOutput(failure, state);
    const afterAll: StateScope = { ...state, attempt: "last" };
    const output = caughtOutput(afterAll, tree, error);
    const { before, after } = compileAssign(afterAll, tree, { data: error, errorOutput: error }, output);
    const store = output === null ? [] : [assign(state.data, output, origin)];
    const steps = [...before, ...store, ...after];
    const when = errorTest(state, tree, failure, index === items.length - 1);
    if (next === undefined) state.definition.broken = true;
    return next === undefined ? [] : [{ failure, when, steps, to: target(state, next, "Next") }];
  });
}

/** The data after a failure. Null where they stay as they are. */
function caughtOutput(state: StateScope, tree: ObjectTree, error: Expression): Expression | null {
  if (state.language === "JSONata") return queryOutput(state, tree, error, { errorOutput: error });
  const output = placeResult(state, get(tree, "ResultPath"), error);
  return output.kind === "variable" && output.variable === state.data ? null : output;
}

/** `{ Error, Cause }`: what a Catch puts into the data. */
function errorOutput(failure: Variable, state: StateScope): Expression {
  const of = read(failure, state.origin);
  const parts = ["name", "message"].map(
    (name): Expression => ({ kind: "member", of, name, optional: false, type: string, origin: state.origin }),
  );
  return call("errorOutput", parts, errorType, state.origin);
}

const nullType: Type = { kind: "null" };

const errorType: Type = {
  kind: "object",
  members: new Map(
    ["Error", "Cause"].map((name) => [name, { type: { kind: "union", of: [string, nullType] }, required: true }]),
  ),
  additional: null,
};

/** The test of ErrorEquals. `States.ALL` stands alone, in the last entry. */
function errorTest(state: StateScope, tree: ObjectTree, failure: Variable, isLast: boolean): Expression {
  const names = listField(tree, "ErrorEquals");
  const field = get(tree, "ErrorEquals");
  const report = (at: Tree, allowed: string): void => {
    const params = {
      field: "ErrorEquals",
      found: at === field && names.length === 0 ? "empty" : describe(at),
      allowed,
    };
    state.definition.findings.report("WF_VALIDATION_002", originOf(at, state.name), params);
  };
  if (field?.kind === "array" && names.length === 0) report(field, "a list of error names");
  const scope = pathScope(state, nothing(state.origin));
  const texts = names.map((name) => {
    const origin = originOf(name, state.name);
    if (name.kind !== "string") {
      report(name, "a list of error names");
      return nothing(origin);
    }
    if (name.value === "States.ALL" && (names.length > 1 || !isLast))
      report(name, "`States.ALL` alone, and only in the last entry");
    return scope.text(name.value, origin);
  });
  const origin = originOf(field ?? tree, state.name);
  const name: Expression = {
    kind: "member",
    of: read(failure, origin),
    name: "name",
    optional: false,
    type: string,
    origin,
  };
  return call("matchesError", [name, list(texts, origin)], boolean, origin);
}

function isObject(tree: Tree, field: string, state: StateScope): tree is ObjectTree {
  if (tree.kind === "object") return true;
  const params = { field, found: describe(tree), allowed: "a list of objects" };
  state.definition.findings.report("WF_VALIDATION_002", originOf(tree, state.name), params);
  return false;
}
