import { checkFields, itemsOrReport, objectOrReport, textField, typeName } from "../../components/fields.ts";
import { coerce } from "../../expressions/coerce.ts";
import { compileValue } from "../../expressions/template.ts";
import type { Variable } from "../../ir/expression.ts";
import type { RaceAlternative } from "../../ir/program.ts";
import { type MemberType, nullType, string, type Type, union, unknown } from "../../ir/types.ts";
import { type ObjectTree, originOf } from "../../source/tree.ts";
import { exclusiveResult } from "./calls.ts";
import { schemaType } from "./context.ts";
import { checkCasePort } from "./decisions.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import { environmentOf } from "./scope.ts";
import { channelOf, waitMs } from "./waits.ts";

const events: readonly string[] = ["channel", "after", "until"];

/** `core.pick`: the deferred choice. */
export function lowerPick(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const place = { findings: context.findings, node: node.id };
  const taken = new Set<string>();
  const types = new Map<string, Type>();
  const alternatives: RaceAlternative[] = [];
  for (const item of itemsOrReport(inputs.tree("cases") ?? undefined, "cases", place)) {
    const object = objectOrReport(item, "cases", place);
    if (object === null) continue;
    checkFields(object, "the case", ["port", ...events, "schema"], ["port"], place);
    const port = textField(object, "port", place);
    if (port !== null) checkCasePort(port, taken, parts);
    const event = eventOf(parts, object);
    if (port === null || event === null) continue;
    types.set(port.value, event.kind === "message" ? messageType(parts, object, port.value) : nullType);
    alternatives.push({ port: port.value, event });
  }
  if (alternatives.length === 0) return nothing;
  const result: Variable = { name: node.id, type: resultType(types), role: "local" };
  const step = { kind: "race", step: node.id, alternatives, result, origin: node.origin } as const;
  return { steps: [step], ...exclusiveResult(node, types, result) };
}

function eventOf(parts: LowerParts, object: ObjectTree): RaceAlternative["event"] | null {
  const { node, scope, context } = parts;
  const place = { findings: context.findings, node: node.id };
  const [kind, ...others] = events.filter((field) => object.byKey.has(field));
  const tree = object.byKey.get(kind ?? "")?.value;
  const origin = originOf(object, node.id);
  if (tree === undefined) context.findings.report("WF_VALIDATION_001", origin, { field: "channel", of: "the case" });
  if (others.length > 0) {
    const why = "a case waits for one thing";
    context.findings.report("WF_VALIDATION_013", origin, {
      fields: events.map((one) => `\`${one}\``).join(", "),
      of: "the case",
      why,
    });
  }
  if (tree === undefined) return null;
  if (kind === "channel") {
    const channel = channelOf(tree, place);
    return channel === null ? null : { kind: "message", channel };
  }
  if (kind === "after") {
    const ms = waitMs(parts, tree, "after");
    return ms === null ? null : { kind: "duration", ms };
  }
  const value = compileValue(tree, environmentOf(scope, node, node.id, context.findings));
  const timestamp = value && coerce(value, string, `\`until\` of \`${node.id}\``, context.findings);
  return timestamp && { kind: "timestamp", timestamp };
}

function messageType({ node, context }: LowerParts, object: ObjectTree, port: string): Type {
  const schema = object.byKey.get("schema")?.value;
  return schema === undefined ? unknown : schemaType(schema, typeName(node.id, port), node.id, context);
}

function resultType(types: ReadonlyMap<string, Type>): Type {
  return union(
    [...types].map(([port, type]): Type => {
      const members = new Map<string, MemberType>([
        ["port", { type: { kind: "literal", value: port }, required: true }],
        ["value", { type, required: true }],
      ]);
      return { kind: "object", members, additional: null };
    }),
  );
}
