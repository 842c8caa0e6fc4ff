import { reportValue, suggest } from "../../components/fields.ts";
import { compileValue } from "../../expressions/template.ts";
import { valueType } from "../../expressions/value-type.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Block, Choice, Jumps, Step, Terminator } from "../../ir/program.ts";
import { nullType } from "../../ir/types.ts";
import { originOf } from "../../source/tree.ts";
import type { Connection } from "./connections.ts";
import type { Controls } from "./controls.ts";
import { type LoweredNode, lowerNode } from "./graphs.ts";
import type { Lowered, LowerParts } from "./lowered.ts";
import { builtinOf, type Graph, type Node } from "./nodes.ts";
import { orderOf } from "./order.ts";
import { type Paths, pathsOf } from "./paths.ts";
import { createScope, environmentOf, invalidValue, type Ports, read } from "./scope.ts";

/** Nodes of one machine cannot act on each other: one of them runs at a time. */
const noControls: Controls = {
  isCancellable: () => false,
  isCompletable: () => false,
  isMilestone: () => false,
  restOf: () => [],
  withdrawnBy: () => [],
  targetsOf: () => [],
  names: [],
};

/** No id has a space in it. */
const end = "the end";

/** `core.stateMachine`: its nodes as blocks that jump to each other. */
export function lowerStateMachine(parts: LowerParts, body: Graph): Lowered {
  const { node, context } = parts;
  const { findings } = context;
  for (const inner of body.nodes.values()) checkNode(inner, parts);
  const paths = pathsOf(body, startOf(parts, body));
  const ports = new Map<Node, Ports>();
  const outer = { scope: parts.scope, user: node };
  const scope = createScope({ variables: new Map(), nodes: body.nodes, ports, certainty: paths, outer, findings });
  const lowered = new Map<Node, LoweredNode>();
  // Circles are what it is for: those that the order finds are not reported.
  const { nodes } = orderOf(body, { ...findings, report: () => undefined });
  for (const inner of nodes) {
    const incoming = paths.incoming(inner);
    const one = lowerNode({ node: inner, incoming, scope, certainty: paths, controls: noControls, ports, context });
    ports.set(inner, one.values);
    lowered.set(inner, one);
    checkWays(inner, paths, parts);
  }
  const value = outputOf(parts, body, scope);
  const result: Variable = { name: node.id, type: valueType(value), role: "local" };
  const assign: Step = { kind: "assign", variable: result, value, origin: value.origin };
  const before = [...lowered.values()].flatMap(({ inputs }) => inputs.before);
  const { timeoutMs, retry, origin } = node;
  const jumps: Jumps = jumpsOf(body, paths, lowered, [assign, { kind: "finish", value: null, origin }], parts);
  const steps: readonly Step[] = [{ kind: "block", label: node.id, body: jumps, origin }];
  const inside = before.length === 0 ? jumps : ({ kind: "sequence", steps: [...before, ...steps] } as const);
  const step: Step = { kind: "scope", step: node.id, body: inside, timeoutMs, retry, origin };
  return { steps: [step], ports: new Map([["out", (at) => read(result, at)]]), chosen: null };
}

function startOf({ node, inputs, context }: LowerParts, body: Graph): Node | null {
  const [first = null] = body.nodes.values();
  const tree = inputs.tree("start");
  if (tree?.kind !== "string") return first;
  const found = body.nodes.get(tree.value);
  if (found !== undefined) return found;
  const nearest = suggest(tree.value, body.nodes.keys(), context);
  const fixes =
    nearest === ""
      ? []
      : [{ title: `Write \`${nearest}\``, patch: [{ op: "replace", path: tree.pointer, value: nearest } as const] }];
  context.findings.report(
    "WF_VALIDATION_006",
    originOf(tree, node.id),
    { node: tree.value.slice(0, 80), nearest },
    { fixes },
  );
  return null;
}

