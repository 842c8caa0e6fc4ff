import { ALWAYS, NEVER } from "../ir/decision-diagram.ts";
import type { Guard } from "../ir/guards.ts";
import { type Condition, conditionOf, openOutcomes } from "./flow-conditions.ts";
import { type FlowGraph, type FlowNode, RUN, SKIP } from "./flow-graph.ts";
import { type FlowModule, modulesOf } from "./flow-modules.ts";
import { flowOrder } from "./flow-order.ts";
import { classOf, extended, outcomesIn, type Partition, partitionBy } from "./flow-partition.ts";

/** Which statements a flow becomes, before they are written out. */
export type Plan =
  | { readonly kind: "sequence"; readonly plans: readonly Plan[] }
  | { readonly kind: "run"; readonly node: FlowNode }
  /** Nodes, by place. */
  | { readonly kind: "skip"; readonly nodes: readonly number[] }
  | Select
  /** `then` where the condition holds, else the nodes are skipped. */
  | { readonly kind: "when"; readonly condition: Condition; readonly then: Plan; readonly skipped: readonly number[] }
  /** Runs the node where the links to it, as they were noted when taken, let it run; else skips it. */
  | { readonly kind: "noted"; readonly node: FlowNode }
  | { readonly kind: "fork"; readonly branches: readonly PlannedBranch[] };

/** By the outcome of a node that has run. The arms exclude each other and cover every outcome that is still possible. */
export interface Select {
  readonly kind: "select";
  readonly node: FlowNode;
  readonly arms: readonly Arm[];
  /** Whether the node is certain to have run. */
  readonly isCertain: boolean;
}

export interface Arm {
  readonly outcomes: readonly string[];
  readonly plan: Plan;
  /** Whether it only skips. */
  readonly isIdle: boolean;
}

export interface PlannedBranch {
  readonly name: string;
  readonly plan: Plan;
  readonly after: readonly string[];
  readonly gate: BranchGate | null;
}

/** The gate that a branch begins with. */
interface BranchGate {
  readonly node: FlowNode;
  /** The branches at whose ends links to it are decided, and the node at the end of each. */
  readonly watched: readonly { readonly place: number; readonly name: string }[];
}

/** Deeper than this a flow is written flat: each condition by itself, without arms. */
const MAX_DEPTH = 16;
/** Each arm names what it skips; above this many names (arms times nodes) a decision is written flat as well. */
const MAX_SKIPPED = 10_000;

/** Nodes to place in one area of the program, in topological order. What is before them and not among them is done. */
interface Area {
  readonly members: readonly number[];
  /** What is left to know of the guard of each. */
  readonly guards: ReadonlyMap<number, Guard>;
  /** What is known where the area stands. */
  readonly context: Guard;
  readonly depth: number;
}

/** Parts of an area that go together: under outcomes of one decision (`partition`), or under one condition. */
interface Group {
  readonly members: number[];
  partition: Partition | null;
  readonly condition: Guard;
}

/**
 * Divides the nodes from the outside in: by a decision that is already made, then in series, then in parallel. What is
 * left and cannot be divided becomes a fork whose branches wait for each other. Each node starts when the definition
 * of the flow says, and not later.
 */
