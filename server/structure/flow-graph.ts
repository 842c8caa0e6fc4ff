import { NEVER } from "../ir/decision-diagram.ts";
import { type Guard, type GuardLink, type Guards, type GuardTask, guardsOf, neededLinks } from "../ir/guards.ts";
import type { Flow, Task } from "../ir/program.ts";
import { bitsOf, createBits, hasBit, intersectInto, setBit, uniteInto } from "./flow-bits.ts";
import { isInstant } from "./flow-steps.ts";

/**
 * A task of a flow, or the gate before one. A gate stands for the join of a task that may start while links to it are
 * still undecided: it chooses RUN or SKIP, and its task waits for the gate alone and runs where it chose RUN.
 */
export interface FlowNode {
  /** Its place in a topological order of the nodes that keeps to the order of the definition where it can. */
  readonly place: number;
  readonly task: Task;
  /** The place of the task in the definition. */
  readonly rank: number;
  readonly isGate: boolean;
  /** Without repetitions. */
  readonly outcomes: readonly string[];
  /** The nodes that must be done or skipped before it starts. */
  readonly waitsFor: readonly number[];
  /** Of a gate: the nodes that its links come from. */
  readonly watches: readonly number[];
  /** Takes no time: it can run before tasks that do, without holding them up. */
  readonly isInstant: boolean;
}

export interface FlowGraph {
  readonly nodes: readonly FlowNode[];
  readonly guards: Guards;
  /** When a node runs. */
  guard(place: number): Guard;
  /** Whether node `earlier` is certainly done or skipped when node `later` starts. */
  isBefore(earlier: number, later: number): boolean;
  /** All nodes before a node. */
  before(place: number): Uint32Array;
  /** The name of a node in the guards, and back. */
  keyOf(place: number): string;
  placeOf(key: string): number;
  /** -1 where no such task exists. */
  placeOfTask(id: string): number;
  /** False where there are too many nodes: `before` then knows nothing. */
  readonly isOrdered: boolean;
}

export const RUN = "run";
export const SKIP = "skip";

/** Above this the sets of earlier nodes would take more than 32 MiB. */
const MAX_ORDERED_NODES = 16_384;
/** Joins of more links than this keep their gate without a closer look. */
const MAX_COMPARED_LINKS = 8;

interface Draft {
  readonly key: string;
  readonly task: Task;
  readonly rank: number;
  readonly isGate: boolean;
  readonly outcomes: readonly string[];
  readonly waitsFor: readonly string[];
  readonly watches: readonly string[];
  readonly guard: Omit<GuardTask, "id" | "outcomes">;
}

export function flowGraph(flow: Flow): FlowGraph {
  const early = flow.tasks.filter(({ join, incoming }) => {
    return (join.kind === "first" || join.kind === "count") && neededLinks(join, incoming.length) < incoming.length;
  });
  const graph = graphWithGates(flow, new Set(early));
  const needed = early.filter(
    (task) => graph.guards.of(gateKey(task.id)) !== NEVER && !startsWithLastDecision(task, graph),
  );
  return needed.length === early.length ? graph : graphWithGates(flow, new Set(needed));
}

function graphWithGates(flow: Flow, gated: ReadonlySet<Task>): FlowGraph {
  const drafts = sorted(flow.tasks.flatMap((task, rank) => draftsOf(task, rank, gated.has(task))));
  const places = new Map(drafts.map((draft, place) => [draft.key, place]));
  const at = (keys: readonly string[]): number[] => [...new Set(keys.flatMap((key) => places.get(key) ?? []))];
  const nodes = drafts.map(({ task, rank, isGate, outcomes, waitsFor, watches }, place): FlowNode => {
    const instant = !isGate && task.steps.every(isInstant);
    return { place, task, rank, isGate, outcomes, waitsFor: at(waitsFor), watches: at(watches), isInstant: instant };
  });
  const isOrdered = nodes.length <= MAX_ORDERED_NODES;
  const before = isOrdered ? earlierNodes(nodes) : [];
  const none = createBits(nodes.length);
  const isBefore = (earlier: number, later: number): boolean => hasBit(before[later] ?? none, earlier);
  const guards = guardsOf(
    drafts.map(({ key, outcomes, isGate, guard }, place): GuardTask => {
      const knows = (other: string): boolean => isBefore(places.get(other) ?? -1, place);
      return { id: key, outcomes, ...guard, ...(isGate && { knows }) };
    }),
  );
  return {
    nodes,
    guards,
    guard: (place) => guards.of(drafts[place]?.key ?? ""),
    isBefore,
    before: (place) => before[place] ?? none,
    keyOf: (place) => drafts[place]?.key ?? "",
    placeOf: (key) => places.get(key) ?? -1,
    placeOfTask: (id) => places.get(taskKey(id)) ?? -1,
    isOrdered,
  };
}

