import type { Expression } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { get, originOf, originOfKey, type StringTree } from "../../source/tree.ts";
import { type Assignments, noAssignments } from "./assign.ts";
import { textField } from "./fields.ts";
import { assign, read, type StateCode, type StateScope } from "./scope.ts";

/** What follows a state: the jump to the next, or the end of its machine. `output` null leaves the data as it is. */
export function proceed(
  state: StateScope,
  output: Expression | null,
  assignments: Assignments = noAssignments,
): StateCode {
  const { tree, origin, data } = state;
  const next = textField(tree, "Next");
  const end = tree.byKey.get("End");
  if (get(tree, "Next") === undefined && !(end?.value.kind === "boolean" && end.value.value)) {
    state.definition.findings.report("WF_VALIDATION_012", origin, { state: state.name });
    state.definition.broken = true;
  } else if (get(tree, "Next") !== undefined && end?.value.kind === "boolean" && end.value.value) {
    const params = {
      fields: "`Next` and `End`",
      of: `state \`${state.name}\``,
      why: "a state either ends or leads on",
    };
    state.definition.findings.report("WF_VALIDATION_013", originOfKey(end, state.name), params);
  }
  if (next === undefined) {
    const end = state.end(output ?? read(data, origin), origin);
    return { steps: [...assignments.atEnd, ...end], end: { kind: "stop" } };
  }
  const store: readonly Step[] = output === null ? [] : [assign(data, output, origin)];
  const steps = [...assignments.before, ...store, ...assignments.after];
  return { steps, end: { kind: "jump", to: target(state, next, "Next") } };
}

/** The state that a transition names. Reports one that is not there. */
export function target(state: StateScope, name: StringTree, field: string): string {
  if (!state.stateNames.has(name.value)) {
    const near = state.definition.nearestState(name.value, state.stateNames);
    const fixes =
      near === ""
        ? []
        : [{ title: `Lead to \`${near}\``, patch: [{ op: "replace" as const, path: name.pointer, value: near }] }];
    const params = { target: name.value.slice(0, 100), field, nearest: near };
    state.definition.findings.report("WF_VALIDATION_008", originOf(name, state.name), params, { fixes });
    state.definition.broken = true;
  }
  return name.value;
}
