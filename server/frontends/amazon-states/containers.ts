import { call, list, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Branch, Step } from "../../ir/program.ts";
import { integer, number } from "../../ir/types.ts";
import { get, type ObjectTree, originOf, originOfKey, type Tree } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import { effectiveInput, fieldValue, inVariable, preparedInput } from "./data-flow.ts";
import { retryRules } from "./error-handling.ts";
import { checkFields, listField, numberField, objectField, textField } from "./fields.ts";
import { compileTemplate, describe } from "./payload.ts";
import { assign, localVariable, type MapItem, read, type StateCode, type StateScope } from "./scope.ts";
import { branchFields, processorFields } from "./state-fields.ts";
import { resultVariable, withCatch } from "./task.ts";

/** Branches that run concurrently, each on the state's input; the result is the array of theirs. */
export function compileParallel(state: StateScope): StateCode {
  const { origin } = state;
  const prepared = preparedInput(state, "Parameters");
  const input = inVariable(state, prepared.value, `${state.name} input`);
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
    body: { kind: "sequence", steps: [fork] },
    timeoutMs: null,
    retry: retryRules(state),
    origin,
  };
  return withCatch(state, [...prepared.steps, ...input.steps, scope, ...store], result);
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
  checkFields(tree, branchFields, "a branch", { findings, node: state.name });
  const body = state.definition.compileMachine(tree, {
    definition: state.definition,
    item: state.item,
    input,
    end: (value, origin) => [assign(result, value, origin), { kind: "finish", value: null, origin }],
  });
  return body && { name: `${state.name} branch ${index + 1}`, after: { kind: "all", branches: [] }, body };
}

/** An inline Map: its processor runs once for each item; the result is the array of theirs. */
export function compileMap(state: StateScope): StateCode {
  const { origin, tree } = state;
  const processor = objectField(tree, "ItemProcessor") ?? objectField(tree, "Iterator");
  if (processor === undefined && !tree.byKey.has("ItemProcessor") && !tree.byKey.has("Iterator")) {
    const params = { field: "ItemProcessor", of: `Map state \`${state.name}\`` };
    state.definition.findings.report("WF_VALIDATION_001", origin, params);
  }
  const input = inVariable(state, effectiveInput(state), `${state.name} input`);
  const item: MapItem = {
    index: { name: "index", type: integer, role: "bound" },
    value: { name: "item", type: { kind: "unknown" }, role: "bound" },
  };
  const body =
    processor === undefined ? null : compileProcessor(processor, state, item, itemInput(state, input.value, item));
  const result = resultVariable(state);
  const retry = retryRules(state);
  const loop: Step = {
    kind: "forEach",
    step: state.name,
    items: items(state),
    item: item.value,
    index: item.index,
    concurrency: concurrency(state),
    body: body ?? { kind: "sequence", steps: [] },
    result,
    origin,
  };
  const step: Step =
    retry.length === 0
      ? loop
      : { kind: "scope", step: state.name, body: { kind: "sequence", steps: [loop] }, timeoutMs: null, retry, origin };
  return withCatch(state, [...input.steps, step], result);
}

function items(state: StateScope): Expression {
  const path = textField(state.tree, "ItemsPath");
  const value = path === undefined ? effectiveInput(state) : fieldValue(state, path);
  return value.type.kind === "array"
    ? value
    : call("itemsOf", [value], { kind: "array", element: { kind: "unknown" } }, value.origin);
}

/** What a turn is given: the item, or what ItemSelector (once called Parameters) makes of it. */
function itemInput(state: StateScope, input: Expression, item: MapItem): Expression {
  const selector = get(state.tree, "ItemSelector") ?? get(state.tree, "Parameters");
  if (selector === undefined) return read(item.value, state.origin);
  return compileTemplate(selector, pathScope({ ...state, item }, input));
}

/** Null is no limit, and so is 0. */
function concurrency(state: StateScope): Expression | null {
  const path = textField(state.tree, "MaxConcurrencyPath");
  if (path !== undefined) {
    const origin = originOf(path, state.name);
    return call("wholeNumber", [fieldValue(state, path), literal("MaxConcurrencyPath", origin)], integer, origin);
  }
  const text = textField(state.tree, "MaxConcurrency");
  if (text !== undefined) return state.definition.substitutions.text(text.value, originOf(text, state.name));
  const limit = numberField(state.tree, "MaxConcurrency") ?? 0;
  return limit === 0 ? null : { ...literal(limit, state.origin), type: number };
}

function compileProcessor(tree: ObjectTree, state: StateScope, item: MapItem, input: Expression) {
  const { findings } = state.definition;
  checkFields(tree, processorFields, "the processor of a Map", { findings, node: state.name });
  const mode = tree.byKey.get("ProcessorConfig");
  const distributed = mode === undefined ? undefined : textField(mode.value, "Mode");
  if (mode !== undefined && distributed?.value === "DISTRIBUTED") {
    const params = { feature: "a distributed Map", instead: "Use an inline Map, or a loop over batches." };
    findings.report("WF_COMPILE_003", originOfKey(mode, state.name), params);
  }
  return state.definition.compileMachine(tree, {
    definition: state.definition,
    item,
    input,
    end: (value, origin) => [{ kind: "finish", value, origin }],
  });
}
