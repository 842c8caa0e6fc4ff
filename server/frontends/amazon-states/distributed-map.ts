import { call, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Region, RuntimeForm, Step } from "../../ir/program.ts";
import { integer, type Type, unknown } from "../../ir/types.ts";
import { expressionsOf } from "../../ir/visit.ts";
import { get, originOf } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import { retryRules } from "./error-handling.ts";
import { checkFields, objectField } from "./fields.ts";
import { itemReader } from "./item-reader.ts";
import { itemInput, items, limit, objectOf } from "./map-values.ts";
import { compileTemplate } from "./payload.ts";
import { resultSteps } from "./result-writer.ts";
import type { CountedState } from "./retries.ts";
import { localVariable, type MapItem, type StateScope } from "./scope.ts";
import { batcherFields } from "./state-fields.ts";

const anyList: Type = { kind: "array", element: unknown };

interface DistributedParts {
  readonly input: Expression;
  /** What each child is given. */
  readonly item: MapItem;
  readonly body: Region | null;
  readonly result: Variable | null;
  readonly concurrency: Expression | null;
}

/** The steps of a distributed Map: it reads its items, runs a child for each or for each batch, and writes the results. */
export function distributedSteps({ state, countFor }: CountedState, parts: DistributedParts): readonly Step[] {
  const { origin } = state;
  const { input, item, body, result } = parts;
  const { steps: reading, value: given } = itemReader(state, input) ?? { steps: [], value: items(state) };
  const results = localVariable(`${state.name} results`, anyList);
  const isWritten = get(state.tree, "ResultWriter") !== undefined;
  const loop: Step = {
    kind: "forEach",
    step: "",
    items: batches(state, selected(state, input, given), input),
    item: item.value,
    index: item.index,
    concurrency: parts.concurrency,
    by: { fn: isWritten ? "childResults" : "forEachChild", more: tolerance(state, input) },
    body: body ?? { kind: "sequence", steps: [] },
    result: isWritten ? results : result,
    origin,
  };
  const steps = [...reading, loop, ...resultSteps(state, input, results, result)];
  return [
    {
      kind: "scope",
      step: state.name,
      body: { kind: "sequence", steps: [...countFor(steps.flatMap(expressionsOf)), ...steps] },
      timeoutMs: null,
      retry: retryRules(state),
      origin,
    },
  ];
}

/** The items as ItemSelector makes them. It belongs to the Map and not to its children. */
function selected(state: StateScope, input: Expression, given: Expression): Expression {
  if (get(state.tree, "ItemSelector") === undefined && get(state.tree, "Parameters") === undefined) return given;
  const { origin } = state;
  const item: MapItem = {
    value: { name: "item", type: unknown, role: "bound" },
    index: { name: "index", type: integer, role: "bound" },
  };
  const body = itemInput(state, input, item);
  const select: Expression = {
    kind: "lambda",
    parameters: [item.value, item.index],
    body,
    type: body.type,
    origin,
  };
  return call("selectedItems", [given, select], anyList, origin);
}

/** The items in the batches of ItemBatcher. */
function batches(state: StateScope, given: Expression, input: Expression): Expression {
  const batcher = objectField(state.tree, "ItemBatcher");
  if (batcher === undefined) return given;
  const { findings } = state.definition;
  checkFields(batcher, batcherFields, "`ItemBatcher`", { findings, node: state.name, language: state.language });
  const origin = originOf(batcher, state.name);
  const limits = ["MaxItemsPerBatch", "MaxInputBytesPerBatch"].map(
    (field) => limit(state, batcher, field, input) ?? literal(0, origin),
  );
  const batchInput = get(batcher, "BatchInput");
  const more = batchInput === undefined ? [] : [compileTemplate(batchInput, pathScope(state, input))];
  return call("batchesOf", [given, ...limits, ...more], anyList, origin);
}

function tolerance(state: StateScope, input: Expression): RuntimeForm["more"] {
  const count = limit(state, state.tree, "ToleratedFailureCount", input);
  const percentage = limit(state, state.tree, "ToleratedFailurePercentage", input, "percentageAt");
  const members = [
    ...(count === null ? [] : [{ key: "count", value: count }]),
    ...(percentage === null ? [] : [{ key: "percentage", value: percentage }]),
  ];
  return members.length === 0 ? null : objectOf(members, state);
}
