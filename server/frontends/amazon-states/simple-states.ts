import { compileIntrinsic } from "../../expressions/intrinsics.ts";
import { compilePath } from "../../expressions/jsonpath.ts";
import { call, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Step, WaitStep } from "../../ir/program.ts";
import { integer, string, type Type } from "../../ir/types.ts";
import { get, originOf, type StringTree } from "../../source/tree.ts";
import { compileAssign } from "./assign.ts";
import { pathScope } from "./context-object.ts";
import { effectiveInput, fieldValue, preparedInput, queryOutput, selectPath, stateOutput } from "./data-flow.ts";
import { numberField, textField } from "./fields.ts";
import { compileTypedQuery } from "./jsonata-values.ts";
import { warnOfPathInText, warnOfStaticResult } from "./path-warnings.ts";
import { compileLiteral, describe } from "./payload.ts";
import { assign, nothing, read, type StateCode, type StateScope } from "./scope.ts";
import { hasPlaceholder } from "./substitutions.ts";
import { proceed } from "./transitions.ts";

export function visit(state: StateScope): Step {
  return { kind: "visit", step: state.name, origin: state.origin };
}

export function compilePass(state: StateScope): StateCode {
  const result = get(state.tree, "Result");
  if (result !== undefined) warnOfStaticResult(state, result);
  const { steps, value } =
    result === undefined
      ? preparedInput(state, "Parameters")
      : { steps: [], value: compileLiteral(result, pathScope(state, effectiveInput(state))) };
  const output = state.language === "JSONata" ? selectedOutput(state) : stateOutput(state, value);
  const next = proceed(state, output, compileAssign(state, state.tree, { data: value }, output));
  return { ...next, steps: [visit(state), ...steps, ...next.steps] };
}

export function compileSucceed(state: StateScope): StateCode {
  const output = selectedOutput(state) ?? read(state.data, state.origin);
  return { steps: [visit(state), ...state.end(output, state.origin)], end: { kind: "stop" } };
}

export function compileFail(state: StateScope): StateCode {
  const error = failText(state, "Error", "ErrorPath");
  const cause = failText(state, "Cause", "CausePath");
  return { steps: [{ kind: "fail", step: state.name, error, cause, origin: state.origin }], end: { kind: "stop" } };
}

/** A Fail without an error or cause fails with an empty one. */
function failText(state: StateScope, field: string, pathField: string): Expression {
  const scope = pathScope(state, read(state.data, state.origin));
  const fixed = textField(state.tree, field);
  const member = state.tree.byKey.get(field);
  if (member !== undefined) warnOfPathInText(state, state.tree, member);
  const query = compileTypedQuery(state, fixed, "string", scope);
  if (query !== null) return query;
  if (fixed !== undefined) return scope.text(fixed.value, originOf(fixed, state.name));
  const path = textField(state.tree, pathField);
  if (path === undefined) return literal("", state.origin);
  const origin = originOf(path, state.name);
  const value = path.value.trimStart().startsWith("$")
    ? compilePath(path, scope, { kind: "field", field: pathField })
    : compileIntrinsic(path, scope);
  const found = value ?? nothing(origin);
  return found.type.kind === "string" ? found : call("textOf", [found, literal(pathField, origin)], string, origin);
}

/** What a path of a Wait leads to, as the type that the state needs. */
function atPath(state: StateScope, path: StringTree | undefined, fn: string, field: string, type: Type): Expression {
  const value = path === undefined ? nothing(state.origin) : fieldValue(state, path);
  if (value.type.kind === type.kind) return value;
  const { origin } = value;
  return call(fn, [value, literal(field, origin), literal(path?.value ?? "", origin)], type, origin);
}

const waitFields = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];

export function compileWait(state: StateScope): StateCode {
  const given = waitFields.filter((field) => state.tree.byKey.has(field));
  const of = `Wait state \`${state.name}\``;
  const { findings } = state.definition;
  if (given.length === 0) findings.report("WF_VALIDATION_001", state.origin, { field: "Seconds", of });
  if (given.length > 1) {
    const fields = given.map((field) => `\`${field}\``).join(", ");
    findings.report("WF_VALIDATION_013", state.origin, { fields, of, why: "a state waits in one way" });
  }
  const until = waitUntil(state, given[0]);
  const output = selectedOutput(state);
  const next = proceed(state, output, compileAssign(state, state.tree, { data: effectiveInput(state) }, output));
  return { ...next, steps: [{ kind: "wait", step: state.name, until, origin: state.origin }, ...next.steps] };
}

function waitUntil(state: StateScope, field: string | undefined): WaitStep["until"] {
  const text = field === undefined ? undefined : textField(state.tree, field);
  const origin = text === undefined ? state.origin : originOf(text, state.name);
  switch (field) {
    case "Timestamp":
      return { kind: "timestamp", timestamp: text === undefined ? nothing(origin) : fixedTimestamp(state, text) };
    case "TimestampPath":
      return { kind: "timestamp", timestamp: atPath(state, text, "timestampOf", field, string) };
    case "SecondsPath":
      return { kind: "duration", ms: atPath(state, text, "secondsToMs", field, integer) };
    default:
      return { kind: "duration", ms: milliseconds(state, "Seconds") };
  }
}

function fixedTimestamp(state: StateScope, text: StringTree): Expression {
  const query = compileTypedQuery(state, text, "string", pathScope(state, read(state.data, state.origin)));
  if (query !== null) return query;
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  if (!hasPlaceholder(text.value) && !(form.test(text.value) && !Number.isNaN(Date.parse(text.value)))) {
    const params = {
      field: "Timestamp",
      found: describe(text),
      allowed: "an RFC 3339 timestamp such as `2030-01-31T12:00:00Z`",
    };
    state.definition.findings.report("WF_VALIDATION_002", originOf(text, state.name), params);
  }
  return state.definition.substitutions.text(text.value, originOf(text, state.name));
}

/** A field in seconds as milliseconds: a number, or a substitution. */
export function milliseconds(state: StateScope, field: string): Expression {
  const text = textField(state.tree, field);
  if (text === undefined)
    return { ...literal((numberField(state.tree, field) ?? 0) * 1000, state.origin), type: integer };
  const origin = originOf(text, state.name);
  const query = compileTypedQuery(state, text, "integer", pathScope(state, read(state.data, state.origin)));
  const left = query ?? state.definition.substitutions.text(text.value, origin);
  return { kind: "binary", operator: "*", left, right: literal(1000, origin), type: integer, origin };
}

/** InputPath and OutputPath, or the Output, of a state without a result. */
function selectedOutput(state: StateScope): Expression | null {
  if (state.language === "JSONata") return queryOutput(state, state.tree, read(state.data, state.origin));
  const output = selectPath(state, "OutputPath", effectiveInput(state));
  return output.kind === "variable" && output.variable === state.data ? null : output;
}

/** The steps that give the data of a state without a result to those after it. */
export function keepOutput(state: StateScope): readonly Step[] {
  const output = selectedOutput(state);
  return output === null ? [] : [assign(state.data, output, state.origin)];
}
