import { call, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { integer, number, unknown } from "../../ir/types.ts";
import { type ObjectTree, originOf, originOfKey } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import { effectiveInput, fieldValue, inVariable } from "./data-flow.ts";
import { distributedSteps } from "./distributed-map.ts";
import { retryRules } from "./error-handling.ts";
import { checkFields, numberField, objectField, textField } from "./fields.ts";
import { compileTypedQuery } from "./jsonata-values.ts";
import { checkMapConfig, isExpressType } from "./map-config.ts";
import { itemInput, items } from "./map-values.ts";
import { withRetries } from "./retries.ts";
import { type MapItem, read, type StateCode, type StateScope } from "./scope.ts";
import { processorFields } from "./state-fields.ts";
import { resultVariable, withCatch } from "./task.ts";

/** A Map: its processor runs once for each item, inline or as a child execution; the result is the array of theirs. */
export function compileMap(state: StateScope): StateCode {
  const { origin, tree } = state;
  const processor = objectField(tree, "ItemProcessor") ?? objectField(tree, "Iterator");
  if (processor === undefined && !tree.byKey.has("ItemProcessor") && !tree.byKey.has("Iterator")) {
    const params = { field: "ItemProcessor", of: `Map state \`${state.name}\`` };
    state.definition.findings.report("WF_VALIDATION_001", origin, params);
  }
  checkMapConfig(state, processor);
  const counted = withRetries(state);
  const input = inVariable(state, effectiveInput(state), `${state.name} input`);
  const result = resultVariable(state);
  if (isDistributed(processor)) {
    const item = mapItem();
    const body = compileProcessor(processor, state, null, read(item.value, origin));
    const parts = { input: input.value, item, body, result, concurrency: concurrency(state) };
    const steps = distributedSteps(counted, parts);
    return withCatch(state, [...input.steps, ...steps], result);
  }
  reportDistributedFields(state);
  const item = mapItem();
  const given = itemInput(counted.state, input.value, item);
  const body = processor === undefined ? null : compileProcessor(processor, state, item, given);
  const retry = retryRules(state);
  const loop: Step = {
    kind: "forEach",
    step: retry.length === 0 ? state.name : "",
    items: items(state),
    item: item.value,
    index: item.index,
    concurrency: concurrency(state),
    body: body ?? { kind: "sequence", steps: [] },
    result,
    origin,
  };
  const steps = [...counted.countFor([given]), loop];
  const step: Step =
    retry.length === 0
      ? loop
      : { kind: "scope", step: state.name, body: { kind: "sequence", steps }, timeoutMs: null, retry, origin };
  return withCatch(state, [...input.steps, step], result);
}

function mapItem(): MapItem {
  return {
    index: { name: "index", type: integer, role: "bound" },
    value: { name: "item", type: unknown, role: "bound" },
  };
}

function isDistributed(processor: ObjectTree | undefined): processor is ObjectTree {
  const config = processor && objectField(processor, "ProcessorConfig");
  return config !== undefined && textField(config, "Mode")?.value === "DISTRIBUTED";
}

/** AWS takes tolerated failures and labels of an inline Map, and does nothing with them. */
const distributedFields = ["ItemReader", "ItemBatcher", "ResultWriter"];

function reportDistributedFields({ tree, name, definition }: StateScope): void {
  for (const field of distributedFields) {
    const member = tree.byKey.get(field);
    if (member === undefined) continue;
    const params = {
      fields: `\`${field}\``,
      of: `Map state \`${name}\``,
      why: "only a distributed Map has it, whose `ProcessorConfig` has `Mode: DISTRIBUTED`",
    };
    definition.findings.report("WF_VALIDATION_013", originOfKey(member, name), params);
  }
}

/** Null is no limit, and so is 0. */
function concurrency(state: StateScope): Expression | null {
  const path = textField(state.tree, "MaxConcurrencyPath");
  if (path !== undefined) {
    const origin = originOf(path, state.name);
    const args = [fieldValue(state, path), literal("MaxConcurrency", origin), literal(path.value, origin)];
    return call("limitAt", args, integer, origin);
  }
  const text = textField(state.tree, "MaxConcurrency");
  const query = compileTypedQuery(state, text, "integer", pathScope(state, read(state.data, state.origin)));
  if (query !== null) return query;
  if (text !== undefined) return state.definition.substitutions.text(text.value, originOf(text, state.name));
  const limit = numberField(state.tree, "MaxConcurrency") ?? 0;
  return limit === 0 ? null : { ...literal(limit, state.origin), type: number };
}

/** `item` null: what runs is an execution of its own, which knows nothing of the Map. */
function compileProcessor(tree: ObjectTree, state: StateScope, item: MapItem | null, input: Expression) {
  const { findings } = state.definition;
  checkFields(tree, processorFields, "the processor of a Map", {
    findings,
    node: state.name,
    language: state.language,
  });
  const config = objectField(tree, "ProcessorConfig");
  return state.definition.compileMachine(tree, {
    definition: state.definition,
    isExpress: item === null ? config !== undefined && isExpressType(config) : state.isExpress,
    item,
    language: state.machineLanguage,
    ...(item === null
      ? { executionInput: input }
      : {
          variables: state.variables,
          ...(state.executionInput !== null && { executionInput: state.executionInput }),
        }),
    input,
    end: (value, origin) => [{ kind: "finish", value, origin }],
  });
}
