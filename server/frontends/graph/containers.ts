import { reportValue, shown, textField, typeName } from "../../components/fields.ts";
import { coerce } from "../../expressions/coerce.ts";
import { compileValue } from "../../expressions/template.ts";
import { valueType } from "../../expressions/value-type.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Region, Step } from "../../ir/program.ts";
import { boolean, elementOf, integer, invalid, type Type, unknown } from "../../ir/types.ts";
import { originOf, type StringTree } from "../../source/tree.ts";
import { literal } from "./calls.ts";
import { completionOf } from "./completion.ts";
import { schemaType } from "./context.ts";
import { lowerGraph } from "./graphs.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import { builtinOf, type Graph, loopName, type Node } from "./nodes.ts";
import { milliseconds } from "./policies.ts";
import { environmentOf, read, type Scope } from "./scope.ts";

/** The unit that observers see as a step, with the node's time limit and retries. */
function scopeStep({ node }: LowerParts, body: Region): Step {
  return { kind: "scope", step: node.id, body, timeoutMs: node.timeoutMs, retry: node.retry, origin: node.origin };
}

function assign(variable: Variable, value: Expression): Step {
  return { kind: "assign", variable, value, origin: value.origin };
}

export function lowerScope(parts: LowerParts, body: Graph): Lowered {
  const { node, scope, context } = parts;
  const inner = lowerGraph(body, { variables: new Map(), outer: { scope, user: node }, node: node.id, context });
  const result: Variable = { name: node.id, type: valueType(inner.output), role: "local" };
  const step = scopeStep(parts, inner.region([assign(result, inner.output)]));
  return { steps: [step], ports: new Map([["out", (origin) => read(result, origin)]]), chosen: null };
}

export function lowerForEach(parts: LowerParts, body: Graph): Lowered {
  const { node, inputs, scope, controls, context } = parts;
  const items = inputs.value("items");
  const names = { item: nameField(parts, "as", "item"), index: nameField(parts, "indexAs", "index") };
  if (names.item === names.index) reportName(parts, names.item, "it is already what the item is called");
  const element = items === null ? invalid : (elementOf(items.type) ?? unknown);
  const item: Variable = { name: names.item, type: element, role: "bound" };
  const index: Variable = { name: names.index, type: integer, role: "bound" };
  const variables = new Map([
    [names.index, index],
    [names.item, item],
  ]);
  const inner = lowerGraph(body, { variables, outer: { scope, user: node }, node: node.id, context });
  if (items === null) return nothing;
  const result: Variable = { name: node.id, type: { kind: "array", element: valueType(inner.output) }, role: "local" };
  const { origin } = node;
  const finish: Step = { kind: "finish", value: inner.output, origin: inner.output.origin };
  const isLimited = node.timeoutMs !== null || node.retry.length > 0;
  const loop: Step = {
    kind: "forEach",
    step: loopName(node),
    items,
    item,
    index,
    concurrency: isPlain(node) || node.given.has("concurrency") ? concurrencyOf(parts) : null,
    body: inner.region([finish]),
    result,
    ...(!isPlain(node) || controls.isCompletable(node) ? { completion: completionOf(parts, result) } : {}),
    origin,
  };
  const step = isLimited ? scopeStep(parts, { kind: "sequence", steps: [loop] }) : loop;
  return { steps: [step], ports: new Map([["out", (at) => read(result, at)]]), chosen: null };
}

/** Whether it has a turn for each item of its list and ends when all of them have. */
function isPlain({ given }: Node): boolean {
  return !given.has("completion") && !given.has("channel");
}

/** Whether turns go on when it has ended. */
export function leavesRest({ component, given }: Node): boolean {
  const completion = given.get("completion")?.value;
  if (builtinOf(component) !== "forEach" || completion?.kind !== "object") return false;
  const cancel = completion.byKey.get("cancel")?.value;
  return cancel?.kind !== "boolean" || !cancel.value;
}

function concurrencyOf({ node, inputs, context }: LowerParts): Expression {
  const value = inputs.value("concurrency");
  const given = node.given.get("concurrency");
  if (value === null || given === undefined) return milliseconds(1, node.object, node.id);
  if (value.kind === "literal" && typeof value.value === "number" && value.value < 1) {
    reportValue(given.value, "concurrency", "a whole number from 1", { findings: context.findings, node: node.id });
  }
  return value;
}

