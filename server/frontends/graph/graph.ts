import { extendCatalogue } from "../../components/catalogue.ts";
import type { Component, ComponentCatalogue } from "../../components/component.ts";
import {
  checkFields,
  itemsOrReport,
  membersOrReport,
  objectOrReport,
  type Place,
  replaceFix,
  reportValue,
  shown,
  textField,
} from "../../components/fields.ts";
import { parseComponent } from "../../components/parse.ts";
import type { Findings } from "../../diagnostics/diagnostic.ts";
import { createLines } from "../../diagnostics/lines.ts";
import { coerce } from "../../expressions/coerce.ts";
import { valueType } from "../../expressions/value-type.ts";
import type { Variable } from "../../ir/expression.ts";
import type { Program } from "../../ir/program.ts";
import { typeDescription } from "../../ir/schema-texts.ts";
import { type Type, union, unknown } from "../../ir/types.ts";
import { withoutUnread } from "../../ir/unread.ts";
import { type Document, get, type ObjectTree, originOf, type StringTree } from "../../source/tree.ts";
import type { FrontEndContext } from "../front-end.ts";
import { type GraphContext, schemaType } from "./context.ts";
import { lowerGraph } from "./graphs.ts";
import { checkLocks } from "./locks.ts";
import { countNodes, type ReadContext, readGraph } from "./nodes.ts";
import { looksLikeSchema } from "./output.ts";
import { checkRepeated } from "./repeated.ts";
import { checkUnhandledErrors } from "./unhandled-errors.ts";
import { checkUnusedResults } from "./unused-results.ts";

const apiVersion = "workflow.compiler/v1";
/** Far more than a person can follow; orders and guards are computed for pairs of nodes. */
const maxNodes = 5_000;

/** The graph format (docs/graph-format.md) as a program; null where what was reported leaves nothing to check. */
export function graphToProgram(document: Document, context: FrontEndContext): Program | null {
  const { findings } = context;
  const place: Place = { findings, node: "" };
  const root = objectOrReport(document.root, "the definition", place);
  if (root === null) return null;
  checkHeader(root, place);
  const metadata = readMetadata(root, place);
  const specTree = get(root, "spec");
  const spec = specTree === undefined ? null : objectOrReport(specTree, "spec", place);
  if (spec === null) return null;
  checkFields(
    spec,
    "`spec`",
    ["input", "output", "returns", "components", "nodes", "connections", "ui"],
    ["nodes"],
    place,
  );
  const count = countNodes(spec);
  if (count > maxNodes) {
    findings.report("WF_VALIDATION_016", originOf(spec), {
      what: "nodes",
      count: String(count),
      limit: String(maxNodes),
    });
    return null;
  }
  const read = createReadContext(document, spec, context);
  const program = lowerSpec(spec, metadata, read);
  return isMisread(findings) ? null : program;
}

/** After these the graph is not what its author means, and what else seems wrong with it may only follow from that. */
const structural: ReadonlySet<string> = new Set([
  "WF_VALIDATION_001",
  "WF_VALIDATION_003",
  "WF_CHECK_001",
  "WF_VALIDATION_005",
  "WF_VALIDATION_006",
  "WF_VALIDATION_007",
  "WF_SCHEMA_001",
]);

function isMisread({ list }: Findings): boolean {
  return list.some(({ code, params }) => structural.has(code) || (code === "WF_VALIDATION_004" && isMisspelt(params)));
}

/** A field that is there under another name is as good as missing. */
function isMisspelt(params: object): boolean {
  return "nearest" in params && params.nearest !== "";
}

function checkHeader(root: ObjectTree, place: Place): void {
  checkFields(
    root,
    "the definition",
    ["apiVersion", "kind", "metadata", "spec"],
    ["apiVersion", "kind", "metadata", "spec"],
    place,
  );
  const expect = (field: string, value: string): void => {
    const tree = get(root, field);
    if (tree === undefined || (tree.kind === "string" && tree.value === value)) return;
    reportValue(tree, field, `\`${value}\``, place, [replaceFix(tree, value)]);
  };
  expect("apiVersion", apiVersion);
  expect("kind", "Workflow");
}

type Metadata = Pick<Program, "name" | "version" | "title" | "description">;

/** Long enough for every real name; it stands in headers and labels. */
const maxName = 200;

function readMetadata(root: ObjectTree, place: Place): Metadata {
  const tree = get(root, "metadata");
  const metadata = tree === undefined ? null : objectOrReport(tree, "metadata", place);
  if (metadata === null) return { name: "workflow", version: "", title: "", description: "" };
  const fields = ["name", "version", "type", "title", "description", "labels", "annotations"];
  checkFields(metadata, "`metadata`", fields, ["name"], place);
  for (const field of ["labels", "annotations"]) {
    for (const { key, value } of membersOrReport(get(metadata, field), field, place)) {
      if (value.kind !== "string") reportValue(value, `${field}.${shown(key)}`, "a string", place);
    }
  }
  const text = (field: string): string => textField(metadata, field, place)?.value ?? "";
  const name = textField(metadata, "name", place);
  if (name !== null && (name.value === "" || name.value.length > maxName))
    reportValue(name, "name", `text of 1 to ${maxName} characters`, place);
  const type = textField(metadata, "type", place);
  if (type !== null && !typeLabel.test(type.value)) reportType(type, place);
  return {
    name: name?.value.slice(0, maxName) ?? "workflow",
    version: text("version"),
    title: text("title"),
    description: text("description"),
  };
}

