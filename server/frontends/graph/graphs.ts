import type { Builtin } from "../../components/component.ts";
import { compileValue } from "../../expressions/template.ts";
import { announce } from "../../ir/announce.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Choice, Flow, Step, Task } from "../../ir/program.ts";
import { nullType } from "../../ir/types.ts";
import { originOf } from "../../source/tree.ts";
import { lowerCall, lowerHttp, lowerWorkflow } from "./calls.ts";
import { type Certainty, certaintyOf } from "./certainty.ts";
import type { Connection } from "./connections.ts";
import { leavesRest, lowerForEach, lowerScope, lowerWhile } from "./containers.ts";
import type { GraphContext } from "./context.ts";
import {
  firstSteps,
  gatedTasks,
  lowerCancel,
  lowerComplete,
  lowerTerminate,
  wayTasks,
  withControls,
} from "./controlled.ts";
import { type Controls, controlsOf } from "./controls.ts";
import { lowerFail, lowerIf, lowerMerge, lowerMultiChoice, lowerSwitch, lowerTransform } from "./decisions.ts";
import { expandEach } from "./each.ts";
import { endedOf } from "./ended.ts";
import { withFailures } from "./failures.ts";
import { type Inputs, lowerInputs } from "./inputs.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import type { Graph, Node } from "./nodes.ts";
import { type Order, orderOf } from "./order.ts";
import { lowerPick } from "./pick.ts";
import { createScope, environmentOf, invalidValue, type Ports, portValueAt, type Scope } from "./scope.ts";
import { lowerStateMachine } from "./state-machine.ts";
import { lowerReceive, lowerWait } from "./waits.ts";

export interface GraphParts {
  /** What the container binds; of the workflow itself its input. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly outer: { readonly scope: Scope; readonly user: Node } | null;
  /** The id of the container; "" for the workflow itself. */
  readonly node: string;
  readonly context: GraphContext;
}

export interface LoweredGraph {
  region(after: readonly Step[], before?: readonly Step[]): Flow;
  /** What must be taken back before the graph runs again in the same region. */
  readonly renewed: readonly string[];
  readonly output: Expression;
  /** What expressions can name at the end of the graph. */
  readonly scope: Scope;
  /** What they can name before it starts. */
  readonly bindings: Scope;
}

/** A graph as a flow: a task for each node, in the order of the document. */
export function lowerGraph(given: Graph, parts: GraphParts): LoweredGraph {
  const { findings } = parts.context;
  const graph = expandEach(given, findings);
  const order = orderOf(graph, findings);
  const ended = endedOf(order);
  const controls = controlsOf(graph, order, ended, findings);
  const certainty = certaintyOf(order, ended, controls);
  const ports = new Map<Node, Ports>();
  const base = { variables: parts.variables, ports, order, certainty, outer: parts.outer, findings };
  const scope = createScope({ ...base, nodes: graph.nodes });
  const tasks = new Map<Node, readonly Task[]>();
  const before: Step[] = [];
  for (const node of order.nodes) {
    const incoming = order.incoming.get(node) ?? [];
    const lowered = lowerTask({ node, incoming, scope, certainty, controls, ports, context: parts.context });
    ports.set(node, lowered.values);
    tasks.set(node, lowered.tasks);
    before.push(...lowered.inputs.before);
  }
  const hasRest = order.nodes.some(leavesRest);
  const settle: Step = { kind: "control", action: "settle", names: [], origin: graph.origin };
  const inOrder = [...graph.nodes.values()].flatMap((node) => tasks.get(node) ?? []);
  return {
    region: (after, first = []) => {
      const last = hasRest ? [settle, ...after] : after;
      return { kind: "flow", before: [...first, ...before], tasks: inOrder, after: last };
    },
    renewed: controls.names,
    output: outputOf(graph, order, scope, certainty, ports, parts),
    scope,
    bindings: createScope({ ...base, nodes: new Map() }),
  };
}

/** Fields that a built-in component reads itself. */
const rawFields: Readonly<Record<Builtin, readonly string[]>> = {
  if: [],
  switch: ["cases"],
  multiChoice: ["cases"],
  merge: [],
  transform: ["schema"],
  wait: ["duration"],
  receive: ["channel", "schema", "transient"],
  pick: ["cases"],
  fail: [],
  cancel: ["nodes", "workflow"],
  complete: ["node"],
  terminate: [],
  forEach: ["as", "indexAs", "completion", "channel"],
  while: ["condition", "schema"],
  scope: [],
  stateMachine: ["start"],
  workflow: ["workflow", "inputSchema", "outputSchema"],
  http: ["responseSchema"],
};