/** What makes no sense where one node runs at a time. */
function checkNode(inner: Node, { context }: LowerParts): void {
  const place = { findings: context.findings, node: inner.id };
  const builtin = builtinOf(inner.component);
  const fields = ["join", "before"].flatMap((field) => inner.object.byKey.get(field)?.value ?? []);
  for (const tree of fields)
    reportValue(
      tree,
      tree.pointer.endsWith("join") ? "join" : "before",
      "left out in a state machine: one node runs at a time",
      place,
    );
  const type = inner.object.byKey.get("type")?.value;
  if (
    type !== undefined &&
    (builtin === "multiChoice" || builtin === "complete" || (builtin === "cancel" && inner.given.has("nodes")))
  )
    reportValue(type, "type", "a component that makes sense where one node runs at a time", place);
}

/** After each outcome one connection leads on, or none. */
function checkWays(inner: Node, paths: Paths, { context }: LowerParts): void {
  const taken = new Map<string | null, Connection>();
  for (const connection of paths.outgoing(inner)) {
    const { outcome } = paths.linkOf(connection);
    const other = taken.get(outcome);
    if (other === undefined) {
      taken.set(outcome, connection);
      continue;
    }
    const fields = `connections to \`${other.to.id}\` and \`${connection.to.id}\``;
    const why = "in a state machine one node runs at a time";
    context.findings.report("WF_VALIDATION_013", connection.origin, { fields, of: `\`${inner.id}\``, why });
  }
}

function outputOf({ node, context }: LowerParts, body: Graph, scope: ReturnType<typeof createScope>): Expression {
  const { output, origin } = body;
  if (output === undefined) return { kind: "literal", value: null, type: nullType, origin };
  return (
    compileValue(output, environmentOf(scope, null, node.id, context.findings)) ??
    invalidValue(originOf(output, node.id))
  );
}

function jumpsOf(
  body: Graph,
  paths: Paths,
  lowered: ReadonlyMap<Node, LoweredNode>,
  last: readonly Step[],
  { node: { origin } }: LowerParts,
): Jumps {
  const blocks = new Map<string, Block>();
  const add = (block: Block): string => {
    blocks.set(block.label, block);
    return block.label;
  };
  /** Where an outcome leads to: over a block of its own where the connection carries data. */
  const target = (from: Node, outcome: string | null): string => {
    const connection = paths.outgoing(from).find((one) => {
      const own = paths.linkOf(one).outcome;
      return own === outcome || own === null;
    });
    if (connection === undefined) return end;
    const { to } = connection;
    const steps = lowered.get(to)?.inputs.carry(connection) ?? [];
    if (steps.length === 0) return to.key;
    const label = `${from.key} ${outcome ?? ""} to ${to.key}`;
    return add({ label, origin: connection.origin, steps, end: { kind: "jump", to: to.key } });
  };
  for (const inner of body.nodes.values()) {
    const one = lowered.get(inner);
    if (one === undefined) continue;
    const to = (outcome: string | null): string => target(inner, outcome);
    add({ label: inner.key, origin: inner.origin, ...blockOf(one.choice, one.steps, to) });
  }
  add({ label: end, origin, steps: last, end: { kind: "stop" } });
  return { kind: "jumps", entry: paths.start?.key ?? end, blocks };
}

function blockOf(
  choice: Choice,
  steps: readonly Step[],
  to: (outcome: string | null) => string,
): { readonly steps: readonly Step[]; readonly end: Terminator } {
  const isOver = ["fail", "terminate"].includes(steps.at(-1)?.kind ?? "");
  switch (choice.kind) {
    case "all":
      return { steps, end: isOver ? { kind: "stop" } : { kind: "jump", to: to(null) } };
    case "cases": {
      const cases = choice.cases.map(({ when, outcome }) => ({ when, to: to(outcome) }));
      return { steps, end: { kind: "branch", cases, otherwise: to(choice.otherwise) } };
    }
    case "failure": {
      const handlers = choice.handlers.map(({ failure, when, steps: first, outcome }) => {
        return { failure, when, steps: first, to: to(outcome) };
      });
      return { steps: [], end: { kind: "attempt", steps, to: to(choice.ok), handlers } };
    }
    default:
      return choice satisfies never;
  }
}
