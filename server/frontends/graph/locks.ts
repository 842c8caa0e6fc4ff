import type { Findings } from "../../diagnostics/diagnostic.ts";
import { originOf, type StringTree } from "../../source/tree.ts";
import type { Graph } from "./nodes.ts";

/**
 * Finds locks that nodes would wait for for ever: one that the container around holds already, and locks that are taken
 * inside of each other in both orders.
 */
export function checkLocks(graph: Graph, findings: Findings): void {
  const inside = new Map<string, Set<string>>();
  walk(graph, [], (held, { lock, node }) => {
    for (const outer of held) {
      const isHeld = outer === lock.value;
      if (isHeld || reaches(inside, lock.value, outer)) {
        const why = isHeld ? "a container around it holds it" : `\`${outer}\`, held here, is also taken inside of it`;
        findings.report("WF_VALIDATION_017", originOf(lock, node), { lock: lock.value, node, why });
        return;
      }
    }
    for (const outer of held) inside.set(outer, new Set([...(inside.get(outer) ?? []), lock.value]));
  });
}

interface Taken {
  readonly lock: StringTree;
  readonly node: string;
}

function walk(graph: Graph, held: readonly string[], found: (held: readonly string[], taken: Taken) => void): void {
  for (const { id, lock, body } of graph.nodes.values()) {
    if (lock !== null) found(held, { lock, node: id });
    if (body !== null) walk(body, lock === null ? held : [...held, lock.value], found);
  }
}

/** Whether a lock is taken inside of another, directly or through others. */
function reaches(inside: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const lock of seen) for (const inner of inside.get(lock) ?? []) seen.add(inner);
  return from !== to && seen.has(to);
}
