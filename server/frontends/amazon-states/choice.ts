import { literal } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Block, Step } from "../../ir/program.ts";
import { string } from "../../ir/types.ts";
import { type ObjectTree, originOf, type Tree } from "../../source/tree.ts";
import { compileAssign } from "./assign.ts";
import { compileRule } from "./choice-rule.ts";
import { effectiveInput, inVariable, type Prepared, queryOutput } from "./data-flow.ts";
import { listField, textField } from "./fields.ts";
import { describe } from "./payload.ts";
import { assign, localVariable, read, type StateCode, type StateScope } from "./scope.ts";
import { keepOutput, visit } from "./simple-states.ts";
import { target } from "./transitions.ts";

interface Case {
  readonly when: Expression;
  readonly to: string;
}

export function compileChoice(state: StateScope): StateCode {
  const output = state.language === "JSONata" ? [] : keepOutput(state);
  const { value: input, steps } = ruleInput(state, output);
  const rules = listField(state.tree, "Choices");
  if (state.tree.byKey.get("Choices")?.value.kind === "array" && rules.length === 0) {
    const params = { field: "Choices", found: "empty", allowed: "an array with at least one rule" };
    state.definition.findings.report(
      "WF_VALIDATION_002",
      originOf(state.tree.byKey.get("Choices")?.value ?? state.tree, state.name),
      params,
    );
  }
  const extra: Block[] = [];
  const cases = rules.flatMap((rule, index) => compileCase(rule, state, input, `rule ${index + 1}`, extra) ?? []);
  const to = otherwise(state, input, extra);
  return { steps: [visit(state), ...steps, ...output], end: { kind: "branch", cases, otherwise: to }, extra };
}

/** The rules look at the state's input, also where its output is stored before they run. */
function ruleInput(state: StateScope, output: readonly Step[]): Prepared {
  const input = effectiveInput(state);
  if (output.length === 0 || input.kind !== "variable") return inVariable(state, input, `${state.name} input`);
  const kept = localVariable(`${state.name} input`);
  return { steps: [assign(kept, input, state.origin)], value: read(kept, state.origin) };
}

function compileCase(rule: Tree, state: StateScope, input: Expression, name: string, extra: Block[]): Case | null {
  const { findings } = state.definition;
  if (rule.kind !== "object") {
    const params = { field: "Choices", found: describe(rule), allowed: "an array of rules" };
    findings.report("WF_VALIDATION_002", originOf(rule, state.name), params);
    return null;
  }
  const next = textField(rule, "Next");
  if (next === undefined && !rule.byKey.has("Next")) {
    findings.report("WF_VALIDATION_001", originOf(rule, state.name), { field: "Next", of: "a choice rule" });
  }
  const when = compileRule(rule, state, input, true);
  if (next === undefined) state.definition.broken = true;
  if (next === undefined || when === null) return null;
  return { when, to: leave(state, rule, input, name, target(state, next, "Next"), extra) };
}

/** Where a way out of the Choice leads: to the next state, or to a block before it that assigns and makes the output. */
function leave(
  state: StateScope,
  holder: ObjectTree,
  input: Expression,
  name: string,
  to: string,
  extra: Block[],
): string {
  const { origin, data } = state;
  const output = state.language === "JSONata" ? queryOutput(state, holder, read(data, origin)) : null;
  const { before, after } = compileAssign(state, holder, { data: input }, output);
  const store = output === null ? [] : [assign(data, output, origin)];
  const steps = [...before, ...store, ...after];
  if (steps.length === 0) return to;
  const label = freeLabel(state, name);
  extra.push({ label, origin, steps, end: { kind: "jump", to } });
  return label;
}

function freeLabel(state: StateScope, name: string): string {
  let label = `${state.name} (${name})`;
  while (state.stateNames.has(label)) label += "*";
  return label;
}

/** Where the Choice leads when no rule holds: without a Default it fails. */
function otherwise(state: StateScope, input: Expression, extra: Block[]): string {
  const fallback = textField(state.tree, "Default");
  if (fallback !== undefined)
    return leave(state, state.tree, input, "default", target(state, fallback, "Default"), extra);
  const label = freeLabel(state, "no choice matched");
  const { origin } = state;
  const error = literal("States.Runtime", origin);
  const cause: Expression = { kind: "call", fn: "noChoiceMatched", args: [], scope: true, type: string, origin };
  const fail: Step = { kind: "fail", step: state.name, error, cause, origin };
  extra.push({ label, origin, steps: [fail], end: { kind: "stop" } });
  return label;
}
