import type { Guard, Guards } from "../ir/guards.ts";

/**
 * The outcomes of a decision, divided so that each of some nodes can run under outcomes of one class only: the nodes of
 * a class then go into an arm of their own. Outcomes in no class run none of them.
 */
export interface Partition {
  /** The key of the node that decides. */
  readonly decision: string;
  /** The outcomes that are still possible, as bits. */
  readonly open: bigint;
  readonly classes: readonly bigint[];
}

/** Null where the nodes with these guards cannot be divided by the first decision of all of them. */
export function partitionBy(
  guards: readonly Guard[],
  all: Guards,
  openOutcomes: (decision: string) => bigint,
): Partition | null {
  const [first] = guards;
  const decision = first === undefined ? undefined : all.firstDecision(first)?.id;
  if (decision === undefined) return null;
  return extended({ decision, open: openOutcomes(decision), classes: [] }, guards, all);
}

/** The partition with more nodes in it, or null where that leaves nothing divided. */
export function extended(partition: Partition, guards: readonly Guard[], all: Guards): Partition | null {
  const { decision, open } = partition;
  const masks = new Set<bigint>();
  for (const guard of guards) {
    const first = all.firstDecision(guard);
    if (first?.id !== decision) return null;
    masks.add(first.possible & open);
  }
  let classes = partition.classes;
  for (const mask of masks) {
    const overlapping = classes.filter((each) => (each & mask) !== 0n);
    const merged = overlapping.reduce((a, b) => a | b, mask);
    if (merged === open || mask === 0n) return null;
    classes = [...classes.filter((each) => (each & mask) === 0n), merged];
  }
  return { decision, open, classes };
}

/** The index of the class in which a node with this guard runs. */
export function classOf(partition: Partition, guard: Guard, all: Guards): number {
  const possible = all.firstDecision(guard)?.possible ?? 0n;
  return partition.classes.findIndex((each) => (each & possible) !== 0n);
}

/** The names of the outcomes in a class. */
export function outcomesIn(mask: bigint, outcomes: readonly string[]): readonly string[] {
  return outcomes.filter((_, index) => ((mask >> BigInt(index)) & 1n) === 1n);
}
