import type { Variable } from "../ir/expression.ts";
import type { Block, OccurrenceTable, Place } from "./occurrences.ts";

/** Where local variables are read, as far as what becomes of their values depends on it. */
export interface Readings {
  /** Whether all that has to do with a variable is in one function, without those inside it. */
  isOfOneFunction(variable: Variable): boolean;
  /** Whether one function assigns a variable, and has ended all functions inside it that use it when it goes on. */
  isAwaited(variable: Variable): boolean;
  /** The last step of a block in which a variable is used; -1 for none. */
  lastUse(variable: Variable, block: Block): number;
  /** The last step of a block that may leave it by a `break` or `continue`; -1 for none. */
  lastJump(block: Block): number;
}

export function createReadings(table: OccurrenceTable): Readings {
  const lastUses = new Map<Block, Map<Variable, number>>();
  const lastJumps = new Map<Block, number>();
  const shared = new Set<Variable>();
  const unawaited = new Set<Variable>();
  for (const { variable, assignments, uses } of table.of.values()) {
    const body = [...assignments, ...uses][0]?.block.body;
    if ([...assignments, ...uses].some((place) => place.block.body !== body)) shared.add(variable);
    if (assignments.some((place) => place.block.body !== body) || !uses.every((use) => isAwaitedIn(use, body)))
      unawaited.add(variable);
    for (const use of uses) {
      for (let at: Place | null = use; at !== null; at = at.block.at) {
        const known = lastUses.get(at.block) ?? new Map<Variable, number>();
        lastUses.set(at.block, known.set(variable, Math.max(known.get(variable) ?? -1, at.index)));
      }
    }
  }
  for (const block of table.blocks.values()) {
    if (!block.sequence.steps.some((step) => step.kind === "break" || step.kind === "continue")) continue;
    let index = block.sequence.steps.length - 1;
    for (let inner: Block | null = block; inner !== null; inner = inner.at?.block ?? null) {
      lastJumps.set(inner, Math.max(lastJumps.get(inner) ?? -1, index));
      index = inner.at?.index ?? -1;
    }
  }
  return {
    isOfOneFunction: (variable) => !shared.has(variable),
    isAwaited: (variable) => !unawaited.has(variable),
    lastUse: (variable, block) => lastUses.get(block)?.get(variable) ?? -1,
    lastJump: (block) => lastJumps.get(block) ?? -1,
  };
}

/** Whether the place is in the function of `body`, or in one inside it that it waits for. */
function isAwaitedIn({ block }: Place, body: Block["body"] | undefined): boolean {
  for (let inner = block; inner.body !== body; ) {
    const { at } = inner;
    if (at === null) return false;
    const step = at.block.sequence.steps[at.index];
    if (step?.kind === "forEach" && step.completion) return false;
    inner = at.block;
  }
  return true;
}
