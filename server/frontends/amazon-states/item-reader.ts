import { list, text } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { string, type Type, unknown } from "../../ir/types.ts";
import { get, type ObjectTree, originOf, type Tree } from "../../source/tree.ts";
import { activityName } from "./activities.ts";
import { pathScope } from "./context-object.ts";
import type { Prepared } from "./data-flow.ts";
import { checkFields, objectField, textField } from "./fields.ts";
import { limit, objectOf } from "./map-values.ts";
import { compileTemplate, reportWord } from "./payload.ts";
import { localVariable, nothing, read, type StateScope } from "./scope.ts";
import { readerConfigFields, readerFields } from "./state-fields.ts";

const inputTypes = ["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"];
const manifestTypes = ["ATHENA_DATA", "S3_INVENTORY"];
const transformations = ["LOAD_AND_FLATTEN", "NONE"];
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
  const config = readerConfig(state, reader, input);
  const items = localVariable(`${state.name} items`, itemList);
  const call = { kind: "call", step: state.name, timeoutMs: null, retry: [], origin } as const;
  if (!isLoaded(reader)) {
    const step: Step = { ...call, activity, input: given, by: { fn: "readItems", more: config }, result: items };
    return { steps: [step], value: read(items, origin) };
  }
  const objects = localVariable(`${state.name} objects`, itemList);
  activities.use(getObject, objectType, origin);
  const more = objectOf(
    [
      { key: "objects", value: read(objects, origin) },
      { key: "config", value: config },
    ],
    state,
  );
  const bucket = given.kind === "object" ? given.members.find(({ key }) => key === "Bucket")?.value : undefined;
  const list: Step = {
    ...call,
    activity,
    input: given,
    by: { fn: "readItems", more: objectOf([], state) },
    result: objects,
  };
  const load: Step = {
    ...call,
    activity: getObject,
    input: objectOf([{ key: "Bucket", value: bucket ?? nothing(origin) }], state),
    by: { fn: "loadItems", more },
    result: items,
  };
  return { steps: [list, load], value: read(items, origin) };
}

/** Whether the objects of a listing are read, rather than what the listing tells of them. */
function isLoaded(reader: ObjectTree): boolean {
  const config = objectField(reader, "ReaderConfig");
  return config !== undefined && textField(config, "Transformation")?.value === "LOAD_AND_FLATTEN";
}

const getObject = "states:::s3:getObject";

const objectType: Type = {
  kind: "object",
  members: new Map([
    ["Bucket", { type: unknown, required: true }],
    ["Key", { type: string, required: true }],
  ]),
  additional: null,
};

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
  word("manifestType", "ManifestType", manifestTypes);
  const transformation = textField(config, "Transformation");
  if (transformation !== undefined && !transformations.includes(transformation.value))
    reportWord(transformation, "Transformation", transformations, state);
  checkNeeds(state, config);
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

/** What a ReaderConfig must tell for what it tells. */
function checkNeeds({ definition, name }: StateScope, config: ObjectTree): void {
  const is = (field: string, value: string): boolean => textField(config, field)?.value === value;
  const need = (field: string, of: string): void => {
    if (config.byKey.has(field)) return;
    definition.findings.report("WF_VALIDATION_001", originOf(config, name), { field, of });
  };
  if (is("Transformation", "LOAD_AND_FLATTEN")) need("InputType", "`ReaderConfig` with `LOAD_AND_FLATTEN`");
  if (is("InputType", "CSV") && !config.byKey.has("ManifestType")) need("CSVHeaderLocation", "`ReaderConfig` of CSV");
  if (is("CSVHeaderLocation", "GIVEN")) need("CSVHeaders", "`ReaderConfig` with given headers");
}
