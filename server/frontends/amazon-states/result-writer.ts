import { text } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { string, type Type, unknown } from "../../ir/types.ts";
import { get, type ObjectTree, originOf } from "../../source/tree.ts";
import { activityName } from "./activities.ts";
import { pathScope } from "./context-object.ts";
import { checkFields, objectField, textField } from "./fields.ts";
import { objectOf } from "./map-values.ts";
import { compileTemplate, reportWord } from "./payload.ts";
import { assign, localVariable, read, type StateScope } from "./scope.ts";
import { writerConfigFields, writerFields } from "./state-fields.ts";

/** What becomes of the results of a distributed Map's children: they are written, transformed, or the outputs of those that succeeded. */
export function resultSteps(
  state: StateScope,
  input: Expression,
  results: Variable,
  result: Variable | null,
): readonly Step[] {
  const { origin } = state;
  const all = read(results, origin);
  const writer = objectField(state.tree, "ResultWriter");
  if (writer === undefined) return [];
  const { findings, activities } = state.definition;
  checkFields(writer, writerFields, "`ResultWriter`", { findings, node: state.name, language: state.language });
  const config = writerConfig(state, writer);
  const configured = config === null ? [] : [{ key: "config", value: config }];
  const resource = textField(writer, "Resource");
  if (resource === undefined) {
    const transformed: Expression = {
      kind: "call",
      fn: "transformedResults",
      args: [all, config ?? objectOf([], state)],
      scope: true,
      type: anyList,
      origin,
    };
    return result === null ? [] : [assign(result, transformed, origin)];
  }
  const activity = activityName(resource.value);
  activities.use(activity, objectType, originOf(resource, state.name));
  const template = get(writer, "Parameters") ?? get(writer, "Arguments");
  const place = template === undefined ? objectOf([], state) : compileTemplate(template, pathScope(state, input));
  return [
    {
      kind: "call",
      step: state.name,
      activity,
      input: place,
      by: { fn: "writeResults", more: objectOf([{ key: "results", value: all }, ...configured], state) },
      result: result ?? localVariable(`${state.name} written`),
      timeoutMs: null,
      retry: [],
      origin: originOf(writer, state.name),
    },
  ];
}

const anyList: Type = { kind: "array", element: unknown };

/** What `s3:putObject` is given for each object. */
const objectType: Type = {
  kind: "object",
  members: new Map([
    ["Bucket", { type: unknown, required: true }],
    ["Key", { type: string, required: true }],
    ["Body", { type: string, required: true }],
  ]),
  additional: null,
};

const words: readonly { readonly key: string; readonly field: string; readonly allowed: readonly string[] }[] = [
  { key: "outputType", field: "OutputType", allowed: ["JSON", "JSONL"] },
  { key: "transformation", field: "Transformation", allowed: ["COMPACT", "FLATTEN", "NONE"] },
];

/** The runtime's `WriterConfig`. */
function writerConfig(state: StateScope, writer: ObjectTree): Expression | null {
  const config = objectField(writer, "WriterConfig");
  if (config === undefined) return null;
  checkFields(config, writerConfigFields, "`WriterConfig`", {
    findings: state.definition.findings,
    node: state.name,
  });
  const members = words.flatMap(({ key, field, allowed }) => {
    const tree = textField(config, field);
    if (tree !== undefined && !allowed.includes(tree.value)) reportWord(tree, field, allowed, state);
    return tree === undefined ? [] : [{ key, value: text(tree.value, originOf(tree, state.name)) }];
  });
  return objectOf(members, state);
}
