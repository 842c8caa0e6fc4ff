import { type FlowGraph, type FlowNode, RUN, SKIP } from "./flow-graph.ts";
import type { FlowOrder } from "./flow-order.ts";
import { type Arm, type BranchGate, inSequence, type Plan, type PlannedBranch } from "./flow-planned.ts";

/** Plans nodes one by one: whether each runs is found from the links that were noted. */
export interface FlatPlanner {
  flat(members: readonly number[]): Plan;
  /** The gate that a branch begins with; null for others. `names`: of the branches, by the places of their nodes. */
  branchGate(start: FlowNode | undefined, names: ReadonlyMap<number, string>): BranchGate | null;
  /** The first of the nodes in the definition. */
  nameOf(members: readonly number[]): string;
  /** In the order of the definition. */
  inRank(branches: readonly PlannedBranch[]): readonly PlannedBranch[];
}

export function createFlatPlanner(graph: FlowGraph, order: FlowOrder): FlatPlanner {
  const { nodes } = graph;

  function flat(members: readonly number[]): Plan {
    const parts = graph.isOrdered ? order.series(members) : [members];
    return inSequence(parts.map((part) => (part.length === 1 ? inSequence(part.map(noted)) : flatFork(part))));
  }

  function noted(place: number): Plan {
    const node = nodes[place];
    if (node === undefined) return inSequence([]);
    if (node.isGate) return { kind: "run", node };
    const gate = gateOf(node);
    if (gate === null) return node.task.incoming.length === 0 ? { kind: "run", node } : { kind: "noted", node };
    const run: Arm = { outcomes: [RUN], plan: { kind: "run", node }, isIdle: false };
    const skip: Arm = { outcomes: [SKIP], plan: { kind: "skip", nodes: [place] }, isIdle: true };
    return { kind: "select", node: gate, arms: [run, skip], isCertain: true };
  }

  function flatFork(members: readonly number[]): Plan {
    const inside = new Set(members);
    const names = new Map(members.map((place) => [place, nodes[place]?.task.id ?? ""]));
    const branches = members.flatMap((place): PlannedBranch[] => {
      const node = nodes[place];
      if (node === undefined || (gateOf(node) !== null && inside.has(gateOf(node)?.place ?? -1))) return [];
      const own = node.isGate ? members.filter((other) => gateOf(nodes[other])?.place === place) : [];
      const after = order.direct(place, inside).flatMap((earlier) => names.get(earlier) ?? []);
      const plans = [place, ...own].map(noted);
      return [{ name: node.task.id, plan: inSequence(plans), after, gate: branchGate(node, names) }];
    });
    return { kind: "fork", branches: inRank(branches) };
  }

  function branchGate(start: FlowNode | undefined, names: ReadonlyMap<number, string>): BranchGate | null {
    if (start?.isGate !== true) return null;
    const watched = order.watched(start.place, new Set(names.keys()));
    return { node: start, watched: watched.map((place) => ({ place, name: names.get(place) ?? "" })) };
  }

  function gateOf(node: FlowNode | undefined): FlowNode | null {
    const [place] = node?.waitsFor ?? [];
    const gate = place === undefined ? undefined : nodes[place];
    return gate?.isGate === true && gate.task === node?.task ? gate : null;
  }

  function nameOf(members: readonly number[]): string {
    const ranked = members.flatMap((place) => nodes[place] ?? []).sort((a, b) => a.rank - b.rank);
    return ranked[0]?.task.id ?? "";
  }

  function inRank(branches: readonly PlannedBranch[]): readonly PlannedBranch[] {
    const rank = (branch: PlannedBranch): number => nodes[graph.placeOfTask(branch.name)]?.rank ?? 0;
    return branches.toSorted((a, b) => rank(a) - rank(b));
  }

  return { flat, branchGate, nameOf, inRank };
}