/** It labels metrics, so that it must be short and plain. */
const typeLabel = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

function reportType(tree: StringTree, place: Place): void {
  reportValue(tree, "type", "up to 63 letters, digits, `_`, `-` and `.`", place);
}

type HeadContext = Omit<ReadContext, "self">;

function createReadContext(document: Document, spec: ObjectTree, context: FrontEndContext): HeadContext {
  const lines = createLines(document.text);
  const lineOf: GraphContext["lineOf"] = (origin) => String(lines.at(origin.span.start).line);
  const components = readComponents(spec, context, lineOf);
  return {
    findings: uniqueFindings(context.findings),
    components,
    declarations: new Set(),
    activities: new Map(),
    ids: new Map(),
    lineOf,
  };
}

function readComponents(
  spec: ObjectTree,
  context: FrontEndContext,
  lineOf: GraphContext["lineOf"],
): ComponentCatalogue {
  const { findings } = context;
  const place: Place = { findings, node: "" };
  const options = { from: "definition", allowCode: context.allowInlineCode ?? false } as const;
  const inline = new Map<string, Component>();
  for (const tree of itemsOrReport(get(spec, "components"), "components", place)) {
    const component = parseComponent(tree, options, place);
    if (component === null) continue;
    const first = inline.get(component.type)?.origin;
    if (first !== undefined || context.components.get(component.type)?.implementation.kind === "builtin") {
      const params = { type: shown(component.type), line: first == null ? "" : lineOf(first) };
      findings.report("WF_SCHEMA_004", component.origin ?? originOf(tree), params);
    } else inline.set(component.type, component);
  }
  return extendCatalogue(context.components, inline);
}

/** Without repetitions: what runs more than once (`join: each`) is looked at as often. */
function uniqueFindings(findings: Findings): Findings {
  const seen = new Set<string>();
  return {
    list: findings.list,
    get failed() {
      return findings.failed;
    },
    report(code, origin, params, more) {
      const key = JSON.stringify([code, origin.span, origin.pointer, params]);
      if (!seen.has(key)) findings.report(code, origin, params, more);
      seen.add(key);
    },
  };
}

function lowerSpec(spec: ObjectTree, metadata: Metadata, head: HeadContext): Program {
  const inputTree = get(spec, "input");
  const input = inputTree === undefined ? unknown : schemaType(inputTree, "Input", "", head);
  const outputTree = get(spec, "output");
  const isSchema = outputTree !== undefined && looksLikeSchema(outputTree);
  const declared = isSchema ? schemaType(outputTree, "Output", "", head) : null;
  const early: Type[] = [];
  const read: ReadContext = { ...head, self: { name: metadata.name, input, output: declared, early } };
  const graph = readGraph(spec, "", read);
  checkLocks(graph, read.findings);
  const returns = get(spec, "returns");
  if (outputTree !== undefined && !isSchema && returns !== undefined) {
    const why = "where `output` is no JSON Schema it is itself what the workflow returns";
    read.findings.report("WF_VALIDATION_013", originOf(returns), {
      fields: "`output` and `returns`",
      of: "`spec`",
      why,
    });
  }
  const inputVariable: Variable = { name: "input", type: input, role: "input" };
  const output = returns ?? (isSchema ? undefined : outputTree);
  const parts = { variables: new Map([["input", inputVariable]]), outer: null, node: "", context: read };
  const lowered = lowerGraph({ ...graph, output }, parts);
  const value =
    declared === null ? lowered.output : coerce(lowered.output, declared, "what the workflow returns", read.findings);
  const body = lowered.region([{ kind: "finish", value, origin: value.origin }]);
  if (!isMisread(read.findings)) {
    checkUnhandledErrors(graph, read.findings);
    checkRepeated(graph, read.findings);
  }
  if (!read.findings.failed) checkUnusedResults(body, read.findings);
  const inputDescription = inputTree && typeDescription(inputTree);
  const outputDescription = isSchema ? typeDescription(outputTree) : undefined;
  return {
    ...metadata,
    input,
    ...(inputDescription !== undefined && { inputDescription }),
    ...(outputDescription !== undefined && { outputDescription }),
    output: declared ?? union([valueType(value), ...early]),
    declarations: [...read.declarations],
    activities: [...read.activities.values()].toSorted((a, b) => a.origin.span.start - b.origin.span.start),
    parameters: [],
    inputVariable,
    parametersVariable: null,
    body: withoutUnread(body),
  };
}