interface LoweredTask extends LoweredNode {
  readonly tasks: readonly Task[];
}

/** What a node does by itself, wherever it stands. */
export interface LoweredNode {
  readonly steps: readonly Step[];
  readonly choice: Choice;
  readonly ways: NonNullable<Lowered["ways"]>;
  readonly inputs: Inputs;
  readonly values: Ports;
}

export interface NodeParts {
  readonly node: Node;
  readonly incoming: readonly Connection[];
  readonly scope: Scope;
  readonly certainty: Certainty;
  readonly controls: Controls;
  readonly ports: ReadonlyMap<Node, Ports>;
  readonly context: GraphContext;
}

export function lowerNode(parts: NodeParts): LoweredNode {
  const { node, incoming, scope, certainty, controls, ports, context } = parts;
  const implementation = node.component?.implementation;
  const raw = implementation?.kind === "builtin" ? rawFields[implementation.builtin] : [];
  const inputs = lowerInputs({ node, incoming, raw, scope, certainty, ports, context });
  const lowered = lowerComponent({ node, inputs, scope, certainty, controls, context });
  const guarded = { ...lowered, steps: withControls(node, lowered.steps, controls) };
  const { steps, choice, caught } = withFailures(node, guarded, certainty);
  const values = new Map([...lowered.ports, ...caught]);
  const { id, origin, comment } = node;
  const announced = announce([...firstSteps(node, controls), ...steps], { name: id, origin, comment });
  return { steps: announced, choice, ways: lowered.ways ?? [], inputs, values };
}

function lowerTask(parts: NodeParts): LoweredTask {
  const { node, incoming, certainty } = parts;
  const lowered = lowerNode(parts);
  const links = incoming.map((connection) => ({
    ...certainty.linkOf(connection),
    steps: lowered.inputs.carry(connection),
    origin: connection.origin,
  }));
  const task: Task = {
    id: node.key,
    ...(node.key !== node.id && { name: node.id }),
    origin: node.origin,
    steps: lowered.steps,
    choice: lowered.choice,
    incoming: links,
    join: node.join,
  };
  const tasks = [...gatedTasks(task, node), ...wayTasks(node, lowered.ways)];
  return { ...lowered, tasks };
}

function lowerComponent(parts: LowerParts): Lowered {
  const { component, body } = parts.node;
  if (component === null) return nothing;
  if (component.implementation.kind !== "builtin") return lowerCall(parts, component);
  const { builtin } = component.implementation;
  switch (builtin) {
    case "if":
      return lowerIf(parts);
    case "switch":
      return lowerSwitch(parts);
    case "multiChoice":
      return lowerMultiChoice(parts);
    case "pick":
      return lowerPick(parts);
    case "cancel":
      return lowerCancel(parts);
    case "complete":
      return lowerComplete(parts);
    case "terminate":
      return lowerTerminate(parts);
    case "merge":
      return lowerMerge(parts);
    case "transform":
      return lowerTransform(parts);
    case "wait":
      return lowerWait(parts);
    case "receive":
      return lowerReceive(parts);
    case "fail":
      return lowerFail(parts);
    case "workflow":
      return lowerWorkflow(parts, component);
    case "http":
      return lowerHttp(parts);
    case "forEach":
      return body === null ? nothing : lowerForEach(parts, body);
    case "while":
      return body === null ? nothing : lowerWhile(parts, body);
    case "scope":
      return body === null ? nothing : lowerScope(parts, body);
    case "stateMachine":
      return body === null ? nothing : lowerStateMachine(parts, body);
    default:
      return builtin satisfies never;
  }
}

/** What the graph gives: its `output`, or the value of the only node that nothing follows, or null. */
function outputOf(
  graph: Graph,
  order: Order,
  scope: Scope,
  certainty: Certainty,
  ports: ReadonlyMap<Node, Ports>,
  { node, context }: GraphParts,
): Expression {
  if (graph.output !== undefined) {
    const value = compileValue(graph.output, environmentOf(scope, null, node, context.findings));
    return value ?? invalidValue(originOf(graph.output, node));
  }
  const last = order.nodes.filter((one) => !order.outgoing.has(one));
  const [only] = last;
  const none: Expression = { kind: "literal", value: null, type: nullType, origin: graph.origin };
  if (only === undefined || last.length > 1) return none;
  const isCertain = certainty.doubt(only, "out", null) === "";
  return isCertain && only.outputs.includes("out") ? portValueAt(ports.get(only), "out", only.origin) : none;
}
