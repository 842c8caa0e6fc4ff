import type { Findings } from "../../diagnostics/diagnostic.ts";
import type { Graph, Node } from "./nodes.ts";

/**
 * Errors that the components of this definition declare and that nothing takes: no connection from the node or from a
 * container around it, and no retry. Errors of built-in components are left out, since each request would have one.
 */
export function checkUnhandledErrors(graph: Graph, findings: Findings, handled: ReadonlySet<string> = new Set()): void {
  const ports = connectedPorts(graph);
  for (const node of graph.nodes.values()) {
    const own = ports.get(node) ?? new Set<string>();
    if (node.body !== null)
      checkUnhandledErrors(node.body, findings, new Set([...handled, ...own, ...retriedBy(node)]));
    const isKnown = (name: string): boolean =>
      [own, handled, retriedBy(node)].some((names) => names.has("error") || names.has(name));
    const errors = node.component?.implementation.kind === "builtin" ? [] : (node.component?.errors ?? []);
    const left = errors.filter((name) => !isKnown(name)).map((name) => `\`${name}\``);
    if (left.length === 0) continue;
    const shown = left.length > maxShown ? [...left.slice(0, maxShown), "…"] : left;
    findings.report("WF_CHECK_008", node.origin, { node: node.id, errors: shown.join(", ") });
  }
}

const maxShown = 10;

function connectedPorts({ connections }: Graph): ReadonlyMap<Node, ReadonlySet<string>> {
  const ports = new Map<Node, Set<string>>();
  for (const { from, fromPort } of connections) {
    if (fromPort === null) continue;
    const known = ports.get(from);
    if (known === undefined) ports.set(from, new Set([fromPort]));
    else known.add(fromPort);
  }
  return ports;
}

/** The errors after which a node is tried again; `error` stands for all. */
function retriedBy({ object, retry }: Node): ReadonlySet<string> {
  if (retry.length === 0) return new Set();
  const list = (field: string): readonly string[] | null => {
    const names = object.byKey.get("retry")?.value;
    const tree = names?.kind === "object" ? names.byKey.get(field)?.value : undefined;
    return tree?.kind === "array" ? tree.items.flatMap((item) => (item.kind === "string" ? [item.value] : [])) : null;
  };
  // What `notOn` names is excluded on purpose: the author knows of it.
  return new Set([...(list("on") ?? ["error"]), ...(list("notOn") ?? [])]);
}
