import type { FlowGraph } from "./flow-graph.ts";
import type { FlowOrder } from "./flow-order.ts";

/** Members of a flow that start together and are waited for together, so that one branch of a fork can hold them. */
export interface FlowModule {
  readonly members: readonly number[];
  /** Indexes of the modules that it waits for. */
  readonly after: readonly number[];
}

/** A module while it grows. `parts` are what it was merged of, so that merging takes constant time. */
interface Growing {
  readonly parts: (number | Growing)[];
  before: Set<Growing>;
  after: Set<Growing>;
  /** Begins with a gate: it starts before what its gate watches is done. */
  readonly watches: boolean;
  /** A gate watches its last member, so that it must end with it. */
  watched: boolean;
}

/**
 * Merges members until none fit together: two that only follow each other, and those that have the same neighbours.
 * A series-parallel order would merge to a single module (Valdes, Tarjan and Lawler, The Recognition of Series Parallel
 * Digraphs, 1982); this is for the others.
 */
export function modulesOf(members: readonly number[], graph: FlowGraph, order: FlowOrder): readonly FlowModule[] {
  let modules = singles(members, graph, order);
  for (let count = Number.POSITIVE_INFINITY; modules.length < count; ) {
    count = modules.length;
    modules = mergeTwins(mergeChains(modules));
  }
  const indexes = new Map(modules.map((module, index) => [module, index]));
  return modules.map((module) => ({
    members: flatten(module),
    after: [...module.before].flatMap((other) => indexes.get(other) ?? []).sort((a, b) => a - b),
  }));
}

function singles(members: readonly number[], graph: FlowGraph, order: FlowOrder): readonly Growing[] {
  const inside = new Set(members);
  const gates = members.filter((place) => graph.nodes[place]?.isGate === true);
  const watched = new Set(gates.flatMap((gate) => order.watched(gate, inside)));
  const byPlace = new Map(
    members.map((place): [number, Growing] => {
      const watches = graph.nodes[place]?.isGate === true;
      return [place, { parts: [place], before: new Set(), after: new Set(), watches, watched: watched.has(place) }];
    }),
  );
  for (const [place, module] of byPlace) {
    for (const earlier of order.direct(place, inside)) {
      const other = byPlace.get(earlier);
      if (other === undefined) continue;
      module.before.add(other);
      other.after.add(module);
    }
  }
  return [...byPlace.values()];
}

function mergeChains(modules: readonly Growing[]): readonly Growing[] {
  const merged = new Set<Growing>();
  for (const module of modules) {
    if (merged.has(module)) continue;
    for (let next = onlyFollower(module); next !== null; next = onlyFollower(module)) {
      merged.add(next);
      module.parts.push(next);
      module.after = next.after;
      module.watched = next.watched;
      for (const follower of module.after) {
        follower.before.delete(next);
        follower.before.add(module);
      }
    }
  }
  return modules.filter((module) => !merged.has(module));
}

function onlyFollower(module: Growing): Growing | null {
  const [next] = module.after;
  if (next === undefined || module.after.size > 1 || module.watched) return null;
  return next.before.size === 1 && !next.watches ? next : null;
}

function mergeTwins(modules: readonly Growing[]): readonly Growing[] {
  const numbers = new Map(modules.map((module, index) => [module, index]));
  const neighbours = (set: ReadonlySet<Growing>): string =>
    [...set]
      .map((each) => numbers.get(each))
      .sort()
      .join();
  const groups = Map.groupBy(modules, (module) => {
    if (module.watches || module.watched) return `${numbers.get(module)}`;
    return `${neighbours(module.before)}|${neighbours(module.after)}`;
  });
  return [...groups.values()].flatMap((twins) => {
    const [first, ...others] = twins;
    if (first === undefined) return [];
    for (const twin of others) {
      first.parts.push(twin);
      for (const earlier of twin.before) earlier.after.delete(twin);
      for (const later of twin.after) later.before.delete(twin);
    }
    return [first];
  });
}

function flatten(module: Growing): readonly number[] {
  const places: number[] = [];
  const stack: (number | Growing)[] = [module];
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (typeof part === "number") places.push(part);
    else stack.push(...part.parts);
  }
  return places.sort((a, b) => a - b);
}
