import { ALWAYS, NEVER } from "../ir/decision-diagram.ts";
import { type Guard, neededLinks } from "../ir/guards.ts";
import { type Condition, conditionOf, openOutcomes, testsOf } from "./flow-conditions.ts";
import { createFlatPlanner } from "./flow-flat.ts";
import type { FlowGraph, FlowNode } from "./flow-graph.ts";
import { type FlowModule, modulesOf } from "./flow-modules.ts";
import { flowOrder } from "./flow-order.ts";
import { classOf, extended, outcomesIn, type Partition, partitionBy } from "./flow-partition.ts";
import { type Arm, inSequence, type Plan, type PlannedBranch } from "./flow-planned.ts";

/** Deeper than this a flow is written flat: each condition by itself, without arms. */
const MAX_DEPTH = 16;
/** Rather than to ask for more outcomes than this, it is noted that the node was reached. */
const MAX_ASKED = 3;
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
export function planFlow(graph: FlowGraph, isRepeatable: (node: FlowNode) => boolean): Plan {
  const { nodes, guards } = graph;
  const order = flowOrder(graph);
  const { flat, branchGate, nameOf, inRank } = createFlatPlanner(graph, order);

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
    if (partition !== null) return planDivided(area, partition);
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
    return under.kind === "when" && !asksOnly(under.condition, partition) ? under : planArms(area, partition);
  }

  function asksOnly(condition: Condition, { decision }: Partition): boolean {
    return condition.kind === "chose" && graph.keyOf(condition.node.place) === decision;
  }

  /** Where all runs in one arm only, one later decision may stand for several that lead to it. */
  function planDivided(area: Area, partition: Partition): Plan {
    if (partition.classes.length > 1) return planArms(area, partition);
    const guard = conditionIn(area, area.members);
    const condition = conditionFor(area, guard);
    const isLater = condition?.kind === "chose" && !asksOnly(condition, partition);
    return isLater ? planWhere(area, guard, condition) : planArms(area, partition);
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
    const condition = conditionFor(area, guard);
    return condition === null ? flat(area.members) : planWhere(area, guard, condition);
  }

  function planWhere(area: Area, guard: Guard, condition: Condition): Plan {
    return { kind: "when", condition, then: plan(narrowed(area, guard)), skipped: area.members };
  }

  function conditionFor(area: Area, guard: Guard): Condition | null {
    const inside = new Set(area.members);
    const isDecided = (node: FlowNode): boolean => !inside.has(node.place);
    const asked = conditionOf(guard, area.context, graph, { isDecided, isRepeatable });
    const entry = asked !== null && testsOf(asked).length <= MAX_ASKED ? undefined : entryOf(area, guard, inside);
    return entry === undefined ? asked : { kind: "reached", node: entry };
  }

  /** The node that runs just where the guard holds, because one of the links to it was taken, which is decided before the area. */
  function entryOf(area: Area, guard: Guard, inside: ReadonlySet<number>): FlowNode | undefined {
    return area.members
      .filter((place) => guardIn(area, place) === guard)
      .flatMap((place) => nodes[place] ?? [])
      .find(({ isGate, waitsFor, task: { join, incoming } }) => {
        const isOpen = !isGate && waitsFor.every((place) => !inside.has(place) && nodes[place]?.isGate === false);
        return isOpen && incoming.length > 1 && neededLinks(join, incoming.length) === 1;
      });
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
