import type { Component } from "../../components/component.ts";
import { reportValue, typeName } from "../../components/fields.ts";
import { inputTypeOf, outputTypeOf } from "../../components/parse.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import { coerce } from "../../expressions/coerce.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { CallStep, Step } from "../../ir/program.ts";
import { boolean, integer, nullType, string, type Type, union, unknown } from "../../ir/types.ts";
import { originOf, type StringTree } from "../../source/tree.ts";
import { declareActivity, schemaType } from "./context.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import type { Node } from "./nodes.ts";
import { type PortValue, read } from "./scope.ts";

/** A node that calls what its component names: an activity of the caller, or the component's own code. */
export function lowerCall(parts: LowerParts, component: Component): Lowered {
  const { node, inputs, context } = parts;
  const { implementation } = component;
  if (implementation.kind === "builtin") return nothing;
  const [input, output] = [inputTypeOf(component), outputTypeOf(component)];
  const isActivity = implementation.kind === "activity";
  if (isActivity) {
    const { description, title } = component;
    const origin = component.origin ?? originOf(node.object.byKey.get("type")?.value ?? node.object, node.id);
    declareActivity(
      { name: implementation.name, description: description || title, input, output, origin },
      component,
      context,
    );
  } else for (const declaration of component.declarations) context.declarations.add(declaration);
  const result = component.outputs.size === 0 ? null : resultOf(parts, output);
  const call: Step = callStep(parts, {
    activity: isActivity ? implementation.name : component.type,
    template: isActivity ? null : implementation.template,
    input: inputs.object,
    result,
  });
  if (result === null) return { ...nothing, steps: [call] };
  return component.exclusive
    ? { steps: [call], ...exclusiveResult(node, typesOf(component), result) }
    : { ...nothing, steps: [call], ports: portsOf(component, result) };
}

function resultOf({ node }: LowerParts, type: Type): Variable {
  return { name: node.id, type, role: "local" };
}

function callStep(
  { node }: LowerParts,
  call: Pick<CallStep, "activity" | "input" | "result" | "builtin" | "template" | "isSelf">,
): Step {
  return { kind: "call", step: node.id, timeoutMs: node.timeoutMs, retry: node.retry, origin: node.origin, ...call };
}

function portsOf(component: Component, result: Variable): ReadonlyMap<string, PortValue> {
  const isOnly = component.outputs.size === 1 && component.outputs.has("out");
  const member = (name: string, type: Type): PortValue => {
    return (origin) => ({ kind: "member", of: read(result, origin), name, optional: false, type, origin });
  };
  return new Map(
    [...component.outputs].map(([name, { type }]) => [
      name,
      isOnly ? (origin) => read(result, origin) : member(name, type),
    ]),
  );
}

function typesOf({ outputs }: Component): ReadonlyMap<string, Type> {
  return new Map([...outputs].map(([name, { type }]) => [name, type]));
}

/** The result is `{ port, value }`. `types`: of the value, by port. */
export function exclusiveResult(
  { origin }: Node,
  types: ReadonlyMap<string, Type>,
  result: Variable,
): Pick<Lowered, "ports" | "chosen"> {
  const names = [...types.keys()];
  const last = names.at(-1) ?? "out";
  const ports = [...types].map(([name, type]): [string, PortValue] => [
    name,
    (at) => ({ kind: "call", fn: "portValue", args: [read(result, at), literal(name, at)], type, origin: at }),
  ]);
  const cases = names.slice(0, -1).map((outcome) => ({ when: isPort(result, outcome, names, origin), outcome }));
  return { ports: new Map(ports), chosen: { cases, otherwise: last } };
}

function isPort(result: Variable, port: string, ports: readonly string[], origin: Origin): Expression {
  const type = union(ports.map((value): Type => ({ kind: "literal", value })));
  const left: Expression = { kind: "member", of: read(result, origin), name: "port", optional: false, type, origin };
  return { kind: "binary", operator: "===", left, right: literal(port, origin), type: boolean, origin };
}

