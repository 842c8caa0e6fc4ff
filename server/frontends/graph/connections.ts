import {
  checkFields,
  itemsOrReport,
  objectOrReport,
  type Place,
  replaceFix,
  shown,
  suggest,
  textField,
} from "../../components/fields.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import { originInside, originOf, type StringTree, type Tree } from "../../source/tree.ts";
import type { Node } from "./nodes.ts";

/** A connection between nodes that exist. */
export interface Connection {
  readonly from: Node;
  /** Null: it carries no data and is taken whenever `from` has succeeded. */
  readonly fromPort: string | null;
  readonly to: Node;
  /** Null: its data go nowhere. */
  readonly toPort: string | null;
  /** Whether the definition names the target port. Otherwise it is the default, which data need not go to. */
  readonly isPortNamed: boolean;
  readonly origin: Origin;
}

const maxConnections = 10_000;

export function readConnections(
  tree: Tree | undefined,
  nodes: ReadonlyMap<string, Node>,
  place: Place,
): readonly Connection[] {
  const items = itemsOrReport(tree, "connections", place);
  if (tree !== undefined && items.length > maxConnections) {
    const params = { what: "connections", count: String(items.length), limit: String(maxConnections) };
    place.findings.report("WF_VALIDATION_016", originOf(tree, place.node), params);
    return [];
  }
  return items.flatMap((item) => readConnection(item, nodes, place) ?? []);
}

function readConnection(item: Tree, nodes: ReadonlyMap<string, Node>, place: Place): Connection | null {
  const object = objectOrReport(item, "connections", place);
  if (object === null) return null;
  checkFields(object, "the connection", ["from", "to", "ui"], ["from", "to"], place);
  const from = readEnd(textField(object, "from", place), nodes, place);
  const to = readEnd(textField(object, "to", place), nodes, place);
  const fromPort = from && sourcePort(from, to, place);
  const toPort = to && targetPort(to, place);
  if (from === null || to === null || fromPort === undefined || toPort === undefined) return null;
  const known = from.node.component !== null && to.node.component !== null;
  if (known && fromPort === null && to.port !== null) {
    reportPort(from, "out", "output", outputPorts(from.node), place);
    return null;
  }
  const origin = originOf(object, to.node.id);
  return {
    from: from.node,
    fromPort,
    to: to.node,
    toPort: fromPort === null ? null : toPort,
    isPortNamed: to.port !== null,
    origin,
  };
}

/** One end: `node` or `node.port`. Ids have no dots; the names of errors, which are ports too, may have some. */
interface End {
  readonly node: Node;
  readonly port: string | null;
  readonly tree: StringTree;
}

function readEnd(tree: StringTree | null, nodes: ReadonlyMap<string, Node>, place: Place): End | null {
  if (tree === null) return null;
  const dot = tree.value.indexOf(".");
  const id = dot < 0 ? tree.value : tree.value.slice(0, dot);
  const node = nodes.get(id);
  if (node !== undefined) return { node, port: dot < 0 ? null : tree.value.slice(dot + 1), tree };
  const near = suggest(id, nodes.keys(), place);
  const fixes = near === "" ? [] : [replaceFix(tree, `${near}${tree.value.slice(id.length)}`)];
  const params = { node: shown(id), nearest: near };
  place.findings.report("WF_VALIDATION_006", originInside(tree, 0, id.length, place.node), params, { fixes });
  return null;
}

function outputPorts(node: Node): readonly string[] {
  return [...node.outputs, ...node.failures];
}

/** Undefined after reporting. */
function sourcePort(end: End, to: End | null, place: Place): string | null | undefined {
  const { node, port } = end;
  if (node.component === null) return port ?? (to?.port == null ? null : "out");
  if (port === null && node.outputs.includes("out")) return "out";
  if (port === null && !node.component.exclusive) return null;
  if (port !== null && outputPorts(node).includes(port)) return port;
  reportPort(end, port ?? "out", "output", outputPorts(node), place);
  return undefined;
}

function targetPort(end: End, place: Place): string | null | undefined {
  const { node, port } = end;
  const inputs = node.component?.inputs;
  if (inputs === undefined) return port;
  if (inputs.has(port ?? "in")) return port ?? "in";
  if (port === null) return null;
  reportPort(end, port, "input", [...inputs.keys()], place);
  return undefined;
}

/** Of very many ports, the first are enough to tell. */
const maxListed = 20;

function reportPort(
  { node, tree }: End,
  port: string,
  direction: "input" | "output",
  ports: readonly string[],
  place: Place,
): void {
  const near = suggest(port, ports, place);
  const fixes = near === "" ? [] : [replaceFix(tree, `${node.id}.${near}`)];
  const listed = ports
    .slice(0, maxListed)
    .map((name) => `\`${name}\``)
    .join(", ");
  const params = {
    port: shown(port),
    node: node.id,
    direction,
    ports: ports.length === 0 ? "none" : listed,
    nearest: near,
  };
  const start = Math.min(node.id.length + 1, tree.value.length);
  const origin =
    start < tree.value.length ? originInside(tree, start, tree.value.length, place.node) : originOf(tree, place.node);
  place.findings.report("WF_VALIDATION_007", origin, params, { fixes });
}
