import { literal } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Block, Step } from "../../ir/program.ts";
import { originOf, type Tree } from "../../source/tree.ts";
import { compileRule } from "./choice-rule.ts";
import { effectiveInput, inVariable, type Prepared } from "./data-flow.ts";
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
  const output = keepOutput(state);
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
  const cases = rules.flatMap((rule) => compileCase(rule, state, input) ?? []);
  const { to, extra } = otherwise(state);
  return { steps: [visit(state), ...steps, ...output], end: { kind: "branch", cases, otherwise: to }, extra };
}

/** The rules look at the state's input, also where its output is stored before they run. */
function ruleInput(state: StateScope, output: readonly Step[]): Prepared {
  const input = effectiveInput(state);
  if (output.length === 0 || input.kind !== "variable") return inVariable(state, input, `${state.name} input`);
  const kept = localVariable(`${state.name} input`);
  return { steps: [assign(kept, input, state.origin)], value: read(kept, state.origin) };
}

function compileCase(rule: Tree, state: StateScope, input: Expression): Case | null {
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
  return next === undefined || when === null ? null : { when, to: target(state, next, "Next") };
}

/** Where the Choice leads when no rule holds: without a Default it fails. */
function otherwise(state: StateScope): { to: string; extra: readonly Block[] } {
  const fallback = textField(state.tree, "Default");
  if (fallback !== undefined) return { to: target(state, fallback, "Default"), extra: [] };
  let label = `${state.name} (no choice matched)`;
  while (state.stateNames.has(label)) label += "*";
  const cause = `Failed to transition out of the state '${state.name}'. The state does not point to a next state.`;
  const { origin } = state;
  const error = literal("States.NoChoiceMatched", origin);
  const fail = { kind: "fail", step: state.name, error, cause: literal(cause, origin), origin } as const;
  return { to: label, extra: [{ label, origin, steps: [fail], end: { kind: "stop" } }] };
}
