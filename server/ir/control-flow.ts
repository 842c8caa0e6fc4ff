import type { Block, Jumps, Terminator } from "./program.ts";

/** A directed graph over the numbers 0 to size-1, with one entry. Several edges between two nodes are several entries. */
export interface Graph {
  readonly entry: number;
  readonly successors: readonly (readonly number[])[];
}

/** The blocks of a region as a graph: node `i` is `blocks[i]`. */
export interface BlockGraph extends Graph {
  readonly blocks: readonly Block[];
}

/** A strongly connected part, and the nodes by which control enters it: one where the graph is reducible there. */
export interface Loop {
  readonly entries: readonly number[];
  readonly members: readonly number[];
  /** The loop around it. */
  readonly parent: Loop | null;
  /** 1 for an outermost loop. */
  readonly depth: number;
}

export interface LoopForest {
  /** Outer loops come before the loops inside them. */
  readonly loops: readonly Loop[];
  /** The innermost loop that a node is a member of. */
  readonly loopOf: readonly (Loop | null)[];
}

/** The labels that a block may go to, in the order of its cases; one that occurs twice is listed twice. */
export function targetsOf(end: Terminator): string[] {
  switch (end.kind) {
    case "jump":
      return [end.to];
    case "branch":
      return [...end.cases.map((one) => one.to), end.otherwise];
    case "attempt":
      return [end.to, ...end.handlers.map((one) => one.to)];
    case "stop":
      return [];
    default:
      return end satisfies never;
  }
}

export function blockGraph(jumps: Jumps): BlockGraph {
  const blocks = [...jumps.blocks.values()];
  const indexOf = new Map(blocks.map((block, index) => [block.label, index]));
  const node = (label: string): number => {
    const index = indexOf.get(label);
    if (index === undefined) throw new Error(`No block has the label ${JSON.stringify(label)}`);
    return index;
  };
  return { entry: node(jumps.entry), blocks, successors: blocks.map((block) => targetsOf(block.end).map(node)) };
}

/** The nodes that can be reached, each before those it leads to, but for retreating edges. First successors come first. */
export function reversePostorder({ entry, successors }: Graph): number[] {
  const postorder: number[] = [];
  const seen = new Uint8Array(successors.length);
  const path = [{ node: entry, left: at(successors, entry).length }];
  seen[entry] = 1;
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    if (top.left === 0) {
      postorder.push(top.node);
      path.pop();
      continue;
    }
    top.left -= 1;
    const next = at(at(successors, top.node), top.left);
    if (seen[next] === 1) continue;
    seen[next] = 1;
    path.push({ node: next, left: at(successors, next).length });
  }
  return postorder.reverse();
}

/** The place of each node in `order`; -1 for the others. */
export function positions(order: readonly number[], size: number): Int32Array {
  const position = new Int32Array(size).fill(-1);
  order.forEach((node, index) => {
    position[node] = index;
  });
  return position;
}

/**
 * The immediate dominator of each node along edges that go forward in `order`, a reverse postorder; the entry's is the
 * entry, -1 for unreachable nodes. In a reducible graph these are its dominators, because retreating edges add nothing.
 * A node's dominator is the nearest common ancestor of its predecessors, found by skew-binary jumps (Myers, An
 * applicative random-access stack, 1983), so that the whole takes O(edges × log nodes).
 */
export function immediateDominators(graph: Graph, order: readonly number[]): Int32Array {
  const size = graph.successors.length;
  const position = positions(order, size);
  const dominator = new Int32Array(size).fill(-1);
  const jump = new Int32Array(size);
  const depth = new Int32Array(size);
  const nearest = (first: number, second: number): number => {
    let [deep, shallow] = at(depth, first) < at(depth, second) ? [second, first] : [first, second];
    while (at(depth, deep) > at(depth, shallow)) {
      deep = at(depth, at(jump, deep)) >= at(depth, shallow) ? at(jump, deep) : at(dominator, deep);
    }
    while (deep !== shallow) {
      const table = at(jump, deep) === at(jump, shallow) ? dominator : jump;
      [deep, shallow] = [at(table, deep), at(table, shallow)];
    }
    return deep;
  };
  const hang = (node: number, parent: number): void => {
    const far = at(jump, parent);
    depth[node] = at(depth, parent) + 1;
    jump[node] =
      at(depth, parent) - at(depth, far) === at(depth, far) - at(depth, at(jump, far)) ? at(jump, far) : parent;
  };
  dominator[graph.entry] = graph.entry;
  jump[graph.entry] = graph.entry;
  for (const node of order) {
    if (node !== graph.entry) hang(node, at(dominator, node));
    for (const next of at(graph.successors, node)) {
      if (at(position, next) <= at(position, node)) continue;
      dominator[next] = at(dominator, next) === -1 ? node : nearest(at(dominator, next), node);
    }
  }
  return dominator;
}

