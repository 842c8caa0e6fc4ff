import {
  at,
  type BlockGraph,
  immediateDominators,
  type Loop,
  type LoopForest,
  positions,
  reversePostorder,
} from "../ir/control-flow.ts";
import type { Block } from "../ir/program.ts";
import { isSmall } from "./code.ts";

/** Where each block of a reducible graph stands among nested steps. */
export interface Plan {
  /** The blocks that can be reached, in reverse postorder. */
  readonly order: readonly number[];
  isBackward(from: number, to: number): boolean;
  /** Whether a block stands where the only jump to it was. */
  isInline(node: number): boolean;
  /** The blocks that follow a labelled block around the steps of this one, the first of them innermost. */
  within(node: number): readonly number[];
  /** The same for those that follow the loop that this block is the header of. */
  after(node: number): readonly number[];
}

export function createPlan(graph: BlockGraph, forest: LoopForest): Plan {
  const order = reversePostorder(graph);
  const position = positions(order, graph.blocks.length);
  const dominator = immediateDominators(graph, order);
  const isBackward = (from: number, to: number): boolean => at(position, to) <= at(position, from);
  const entered = countForwardEdges(graph, order, isBackward);
  const exited = (node: number): Loop | null => exitedLoop(forest, at(dominator, node), node);
  const isMerge = (node: number): boolean => at(entered, node) > 1;
  const hoisted = chooseExits(graph, order, dominator, { exited, isMerge });
  const within: number[][] = graph.blocks.map(() => []);
  const after: number[][] = graph.blocks.map(() => []);
  for (const node of order) {
    if (!isMerge(node) && !hoisted.has(node)) continue;
    const loop = exited(node);
    if (loop === null) at(within, at(dominator, node)).push(node);
    else at(after, at(loop.entries, 0)).push(node);
  }
  return {
    order,
    isBackward,
    isInline: (node) => !isMerge(node) && !hoisted.has(node),
    within: (node) => at(within, node),
    after: (node) => at(after, node),
  };
}

function countForwardEdges(
  graph: BlockGraph,
  order: readonly number[],
  isBackward: (from: number, to: number) => boolean,
): Int32Array {
  const entered = new Int32Array(graph.blocks.length);
  for (const from of order) {
    for (const to of at(graph.successors, from)) if (!isBackward(from, to)) entered[to] = at(entered, to) + 1;
  }
  return entered;
}

/** The outermost loop that holds `from` but not `to`, or null. */
function exitedLoop(forest: LoopForest, from: number, to: number): Loop | null {
  let outer = at(forest.loopOf, to);
  let left: Loop | null = null;
  for (let loop = at(forest.loopOf, from); loop !== null; loop = loop.parent) {
    while (outer !== null && outer.depth > loop.depth) outer = outer.parent;
    if (outer === loop) return left;
    left = loop;
  }
  return left;
}

/**
 * Of the ways out of a loop that no other joins, the weightiest follows the loop and the others stay at their jump; all
 * stay where something else of weight follows it anyway. Ways that come to a result weigh more than those that only fail.
 */
function chooseExits(
  graph: BlockGraph,
  order: readonly number[],
  dominator: Int32Array,
  { exited, isMerge }: { exited: (node: number) => Loop | null; isMerge: (node: number) => boolean },
): Set<number> {
  const isTail = ({ end, steps }: Block): boolean => end.kind === "stop" && isSmall(steps);
  const succeeds = ({ end, steps }: Block): boolean => end.kind === "stop" && steps.at(-1)?.kind === "finish";
  const weight = graph.blocks.map((block) => 1 + (succeeds(block) ? graph.blocks.length : 0));
  const chosen = new Map<Loop, number | null>();
  for (const node of order.toReversed()) {
    const parent = at(dominator, node);
    if (parent !== node) weight[parent] = at(weight, parent) + at(weight, node);
    const loop = isTail(at(graph.blocks, node)) ? null : exited(node);
    if (loop === null) continue;
    const other = chosen.get(loop);
    if (isMerge(node)) chosen.set(loop, null);
    else if (other === undefined || (other !== null && at(weight, node) >= at(weight, other))) chosen.set(loop, node);
  }
  return new Set([...chosen.values()].filter((node) => node !== null));
}
