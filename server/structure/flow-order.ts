import { createBits, hasBit, intersects, setBit } from "./flow-bits.ts";
import type { FlowGraph } from "./flow-graph.ts";

/**
 * The order that the nodes of a flow must keep, seen on some of them: `members` are places in topological order. Nodes
 * that are known to be skipped take no time, but what follows them waits for what is before them, so that the order
 * reaches through them: `isGone` names those. All other nodes are done before any of the members, or after.
 */
export interface FlowOrder {
  /** Puts nodes that are known to be skipped out of sight while `body` runs. */
  without<T>(places: readonly number[], body: () => T): T;
  /** Consecutive parts, as many as there can be, each of which waits for all of the one before and holds up all of the next. */
  series(members: readonly number[]): readonly (readonly number[])[];
  /** Parts without any order between them. */
  parallel(members: readonly number[]): readonly (readonly number[])[];
  /** The members that a member waits for directly: none of them is before another. */
  direct(member: number, members: ReadonlySet<number>): readonly number[];
  /** The members at whose end the last of the links to a gate is decided. */
  watched(gate: number, members: ReadonlySet<number>): readonly number[];
}

export function flowOrder(graph: FlowGraph): FlowOrder {
  const { nodes } = graph;
  const gone = new Uint8Array(nodes.length);
  const indexes = new Int32Array(nodes.length);

  function without<T>(places: readonly number[], body: () => T): T {
    for (const place of places) gone[place] = (gone[place] ?? 0) + 1;
    const result = body();
    for (const place of places) gone[place] = (gone[place] ?? 0) - 1;
    return result;
  }

  /** Members that take no time and wait for no others run first, one after the other: they hold up nothing. */
  function takeInstant(members: readonly number[]): readonly number[] {
    const others = createBits(nodes.length);
    const watched = new Set(watchedIn(members).flatMap(([, places]) => places));
    return members.filter((place) => {
      const isFree = nodes[place]?.isInstant === true && !watched.has(place);
      const first = isFree && !intersects(graph.before(place), others);
      if (!first) setBit(others, place);
      return first;
    });
  }

  function watchedIn(members: readonly number[]): readonly (readonly [gate: number, places: readonly number[]])[] {
    const gates = members.filter((place) => nodes[place]?.isGate === true);
    if (gates.length === 0) return [];
    const inside = new Set(members);
    return gates.map((gate) => [gate, watched(gate, inside)]);
  }

  function series(members: readonly number[]): readonly (readonly number[])[] {
    const instant = takeInstant(members);
    if (instant.length === 0) return cut(members);
    const taken = new Set(instant);
    const rest = members.filter((place) => !taken.has(place));
    return [...instant.map((place) => [place]), ...cut(rest)];
  }

  function cut(members: readonly number[]): readonly (readonly number[])[] {
    for (const [index, place] of members.entries()) indexes[place] = index;
    const indexIn = (place: number): number => {
      const index = indexes[place] ?? 0;
      return members[index] === place ? index : -1;
    };
    // How many members from the first on are all before this one: it can be cut from them, and from no more.
    const watches = new Map(watchedIn(members));
    const prefixes: number[] = [];
    for (const place of members) {
      const node = nodes[place];
      let prefix = 0;
      for (const earlier of node?.waitsFor ?? []) {
        const index = indexIn(earlier);
        if (index >= 0) prefix = Math.max(prefix, prefixes[index] ?? 0);
      }
      const before = graph.before(place);
      while (prefix < prefixes.length && hasBit(before, members[prefix] ?? -1)) prefix += 1;
      for (const earlier of watches.get(place) ?? []) prefix = Math.min(prefix, indexIn(earlier));
      prefixes.push(prefix);
    }
    return split(members, prefixes);
  }

  function parallel(members: readonly number[]): readonly (readonly number[])[] {
    const linked = new Set(members);
    for (const place of goneBefore(members)) {
      if (nodes[place]?.waitsFor.some((earlier) => linked.has(earlier)) === true) linked.add(place);
    }
    const parents = new Map([...linked].map((place) => [place, place]));
    const root = (place: number): number => {
      let at = place;
      for (let up = parents.get(at) ?? at; up !== at; up = parents.get(at) ?? at) {
        parents.set(at, parents.get(up) ?? up);
        at = up;
      }
      return at;
    };
    for (const place of linked) {
      for (const earlier of nodes[place]?.waitsFor ?? []) {
        if (linked.has(earlier)) parents.set(root(earlier), root(place));
      }
    }
    for (const [gate, places] of watchedIn(members)) {
      for (const place of places) parents.set(root(place), root(gate));
    }
    return [...Map.groupBy(members, root).values()];
  }

  /** The nodes out of sight that members wait for, directly or through one another. */
  function goneBefore(members: readonly number[]): readonly number[] {
    const seen = new Set(members);
    for (const place of seen) {
      for (const earlier of nodes[place]?.waitsFor ?? []) {
        if (gone[earlier] !== 0) seen.add(earlier);
      }
    }
    return [...seen].slice(members.length).sort((a, b) => a - b);
  }

  /** The members reached from some nodes, directly or through nodes out of sight. */
  function reached(from: readonly number[], members: ReadonlySet<number>): readonly number[] {
    const seen = new Set(from.filter((place) => members.has(place) || gone[place] !== 0));
    const found: number[] = [];
    for (const place of seen) {
      if (members.has(place)) found.push(place);
      else
        for (const earlier of nodes[place]?.waitsFor ?? [])
          if (members.has(earlier) || gone[earlier] !== 0) seen.add(earlier);
    }
    return found;
  }

  function direct(member: number, members: ReadonlySet<number>): readonly number[] {
    const found = reached(nodes[member]?.waitsFor ?? [], members);
    return found.filter((one) => !found.some((other) => graph.isBefore(one, other))).sort((a, b) => a - b);
  }

  function watched(gate: number, members: ReadonlySet<number>): readonly number[] {
    return reached(nodes[gate]?.watches ?? [], members);
  }

  return { without, series, parallel, direct, watched };
}

function split(members: readonly number[], prefixes: readonly number[]): readonly (readonly number[])[] {
  const parts: (readonly number[])[] = [];
  let end = members.length;
  let least = Number.POSITIVE_INFINITY;
  for (let start = members.length - 1; start >= 0; start -= 1) {
    least = Math.min(least, prefixes[start] ?? 0);
    if (least < start) continue;
    parts.push(members.slice(start, end));
    end = start;
  }
  return parts.reverse();
}
