import { compilePath, compileReferencePath } from "../../expressions/jsonpath.ts";
import { call } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { unknown } from "../../ir/types.ts";
import { get, type ObjectTree, originOf, type StringTree } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import type { QueryBound } from "./jsonata-values.ts";
import { compileTemplate } from "./payload.ts";
import { assign, emptyObject, localVariable, nothing, read, type StateScope } from "./scope.ts";
import { compileValue } from "./values.ts";

/** A value, and the steps that must come before it. */
export interface Prepared {
  readonly steps: readonly Step[];
  readonly value: Expression;
}

/** The data that a state was given, with InputPath applied. */
export function effectiveInput(state: StateScope): Expression {
  return selectPath(state, "InputPath", read(state.data, state.origin));
}

/** The input after InputPath and a payload template, such as Parameters. */
export function preparedInput(state: StateScope, ...templates: readonly string[]): Prepared {
  const input = effectiveInput(state);
  const given = get(state.tree, "Arguments");
  if (state.language === "JSONata")
    return { steps: [], value: given === undefined ? input : compileValue(state, given, { data: input }) };
  const template = templates.map((field) => get(state.tree, field)).find((tree) => tree !== undefined);
  if (template === undefined) return { steps: [], value: input };
  const { steps, value } = inVariable(state, input, `${state.name} input`);
  return { steps, value: compileTemplate(template, pathScope(state, value)) };
}

/** The value as something that can be read many times. */
export function inVariable(state: StateScope, value: Expression, name: string): Prepared {
  if (value.kind === "variable" || value.kind === "literal") return { steps: [], value };
  const variable = localVariable(name, value.type);
  return { steps: [assign(variable, value, state.origin)], value: read(variable, state.origin) };
}

/** What ResultSelector makes of a result. */
export function selectedResult(state: StateScope, result: Expression): Expression {
  const selector = get(state.tree, "ResultSelector");
  return selector === undefined ? result : compileTemplate(selector, pathScope(state, result));
}

/** The state's output: the result put where ResultPath says, then OutputPath applied. Null where the data stays as it is. */
export function stateOutput(state: StateScope, result: Expression): Expression | null {
  if (state.language === "JSONata") return queryOutput(state, state.tree, result, { result });
  const merged = placeResult(state, get(state.tree, "ResultPath"), result);
  const output = selectPath(state, "OutputPath", merged);
  return output.kind === "variable" && output.variable === state.data ? null : output;
}

/** Whether a result is used as it is and nothing else of the data. */
export function isOutput(state: StateScope): boolean {
  const isRoot = (field: string): boolean => {
    const tree = get(state.tree, field);
    return tree === undefined || (tree.kind === "string" && tree.value === "$");
  };
  const isUsed = ["ResultSelector", "Output", "Assign"].some((field) => get(state.tree, field) !== undefined);
  return !isUsed && isRoot("ResultPath") && isRoot("OutputPath");
}

/** Whether nothing of the result is kept. */
export function isDiscarded(state: StateScope): boolean {
  return get(state.tree, "ResultPath")?.kind === "null" && get(state.tree, "Assign") === undefined;
}

/** The Output of a JSONata state, choice rule or catcher; else what passes on. Null where the data stays as it is. */
export function queryOutput(
  state: StateScope,
  holder: ObjectTree,
  otherwise: Expression,
  bound: QueryBound = {},
): Expression | null {
  const tree = get(holder, "Output");
  const data = read(state.data, state.origin);
  const output = tree === undefined ? otherwise : compileValue(state, tree, { data, ...bound });
  return output.kind === "variable" && output.variable === state.data ? null : output;
}

/** The raw input with a result at the place of a ResultPath: of the state or of one of its catchers. */
export function placeResult(state: StateScope, path: ReturnType<typeof get>, result: Expression): Expression {
  const data = read(state.data, state.origin);
  if (path?.kind === "null") return data;
  if (path?.kind !== "string" || path.value === "$") return result;
  const keys = compileReferencePath(path, pathScope(state, data));
  if (keys === null) return nothing(state.origin);
  const origin = originOf(path, state.name);
  const isRoot = keys.kind === "array" && keys.items.length === 0;
  return isRoot ? result : call("withValue", [data, keys, result], unknown, origin);
}

/** InputPath or OutputPath of a value. */
export function selectPath(state: StateScope, field: "InputPath" | "OutputPath", value: Expression): Expression {
  const path = get(state.tree, field);
  if (path?.kind === "null") return emptyObject(originOf(path, state.name));
  if (path?.kind !== "string" || path.value === "$") return value;
  return compilePath(path, pathScope(state, value), { kind: "select" }) ?? nothing(state.origin);
}

/** The value of a path in a field such as SecondsPath, over the effective input. */
export function fieldValue(state: StateScope, path: StringTree): Expression {
  return compilePath(path, pathScope(state, effectiveInput(state)), { kind: "select" }) ?? nothing(state.origin);
}