const taskKey = (id: string): string => `task ${id}`;
const gateKey = (id: string): string => `gate ${id}`;

function draftsOf(task: Task, rank: number, isGated: boolean): readonly Draft[] {
  const { join } = task;
  const links = task.incoming.map((link): GuardLink => ({ from: taskKey(link.from), outcome: link.outcome }));
  const sources = links.map((link) => link.from);
  const own = { key: taskKey(task.id), task, rank, isGate: false, outcomes: outcomesOf(task), watches: [] };
  if (!isGated) return [{ ...own, waitsFor: sources, guard: { incoming: links, join } }];
  const key = gateKey(task.id);
  const passed: GuardTask["incoming"] = [{ from: key, outcome: RUN }];
  return [
    {
      key,
      task,
      rank,
      isGate: true,
      outcomes: [RUN, SKIP],
      waitsFor: [],
      watches: sources,
      guard: { incoming: links, join },
    },
    { ...own, waitsFor: [key], guard: { incoming: passed, join: { kind: "any" } } },
  ];
}

function outcomesOf({ choice }: Task): readonly string[] {
  switch (choice.kind) {
    case "all":
      return [];
    case "cases":
      return [...new Set([...choice.cases.map((each) => each.outcome), choice.otherwise])];
    case "failure":
      return [...new Set([choice.ok, ...choice.handlers.map((handler) => handler.outcome)])];
    default:
      return choice satisfies never;
  }
}

/** Each after all that it waits for or watches; otherwise in the order given. */
function sorted(drafts: readonly Draft[]): readonly Draft[] {
  const byKey = new Map(drafts.map((draft) => [draft.key, draft]));
  const order = new Set<Draft>();
  const entered = new Set<Draft>();
  const stack = drafts.toReversed();
  for (let draft = stack.pop(); draft !== undefined; draft = stack.pop()) {
    if (order.has(draft)) continue;
    if (entered.has(draft)) {
      order.add(draft);
      continue;
    }
    entered.add(draft);
    stack.push(draft);
    for (const key of [...draft.waitsFor, ...draft.watches].toReversed()) {
      const earlier = byKey.get(key);
      if (earlier !== undefined && !entered.has(earlier)) stack.push(earlier);
    }
  }
  return [...order];
}

function earlierNodes(nodes: readonly FlowNode[]): readonly Uint32Array[] {
  const before: Uint32Array[] = [];
  for (const node of nodes) {
    const bits = createBits(nodes.length);
    for (const earlier of node.waitsFor) {
      uniteInto(bits, before[earlier] ?? bits);
      setBit(bits, earlier);
    }
    // Whichever link comes first, what is before all of their sources is done by then.
    for (const [index, watched] of node.watches.entries()) {
      const upTo = (before[watched] ?? bits).slice();
      setBit(upTo, watched);
      if (index === 0) uniteInto(bits, upTo);
      else intersectInto(bits, upTo);
    }
    before.push(bits);
  }
  return before;
}

/**
 * Whether all links are decided as soon as one is taken, as where the branches of one decision meet: nobody can tell
 * then whether the task waits for the others. Holds where the links exclude each other, and all that is before one of
 * them and not before another is skipped where the other is taken.
 */
function startsWithLastDecision(task: Task, graph: FlowGraph): boolean {
  if (task.join.kind === "count" && task.join.count > 1) return false;
  if (task.incoming.length > MAX_COMPARED_LINKS || !graph.isOrdered) return false;
  const links = task.incoming.map((link) => {
    const from = graph.placeOfTask(link.from);
    return { from, taken: graph.guards.taken({ from: graph.keyOf(from), outcome: link.outcome }) };
  });
  return links.every((one) => links.every((other) => one === other || isDecidedBy(one.from, other, graph)));
}

function isDecidedBy(from: number, other: { from: number; taken: Guard }, graph: FlowGraph): boolean {
  if (from < 0 || other.from < 0) return false;
  if (!graph.guards.exclusive(graph.guards.taken({ from: graph.keyOf(from), outcome: null }), other.taken)) {
    if (from !== other.from && !graph.isBefore(from, other.from)) return false;
  }
  return bitsOf(graph.before(from)).every((earlier) => {
    if (earlier === other.from || graph.isBefore(earlier, other.from)) return true;
    return graph.nodes[earlier]?.isGate !== true && graph.guards.exclusive(graph.guard(earlier), other.taken);
  });
}
