import type { Findings } from "../../diagnostics/diagnostic.ts";
import type { Connection } from "./connections.ts";
import type { Graph, Node } from "./nodes.ts";

/** The nodes of a graph, each after those that it is connected from. */
export interface Order {
  readonly nodes: readonly Node[];
  /** Without the connections that close a circle, which were reported. */
  readonly incoming: ReadonlyMap<Node, readonly Connection[]>;
  readonly outgoing: ReadonlyMap<Node, readonly Connection[]>;
  readonly isCyclic: boolean;
}

interface Visit {
  readonly node: Node;
  /** The connections still to follow, the next one last. */
  readonly left: Connection[];
}

export function orderOf(graph: Graph, findings: Findings): Order {
  const all = connectionsBy(graph.connections, (connection) => connection.from);
  const closing = new Set<Connection>();
  const done = new Set<Node>();
  const postorder: Node[] = [];
  for (const start of graph.nodes.values()) {
    if (!done.has(start)) search(start, all, closing, done, postorder, findings);
  }
  const kept = graph.connections.filter((connection) => !closing.has(connection));
  return {
    nodes: postorder.toReversed(),
    incoming: connectionsBy(kept, (connection) => connection.to),
    outgoing: connectionsBy(kept, (connection) => connection.from),
    isCyclic: closing.size > 0,
  };
}

/** Depth-first, with a stack of its own: a path may be as long as the document. Each connection back to the path closes a circle. */
function search(
  start: Node,
  all: ReadonlyMap<Node, readonly Connection[]>,
  closing: Set<Connection>,
  done: Set<Node>,
  postorder: Node[],
  findings: Findings,
): void {
  const visit = (node: Node): Visit => ({ node, left: (all.get(node) ?? []).toReversed() });
  const path: Visit[] = [visit(start)];
  const depths = new Map([[start, 0]]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const connection = top.left.pop();
    if (connection === undefined) {
      path.pop();
      depths.delete(top.node);
      done.add(top.node);
      postorder.push(top.node);
      continue;
    }
    const depth = depths.get(connection.to);
    if (depth !== undefined) {
      closing.add(connection);
      reportCircle(path.slice(depth), connection, findings);
    } else if (!done.has(connection.to)) {
      depths.set(connection.to, path.length);
      path.push(visit(connection.to));
    }
  }
}

/** With two joins `all` in it each waits for the other, which is a deadlock; any other circle was meant as a loop. */
function reportCircle(circle: readonly Visit[], closing: Connection, findings: Findings): void {
  const ids = circle.map(({ node }) => node.id);
  const path = showCircle([...ids, closing.to.id]);
  const joins = circle.filter(({ node }) => node.join.kind === "all").map(({ node }) => node.id);
  if (joins.length < 2) findings.report("WF_VALIDATION_003", closing.origin, { path });
  else findings.report("WF_CHECK_001", closing.origin, { joins: showNames(joins), path });
}

const maxNamed = 5;

function showNames(ids: readonly string[]): string {
  const names = ids.slice(0, maxNamed).map((id) => `\`${id}\``);
  return ids.length > maxNamed ? `${names.join(", ")}, …` : names.join(" and ");
}

/** Of a long circle both ends tell enough. */
const maxShown = 12;

function showCircle(ids: readonly string[]): string {
  const shown = ids.length <= maxShown ? ids : [...ids.slice(0, maxShown - 2), "…", ...ids.slice(-2)];
  return shown.join(" → ");
}

function connectionsBy(
  connections: readonly Connection[],
  key: (connection: Connection) => Node,
): ReadonlyMap<Node, readonly Connection[]> {
  const map = new Map<Node, Connection[]>();
  for (const connection of connections) {
    const list = map.get(key(connection));
    if (list === undefined) map.set(key(connection), [connection]);
    else list.push(connection);
  }
  return map;
}
