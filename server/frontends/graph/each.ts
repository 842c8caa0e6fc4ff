import type { Findings } from "../../diagnostics/diagnostic.ts";
import type { Connection } from "./connections.ts";
import type { Graph, Node } from "./nodes.ts";

/** Each stands in the module by itself. */
const maxRuns = 100;

/**
 * Multi-merge: a node with `join: each` becomes a node for each connection to it, and what follows it follows each of
 * them. Those after it that are `each` too multiply again.
 */
export function expandEach(graph: Graph, findings: Findings): Graph {
  const left = new Set([...graph.nodes.values()].filter((node) => node.isEach));
  if (left.size === 0) return graph;
  let { connections } = graph;
  const runs = new Map<Node, readonly Node[]>();
  for (let node = nextOf(left, connections); node !== null; node = nextOf(left, connections)) {
    left.delete(node);
    const own = node;
    const incoming = connections.filter(({ to }) => to === own);
    if (incoming.length > maxRuns) {
      const params = { what: `runs of \`${own.id}\``, count: String(incoming.length), limit: String(maxRuns) };
      findings.report("WF_VALIDATION_016", own.origin, params);
      continue;
    }
    const clones = incoming.map((_, index): Node => ({ ...own, key: `${own.id} ${index + 1}`, isEach: false }));
    if (clones.length === 0) continue;
    runs.set(own, clones);
    connections = connections.flatMap((connection): readonly Connection[] => {
      const index = incoming.indexOf(connection);
      const to = clones[index];
      if (to !== undefined) return [{ ...connection, to }];
      return connection.from === own ? clones.map((from) => ({ ...connection, from })) : [connection];
    });
  }
  const nodes = [...graph.nodes.values()].flatMap((node) => runs.get(node) ?? [node]);
  return { ...graph, nodes: new Map(nodes.map((node) => [node.key, node])), connections };
}

/** One that no other of them leads to; null where they are in a circle, which is reported elsewhere. */
function nextOf(left: ReadonlySet<Node>, connections: readonly Connection[]): Node | null {
  const waiting = new Set(connections.flatMap(({ from, to }) => (left.has(from) ? [to] : [])));
  return [...left].find((node) => !waiting.has(node)) ?? null;
}
