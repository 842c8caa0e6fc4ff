import {
  checkFields,
  itemsOrReport,
  objectOrReport,
  reportValue,
  shown,
  textField,
  typeName,
} from "../../components/fields.ts";
import { coerce } from "../../expressions/coerce.ts";
import { compileValue } from "../../expressions/template.ts";
import { valueType } from "../../expressions/value-type.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { boolean } from "../../ir/types.ts";
import { originOf, originOfKey, type Tree } from "../../source/tree.ts";
import { literal } from "./calls.ts";
import { schemaType } from "./context.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import { environmentOf, invalidValue, type PortValue, read } from "./scope.ts";

export function visit({ node }: LowerParts): Step {
  return { kind: "visit", step: node.id, origin: node.origin };
}

/** What is passed on to the port that is taken: the value of `in`, or nothing. */
function passedOn({ node, inputs }: LowerParts): PortValue | null {
  const value = inputs.value("in");
  if (value === null) return node.given.has("in") ? invalidValue : null;
  return (origin) => ({ ...value, origin });
}

export function lowerIf(parts: LowerParts): Lowered {
  const { node, inputs } = parts;
  const when = inputs.value("condition") ?? invalidValue(node.origin);
  const passed = passedOn(parts);
  const ports = new Map([
    ["then", passed],
    ["else", passed],
  ]);
  return { steps: [visit(parts)], ports, chosen: { cases: [{ when, outcome: "then" }], otherwise: "else" } };
}

export function lowerSwitch(parts: LowerParts): Lowered {
  const cases = lowerCases(parts);
  const passed = passedOn(parts);
  return {
    steps: [visit(parts)],
    ports: new Map(parts.node.outputs.map((port) => [port, passed])),
    chosen: { cases, otherwise: "default" },
  };
}

export function lowerMultiChoice(parts: LowerParts): Lowered {
  const ways = lowerCases(parts).map(({ when, outcome }) => ({ port: outcome, when }));
  const passed = passedOn(parts);
  return {
    steps: [visit(parts)],
    ports: new Map(parts.node.outputs.map((port) => [port, passed])),
    chosen: null,
    ways,
  };
}

function lowerCases(parts: LowerParts): readonly { readonly when: Expression; readonly outcome: string }[] {
  const { node, inputs, context } = parts;
  const place = { findings: context.findings, node: node.id };
  const taken = new Set<string>();
  return itemsOrReport(inputs.tree("cases") ?? undefined, "cases", place).flatMap((item) => {
    const object = objectOrReport(item, "cases", place);
    if (object === null) return [];
    checkFields(object, "the case", ["port", "when"], ["port", "when"], place);
    const port = textField(object, "port", place);
    const when = object.byKey.get("when")?.value;
    if (port !== null) checkCasePort(port, taken, parts);
    const test = when === undefined ? null : condition(parts, when, `\`when\` of case \`${shown(port?.value ?? "")}\``);
    return port === null || test === null ? [] : [{ when: test, outcome: port.value }];
  });
}

export function checkCasePort(
  port: Tree & { kind: "string" },
  taken: Set<string>,
  { node, context }: LowerParts,
): void {
  const isTwice = taken.has(port.value);
  taken.add(port.value);
  if (!isTwice && port.value !== "default" && /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(port.value)) return;
  const why = isTwice
    ? "another case of this node has it"
    : port.value === "default"
      ? "it is the port that is taken where no case holds"
      : "a port has letters, digits, `_` and `-`, at most 64";
  context.findings.report("WF_VALIDATION_014", originOf(port, node.id), { name: shown(port.value), why });
}

function condition({ node, scope, context }: LowerParts, tree: Tree, what: string): Expression | null {
  const value = compileValue(tree, environmentOf(scope, node, node.id, context.findings));
  return value && coerce(value, boolean, `${what} of \`${node.id}\``, context.findings);
}

export function lowerMerge(parts: LowerParts): Lowered {
  return { steps: [visit(parts)], ports: new Map([["out", passedOn(parts)]]), chosen: null };
}

export function lowerTransform(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const given = inputs.value("value");
  const schema = inputs.tree("schema");
  const type = schema === null ? null : schemaType(schema, typeName(node.id), node.id, context);
  if (given === null) return nothing;
  const value = type === null ? given : coerce(given, type, `\`value\` of \`${node.id}\``, context.findings);
  const result: Variable = { name: node.id, type: type ?? valueType(value), role: "local" };
  const steps: Step[] = [visit(parts), { kind: "assign", variable: result, value, origin: node.origin }];
  return { steps, ports: new Map([["out", (origin) => read(result, origin)]]), chosen: null };
}

export function lowerFail(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const error = inputs.value("error");
  if (error === null) return nothing;
  const given = node.given.get("error");
  if (error.kind === "literal" && error.value === "" && given !== undefined) {
    reportValue(given.value, "error", "the name of an error", { findings: context.findings, node: node.id });
  }
  const cause = inputs.value("message") ?? literal("", node.origin);
  return { ...nothing, steps: [{ kind: "fail", step: node.id, error, cause, origin: node.origin }] };
}

/** Says that two fields of a node exclude each other. */
export function reportBoth({ node, context }: LowerParts, fields: string, why: string): void {
  const given = [...node.given.values()][0];
  const origin = given === undefined ? node.origin : originOfKey(given, node.id);
  context.findings.report("WF_VALIDATION_013", origin, { fields, of: `\`with\` of \`${node.id}\``, why });
}