/**
 * The loops of a graph, one in another: strongly connected parts, then those that are left in each without the edges to
 * its entries (Havlak, Nesting of reducible and irreducible loops, 1997, in the form of Steensgaard's forest). Null where
 * they nest deeper than `maxDepth`. Takes O(edges × depth).
 */
export function loopForest(graph: Graph, maxDepth: number): LoopForest | null {
  const order = reversePostorder(graph);
  const predecessors = predecessorsOf(graph, order);
  const loopOf: (Loop | null)[] = graph.successors.map(() => null);
  const loops: Loop[] = [];
  const isEntry = new Uint8Array(graph.successors.length);
  const componentsOf = createComponentSearch(graph, isEntry);
  const partOf = new Int32Array(graph.successors.length);
  const pending: { nodes: readonly number[]; parent: Loop | null }[] = [{ nodes: order, parent: null }];
  for (const next of pending) {
    for (const members of componentsOf(next.nodes)) {
      const depth = (next.parent?.depth ?? 0) + 1;
      if (depth > maxDepth) return null;
      const part = loops.length + 1;
      for (const node of members) partOf[node] = part;
      const entered = (node: number): boolean =>
        node === graph.entry || at(predecessors, node).some((from) => partOf[from] !== part);
      const loop: Loop = { entries: members.filter(entered), members, parent: next.parent, depth };
      for (const node of members) loopOf[node] = loop;
      for (const node of loop.entries) isEntry[node] = 1;
      loops.push(loop);
      pending.push({ nodes: members, parent: loop });
    }
  }
  return { loops, loopOf };
}

function predecessorsOf(graph: Graph, order: readonly number[]): number[][] {
  const predecessors: number[][] = graph.successors.map(() => []);
  for (const node of order) for (const next of at(graph.successors, node)) at(predecessors, next).push(node);
  return predecessors;
}

/**
 * Finds the strongly connected parts of `nodes` that hold a cycle, leaving out edges to nodes that are `cut` (Tarjan,
 * Depth-first search and linear graph algorithms, 1972). Each lists its nodes in the order of `nodes`. A node may be in
 * several searches, one after the other; the tables are made once for all of them.
 */
function createComponentSearch(graph: Graph, cut: Uint8Array): (nodes: readonly number[]) => number[][] {
  const size = graph.successors.length;
  /** The number of the search that a node takes part in, its place in that search from 1, and the lowest place it reaches. */
  const search = new Int32Array(size);
  const index = new Int32Array(size);
  const low = new Int32Array(size);
  /** The last node of the part that a node belongs to; -1 as long as that is open. */
  const root = new Int32Array(size);
  let searches = 0;

  const visit = (start: number, first: number): number => {
    const open: number[] = [];
    const path: { node: number; next: number }[] = [];
    let place = first;
    const enter = (node: number): void => {
      index[node] = place;
      low[node] = place;
      root[node] = -1;
      place += 1;
      open.push(node);
      path.push({ node, next: 0 });
    };
    const lower = (node: number, to: number): void => {
      low[node] = Math.min(at(low, node), to);
    };
    const close = (top: number): void => {
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        root[node] = top;
        if (node === top) return;
      }
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      const next = at(graph.successors, node)[top.next];
      top.next += 1;
      if (next === undefined) {
        path.pop();
        if (low[node] === index[node]) close(node);
        const above = path.at(-1);
        if (above !== undefined) lower(above.node, at(low, node));
      } else if (search[next] === searches && cut[next] !== 1) {
        if (index[next] === 0) enter(next);
        else if (root[next] === -1) lower(node, at(index, next));
      }
    }
    return place;
  };

  return (nodes) => {
    searches += 1;
    for (const node of nodes) {
      search[node] = searches;
      index[node] = 0;
    }
    let place = 1;
    for (const node of nodes) if (index[node] === 0) place = visit(node, place);
    const parts = new Map<number, number[]>();
    for (const node of nodes) {
      const part = parts.get(at(root, node));
      if (part === undefined) parts.set(at(root, node), [node]);
      else part.push(node);
    }
    const isCyclic = ([only = -1, ...more]: readonly number[]): boolean =>
      more.length > 0 || (cut[only] !== 1 && at(graph.successors, only).includes(only));
    return [...parts.values()].filter(isCyclic);
  };
}

/** Whether every loop is entered by one node only (Hecht and Ullman, Flow graph reducibility, 1972). */
export function isReducible(graph: Graph): boolean {
  return loopForest(graph, Number.POSITIVE_INFINITY)?.loops.every((loop) => loop.entries.length === 1) ?? false;
}

/** What stands at an index that is known to be there. */
export function at<T>(list: { readonly [index: number]: T }, index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error(`No element at ${index}`);
  return value;
}
