import { list } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Branch, Step } from "../../ir/program.ts";
import { expressionsOf } from "../../ir/visit.ts";
import { originOf, type Tree } from "../../source/tree.ts";
import { inVariable, preparedInput } from "./data-flow.ts";
import { retryRules } from "./error-handling.ts";
import { checkFields, listField } from "./fields.ts";
import { describe } from "./payload.ts";
import { withRetries } from "./retries.ts";
import { assign, localVariable, read, type StateCode, type StateScope } from "./scope.ts";
import { branchFields } from "./state-fields.ts";
import { resultVariable, withCatch } from "./task.ts";

/** Branches that run concurrently, each on the state's input; the result is the array of theirs. */
export function compileParallel(state: StateScope): StateCode {
  const { origin } = state;
  const counted = withRetries(state);
  const prepared = preparedInput(counted.state, "Parameters");
  const input = inVariable(state, prepared.value, `${state.name} input`);
  const making = [...prepared.steps, ...input.steps];
  const count = counted.countFor(making.flatMap(expressionsOf));
  const results: Variable[] = [];
  const branches = listField(state.tree, "Branches").flatMap((tree, index) => {
    const result = localVariable(`${state.name} branch ${index + 1}`);
    results.push(result);
    return compileBranch(tree, index, state, input.value, result) ?? [];
  });
  const result = resultVariable(state);
  const collected = list(
    results.map((branch) => read(branch, origin)),
    origin,
  );
  const store: readonly Step[] = result === null ? [] : [assign(result, collected, origin)];
  const fork: Step = { kind: "fork", branches, origin };
  const scope: Step = {
    kind: "scope",
    step: state.name,
    body: { kind: "sequence", steps: count.length === 0 ? [fork] : [...count, ...making, fork] },
    timeoutMs: null,
    retry: retryRules(state),
    origin,
  };
  return withCatch(state, [...(count.length === 0 ? making : []), scope, ...store], result);
}

function compileBranch(
  tree: Tree,
  index: number,
  state: StateScope,
  input: Expression,
  result: Variable,
): Branch | null {
  const { findings } = state.definition;
  if (tree.kind !== "object") {
    const params = { field: "Branches", found: describe(tree), allowed: "an array of state machines" };
    findings.report("WF_VALIDATION_002", originOf(tree, state.name), params);
    return null;
  }
  checkFields(tree, branchFields, "a branch", { findings, node: state.name, language: state.language });
  const body = state.definition.compileMachine(tree, {
    definition: state.definition,
    item: state.item,
    language: state.machineLanguage,
    variables: state.variables,
    ...(state.executionInput !== null && { executionInput: state.executionInput }),
    isExpress: state.isExpress,
    input,
    end: (value, origin) => [assign(result, value, origin), { kind: "finish", value: null, origin }],
  });
  return body && { name: `${state.name} branch ${index + 1}`, after: { kind: "all", branches: [] }, body };
}