export function planFlow(graph: FlowGraph): Plan {
  const { nodes, guards } = graph;
  const order = flowOrder(graph);

  function plan(area: Area): Plan {
    const never = area.members.filter((place) => guardIn(area, place) === NEVER);
    if (never.length === 0) return planLive(area);
    const live = new Set(area.members.filter((place) => guardIn(area, place) !== NEVER));
    // A gate that will not open still holds up what follows it, until all is decided that it watches.
    const closed = order.without(never, () => {
      return never.filter((place) => {
        const isWaiting = nodes[place]?.isGate === true && order.watched(place, live).length > 0;
        if (isWaiting) live.add(place);
        return isWaiting;
      });
    });
    const skipped = never.filter((place) => !live.has(place));
    const members = area.members.filter((place) => live.has(place));
    const known = new Map([...area.guards, ...closed.map((place) => [place, ALWAYS] as const)]);
    const rest = order.without(skipped, () =>
      planLive({ ...area, members, guards: closed.length === 0 ? area.guards : known }),
    );
    return inSequence([{ kind: "skip", nodes: skipped }, rest]);
  }

  function planLive(area: Area): Plan {
    if (area.members.length === 0) return inSequence([]);
    if (area.depth > MAX_DEPTH) return flat(area.members);
    const partition = partitionIn(area, area.members);
    const [only] = area.members;
    if (area.members.length === 1 && only !== undefined) return planSingle(area, only, partition);
    if (partition !== null) return planArms(area, partition);
    const series = order.series(area.members);
    if (series.length > 1) return planGroups(area, inRows(area, series), "sequence");
    const parallel = order.parallel(area.members);
    if (parallel.length > 1) return planGroups(area, inHeaps(area, parallel), "fork");
    return planModules(area, modulesOf(area.members, graph, order));
  }

  function planSingle(area: Area, place: number, partition: Partition | null): Plan {
    const node = nodes[place];
    if (node === undefined) return inSequence([]);
    const guard = guardIn(area, place);
    if (guard === ALWAYS) return { kind: "run", node };
    if (partition === null) return planUnder(area, guard);
    // Several tests in a row read better as one condition than as arms in arms.
    const under = planUnder(area, guard);
    return under.kind === "when" && under.condition.kind !== "chose" ? under : planArms(area, partition);
  }

  function planArms(area: Area, partition: Partition): Plan {
    const node = nodes[graph.placeOf(partition.decision)];
    const names = partition.classes.length * area.members.length;
    if (node === undefined || names > MAX_SKIPPED) return flat(area.members);
    const idle = partition.classes.reduce((rest, each) => rest & ~each, partition.open);
    const classes = new Map(area.members.map((place) => [place, classOf(partition, guardIn(area, place), guards)]));
    const arms = partition.classes.map((mask, index): Arm => {
      const outcomes = outcomesIn(mask, node.outcomes);
      const inner = narrowed(
        area,
        guards.chooses(partition.decision, outcomes),
        (place) => classes.get(place) === index,
      );
      return { outcomes, plan: plan(inner), isIdle: false };
    });
    arms.sort((a, b) => firstIndex(a, node) - firstIndex(b, node));
    if (idle !== 0n) {
      arms.push({
        outcomes: outcomesIn(idle, node.outcomes),
        plan: { kind: "skip", nodes: area.members },
        isIdle: true,
      });
    }
    return { kind: "select", node, arms, isCertain: guards.implies(area.context, graph.guard(node.place)) };
  }

  /** All of the area under one condition. */
  function planUnder(area: Area, guard: Guard): Plan {
    const inside = new Set(area.members);
    const condition = conditionOf(guard, area.context, graph, (node) => !inside.has(node.place));
    if (condition === null) return flat(area.members);
    return { kind: "when", condition, then: plan(narrowed(area, guard)), skipped: area.members };
  }

  /** One after the other, or at the same time. */
  function planGroups(area: Area, groups: readonly Group[], kind: "sequence" | "fork"): Plan {
    const [only] = groups;
    if (groups.length === 1 && only !== undefined) return planUnder(area, only.condition);
    const depth = kind === "fork" ? area.depth + 1 : area.depth;
    const branches = groups.map((group): PlannedBranch => {
      const members = group.members.sort((a, b) => a - b);
      return { name: nameOf(members), plan: plan({ ...area, members, depth }), after: [], gate: null };
    });
    return kind === "fork" ? { kind, branches: inRank(branches) } : inSequence(branches.map((branch) => branch.plan));
  }

  /** Consecutive parts that go together. */
  function inRows(area: Area, parts: readonly (readonly number[])[]): readonly Group[] {
    const groups: Group[] = [];
    for (const part of parts) {
      const last = groups.at(-1);
      if (last === undefined || !joins(area, last, part)) groups.push(groupOf(area, part));
    }
    return groups;
  }

  /** Parts that go together, in any order. */
  function inHeaps(area: Area, parts: readonly (readonly number[])[]): readonly Group[] {
    const groups: Group[] = [];
    const open = new Map<string, Group>();
    for (const part of parts) {
      const next = groupOf(area, part);
      const key = next.partition === null ? `${next.condition}` : `by ${next.partition.decision}`;
      const known = open.get(key);
      if (known !== undefined && joins(area, known, part)) continue;
      groups.push(next);
      if (known === undefined) open.set(key, next);
    }
    return groups;
  }

  function groupOf(area: Area, part: readonly number[]): Group {
    const partition = partitionIn(area, part);
    return { members: [...part], partition, condition: partition === null ? conditionIn(area, part) : ALWAYS };
  }

  function joins(area: Area, group: Group, part: readonly number[]): boolean {
    if (group.partition !== null) {
      const wider = extended(group.partition, guardsIn(area, part), guards);
      if (wider === null) return false;
      group.partition = wider;
    } else {
      if (group.condition === ALWAYS || !guards.implies(conditionIn(area, part), group.condition)) return false;
    }
    group.members.push(...part);
    return true;
  }

  function partitionIn(area: Area, part: readonly number[]): Partition | null {
    const inside = new Set(part);
    return partitionBy(guardsIn(area, part), guards, (decision) => {
      const node = nodes[graph.placeOf(decision)];
      if (node === undefined || inside.has(node.place)) return 0n;
      const open = new Set(openOutcomes(node, area.context, graph));
      return node.outcomes.reduce(
        (mask, outcome, index) => (open.has(outcome) ? mask | (1n << BigInt(index)) : mask),
        0n,
      );
    });
  }

  /** The condition under which anything of the part runs. */
  function conditionIn(area: Area, part: readonly number[]): Guard {
    let any: Guard = NEVER;
    for (const place of part) {
      any = guards.or(any, guardIn(area, place));
      if (any === ALWAYS) break;
    }
    return any;
  }

  function planModules(area: Area, modules: readonly FlowModule[]): Plan {
    if (modules.length === 1) return flat(area.members);
    const starts = modules.filter(
      ({ after, members }) => after.length === 0 && nodes[members[0] ?? -1]?.isGate !== true,
    );
    const [first, ...others] = new Set(starts.map((module) => conditionIn(area, module.members)));
    if (first !== undefined && others.length === 0 && first !== ALWAYS) {
      const all = conditionIn(area, area.members);
      if (all === first) return planUnder(area, first);
    }
    const names = modules.map(({ members }) => nameOf(members));
    const nameAt = new Map(
      modules.flatMap(({ members }, index) => members.map((place) => [place, names[index] ?? ""])),
    );
    const branches = modules.map(({ members, after }, index): PlannedBranch => {
      const start = nodes[members[0] ?? -1];
      const planned = plan({ ...area, members, depth: area.depth + 1 });
      const before = after.flatMap((other) => names[other] ?? []);
      return { name: names[index] ?? "", plan: planned, after: before, gate: branchGate(start, nameAt) };
    });
    return { kind: "fork", branches: inRank(branches) };
  }

  /** Without arms: what runs is found from the links that were noted. */
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

  /** In the order of the definition. */
  function inRank(branches: readonly PlannedBranch[]): readonly PlannedBranch[] {
    const rank = (branch: PlannedBranch): number => nodes[graph.placeOfTask(branch.name)]?.rank ?? 0;
    return branches.toSorted((a, b) => rank(a) - rank(b));
  }

  const guardIn = (area: Area, place: number): Guard => area.guards.get(place) ?? NEVER;
  const guardsIn = (area: Area, places: readonly number[]): readonly Guard[] =>
    places.map((place) => guardIn(area, place));

  /** The area where a guard is known to hold. Nodes without `canRun` never run there. */
  function narrowed(area: Area, guard: Guard, canRun: (place: number) => boolean = () => true): Area {
    const context = guards.and(area.context, guard);
    const left = new Map(
      area.members.map((place) => [place, canRun(place) ? guards.given(guardIn(area, place), context) : NEVER]),
    );
    return { members: area.members, guards: left, context, depth: area.depth + 1 };
  }

  const members = nodes.map((node) => node.place);
  if (!guards.exact || !graph.isOrdered) return flat(members);
  return plan({ members, guards: new Map(members.map((m) => [m, graph.guard(m)])), context: ALWAYS, depth: 0 });
}

function firstIndex(arm: Arm, node: FlowNode): number {
  return node.outcomes.indexOf(arm.outcomes[0] ?? "");
}

function inSequence(plans: readonly Plan[]): Plan {
  const flattened = plans.flatMap((each) => (each.kind === "sequence" ? each.plans : [each]));
  const [only] = flattened;
  return flattened.length === 1 && only !== undefined ? only : { kind: "sequence", plans: flattened };
}