export function literal(value: string, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

const workflowName = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

/** `core.workflow`: an activity that is a workflow of its own. */
export function lowerWorkflow(parts: LowerParts, component: Component): Lowered {
  const { node, inputs, context } = parts;
  const place = { findings: context.findings, node: node.id };
  const name = inputs.tree("workflow");
  const typeOf = (field: string): Type => {
    const schema = inputs.tree(field);
    return schema === null
      ? unknown
      : schemaType(schema, typeName(node.id, field.slice(0, -"Schema".length)), node.id, context);
  };
  const [input, output] = [typeOf("inputSchema"), typeOf("outputSchema")];
  if (name?.kind !== "string" || !workflowName.test(name.value)) {
    if (name !== null)
      reportValue(name, "workflow", "the name of a workflow: letters, digits, `_`, `-` and `.`", place);
    return nothing;
  }
  if (name.value === context.self.name) return lowerRecursion(parts, name);
  const activity = `workflow:${name.value}`;
  const given = inputs.value("input") ?? { kind: "literal", value: null, type: nullType, origin: node.origin };
  const fitted = coerce(given, input, `\`input\` of \`${node.id}\``, context.findings);
  const description = `Runs workflow ${name.value}.`;
  declareActivity({ name: activity, description, input, output, origin: originOf(name, node.id) }, component, context);
  const result = resultOf(parts, output);
  return {
    ...nothing,
    steps: [callStep(parts, { activity, input: fitted, result })],
    ports: new Map([["out", (origin) => read(result, origin)]]),
  };
}

/** The workflow that calls itself: what its own output is must be declared, as it follows from the call otherwise. */
function lowerRecursion(parts: LowerParts, name: StringTree): Lowered {
  const { node, inputs, context } = parts;
  const { input, output } = context.self;
  if (output === null) {
    const expected = "the name of another workflow, as this one has no JSON Schema under `spec.output`,";
    reportValue(name, "workflow", expected, { findings: context.findings, node: node.id });
    return nothing;
  }
  const given = inputs.value("input") ?? { kind: "literal", value: null, type: nullType, origin: node.origin };
  const fitted = coerce(given, input, `\`input\` of \`${node.id}\``, context.findings);
  const result = resultOf(parts, output);
  const activity = `workflow:${name.value}`;
  return {
    ...nothing,
    steps: [callStep(parts, { activity, isSelf: true, input: fitted, result })],
    ports: new Map([["out", (origin) => read(result, origin)]]),
  };
}

/** `http.request`: a call of the runtime's own function. It knows nothing of the body's type, which the schema declares. */
export function lowerHttp(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const schema = inputs.tree("responseSchema");
  const body = schema === null ? unknown : schemaType(schema, typeName(node.id, "response"), node.id, context);
  const result = resultOf(parts, responseType(unknown));
  const call = callStep(parts, { activity: "http.request", builtin: "httpRequest", input: inputs.object, result });
  if (body.kind === "unknown")
    return { ...nothing, steps: [call], ports: new Map([["out", (origin) => read(result, origin)]]) };
  const typed: Variable = { name: `${node.id} body`, type: body, role: "local" };
  const { origin } = node;
  const value: Expression = {
    kind: "call",
    fn: "declaredAs",
    args: [memberOf(result, "body", unknown, origin)],
    type: unknown,
    origin,
  };
  const out: PortValue = (at) => ({
    kind: "object",
    members: [
      { key: "status", value: memberOf(result, "status", integer, at) },
      { key: "headers", value: memberOf(result, "headers", headersType, at) },
      { key: "body", value: read(typed, at) },
    ],
    type: responseType(body),
    origin: at,
  });
  return {
    ...nothing,
    steps: [call, { kind: "assign", variable: typed, value, origin }],
    ports: new Map([["out", out]]),
  };
}

const headersType: Type = { kind: "object", members: new Map(), additional: string };

function responseType(body: Type): Type {
  const members = new Map([
    ["status", { type: integer, required: true }],
    ["headers", { type: headersType, required: true }],
    ["body", { type: body, required: true }],
  ]);
  return { kind: "object", members, additional: null };
}

function memberOf(variable: Variable, name: string, type: Type, origin: Origin): Expression {
  return { kind: "member", of: read(variable, origin), name, optional: false, type, origin };
}