/** State and turn are variables of the program; the test runs before each turn. */
export function lowerWhile(parts: LowerParts, body: Graph): Lowered {
  const { node, inputs, scope, context } = parts;
  const { origin } = node;
  const first = inputs.value("state");
  const schema = inputs.tree("schema");
  const declared = schema === null ? null : schemaType(schema, typeName(node.id, "state"), node.id, context);
  const type: Type = declared ?? (first === null ? invalid : valueType(first));
  const state: Variable = { name: `${node.id} state`, type, role: "local" };
  const turn: Variable = { name: `${node.id} turn`, type: integer, role: "local" };
  const variables = new Map([
    ["state", state],
    ["turn", turn],
  ]);
  const inner = lowerGraph(body, { variables, outer: { scope, user: node }, node: node.id, context });
  const test = loopTest(parts, inner.bindings);
  const next = coerce(inner.output, type, `\`output\` of \`${node.id}\`, the next state,`, context.findings);
  if (first === null || test === null) return nothing;
  const one: Expression = { kind: "literal", value: 1, type: integer, origin };
  const counted: Expression = {
    kind: "binary",
    operator: "+",
    left: read(turn, origin),
    right: one,
    type: integer,
    origin,
  };
  const limit = turnLimit(parts, turn);
  const { renewed } = inner;
  const renew: Step = { kind: "control", action: "renew", names: renewed, origin };
  const begin = [...(limit === null ? [] : [limit]), ...(renewed.length > 0 ? [renew] : [])];
  const turnBody = inner.region([assign(state, next), assign(turn, counted)], begin);
  const steps: readonly Step[] = [
    assign(state, coerce(first, type, `\`state\` of \`${node.id}\``, context.findings)),
    assign(turn, { kind: "literal", value: 0, type: integer, origin }),
    { kind: "loop", label: node.id, test, body: turnBody, origin },
  ];
  const step = scopeStep(parts, { kind: "sequence", steps });
  return { steps: [step], ports: new Map([["out", (at) => read(state, at)]]), chosen: null };
}

/** The condition sees what its turns see, but none of their nodes. */
function loopTest({ node, context }: LowerParts, bindings: Scope): Expression | null {
  const tree = node.given.get("condition")?.value;
  const value = tree && compileValue(tree, environmentOf(bindings, node, node.id, context.findings));
  return value ? coerce(value, boolean, `\`condition\` of \`${node.id}\``, context.findings) : null;
}

function turnLimit({ node, inputs }: LowerParts, turn: Variable): Step | null {
  const limit = inputs.value("maxTurns");
  if (limit === null) return null;
  const { origin } = limit;
  const when: Expression = {
    kind: "binary",
    operator: ">=",
    left: read(turn, origin),
    right: limit,
    type: boolean,
    origin,
  };
  const fail: Step = {
    kind: "fail",
    step: node.id,
    error: literal("TooManyTurns", origin),
    cause: literal("the condition still held after the last turn that is allowed", origin),
    origin,
  };
  return { kind: "decide", cases: [{ when, then: { kind: "sequence", steps: [fail] } }], otherwise: null, origin };
}

const celName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const celWords: ReadonlySet<string> = new Set(["true", "false", "null", "in", "as", "input", "nodes"]);

/** What a container's expressions call something that it binds. */
function nameField(parts: LowerParts, field: string, fallback: string): string {
  const { node, context } = parts;
  const given = node.object.byKey.get("with")?.value;
  const tree: StringTree | null =
    given?.kind === "object" ? textField(given, field, { findings: context.findings, node: node.id }) : null;
  if (tree === null) return fallback;
  if (celName.test(tree.value) && !celWords.has(tree.value)) return tree.value;
  const why = "expressions need a name of letters, digits and `_` that is no word of CEL, `input` or `nodes`";
  context.findings.report("WF_VALIDATION_014", originOf(tree, node.id), { name: shown(tree.value), why });
  return fallback;
}

function reportName({ node, context }: LowerParts, name: string, why: string): void {
  const tree = node.given.get("indexAs")?.value ?? node.object;
  context.findings.report("WF_VALIDATION_014", originOf(tree, node.id), { name, why });
}
