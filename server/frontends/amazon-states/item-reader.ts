import { list, text } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import { type Type, unknown } from "../../ir/types.ts";
import { get, type ObjectTree, originOf, type Tree } from "../../source/tree.ts";
import { activityName } from "./activities.ts";
import { pathScope } from "./context-object.ts";
import type { Prepared } from "./data-flow.ts";
import { checkFields, objectField, textField } from "./fields.ts";
import { limit, objectOf } from "./map-values.ts";
import { compileTemplate, describe } from "./payload.ts";
import { localVariable, read, type StateScope } from "./scope.ts";
import { readerConfigFields, readerFields } from "./state-fields.ts";

const inputTypes = ["CSV", "JSON", "JSONL", "MANIFEST"];
const locations = ["FIRST_ROW", "GIVEN"];
const delimiters = ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"];

/** Reads the items of a distributed Map: the activity of its ItemReader gives what is stored. Null where it has none. */
export function itemReader(state: StateScope, input: Expression): Prepared | null {
  const reader = objectField(state.tree, "ItemReader");
  if (reader === undefined) return null;
  const { findings, activities } = state.definition;
  checkFields(reader, readerFields, "`ItemReader`", { findings, node: state.name, language: state.language });
  const origin = originOf(reader, state.name);
  const activity = activityName(textField(reader, "Resource")?.value ?? "");
  const template = get(reader, "Parameters") ?? get(reader, "Arguments");
  const given = template === undefined ? objectOf([], state) : compileTemplate(template, pathScope(state, input));
  activities.use(activity, given.type, origin);
  const items = localVariable(`${state.name} items`, itemList);
  const config = readerConfig(state, reader, input);
  return {
    steps: [
      {
        kind: "call",
        step: state.name,
        activity,
        input: given,
        by: { fn: "readItems", more: config },
        result: items,
        timeoutMs: null,
        retry: [],
        origin,
      },
    ],
    value: read(items, origin),
  };
}

const itemList: Type = { kind: "array", element: unknown };

/** The runtime's `ReaderConfig`. */
function readerConfig(state: StateScope, reader: ObjectTree, input: Expression): Expression {
  const config = objectField(reader, "ReaderConfig");
  if (config === undefined) return objectOf([], state);
  const { findings } = state.definition;
  checkFields(config, readerConfigFields, "`ReaderConfig`", { findings, node: state.name, language: state.language });
  const members: { key: string; value: Expression }[] = [];
  const word = (key: string, field: string, allowed: readonly string[]): void => {
    const tree = textField(config, field);
    if (tree === undefined) return;
    if (allowed.length > 0 && !allowed.includes(tree.value)) reportWord(tree, field, allowed, state);
    members.push({ key, value: text(tree.value, originOf(tree, state.name)) });
  };
  word("inputType", "InputType", inputTypes);
  word("csvHeaderLocation", "CSVHeaderLocation", locations);
  word("csvDelimiter", "CSVDelimiter", delimiters);
  word("itemsPointer", "ItemsPointer", []);
  const headers = get(config, "CSVHeaders");
  if (headers?.kind === "array") {
    const names = headers.items.map((item) => pathScope(state, input).text(textOf(item), originOf(item, state.name)));
    members.push({ key: "csvHeaders", value: list(names, originOf(headers, state.name)) });
  }
  const maxItems = limit(state, config, "MaxItems", input);
  if (maxItems !== null) members.push({ key: "maxItems", value: maxItems });
  return objectOf(members, state);
}

function textOf(tree: Tree): string {
  return tree.kind === "string" ? tree.value : "";
}

function reportWord(tree: Tree, field: string, allowed: readonly string[], state: StateScope): void {
  const params = { field, found: describe(tree), allowed: `one of ${allowed.join(", ")}` };
  state.definition.findings.report("WF_VALIDATION_002", originOf(tree, state.name), params);
}
