import { targetsOf } from "../ir/control-flow.ts";
import type { Block, JumpHandler, Jumps, Step, Terminator } from "../ir/program.ts";
import { canFail } from "./negate.ts";
import { sameSteps, sameTest } from "./same.ts";

type Attempt = Extract<Terminator, { kind: "attempt" }>;

/**
 * Makes attempts that follow each other and have the same handlers one attempt: state machines catch the failures of
 * state after state in the same way, where a person writes one `try` around them. Blocks between them, and steps in front
 * of them, go into it if they cannot fail. Only blocks that nothing else leads to are joined.
 */
export function joinAttempts(jumps: Jumps): Jumps {
  const entered = countEntries(jumps);
  const follower = (label: string): Block | null => {
    const block = jumps.blocks.get(label);
    return block !== undefined && entered.get(label) === 1 && block.steps.every(isHarmless) ? block : null;
  };
  const next = (from: Attempt): Follower | null => {
    const path: Block[] = [];
    const seen = new Set<string>();
    for (let block = follower(from.to); block !== null && !seen.has(block.label); ) {
      path.push(block);
      seen.add(block.label);
      if (block.end.kind === "attempt")
        return sameHandlers(from.handlers, block.end.handlers) ? { end: block.end, path } : null;
      block = block.end.kind === "jump" ? follower(block.end.to) : null;
    }
    return null;
  };
  const followers = new Map<Attempt, Follower>();
  for (const { end } of jumps.blocks.values()) {
    const found = end.kind === "attempt" && end.handlers.length > 0 ? next(end) : null;
    if (end.kind === "attempt" && found !== null) followers.set(end, found);
  }
  const inner = new Set([...followers.values()].map(({ end }) => end));
  const blocks = new Map(jumps.blocks);
  for (const block of jumps.blocks.values()) {
    if (block.end.kind !== "attempt" || inner.has(block.end)) continue;
    const steps = [...block.end.steps];
    let last = block.end;
    for (let found = followers.get(last); found !== undefined; found = followers.get(last)) {
      for (const { label } of found.path) blocks.delete(label);
      steps.push(...found.path.flatMap((one) => one.steps), ...found.end.steps);
      last = found.end;
    }
    blocks.set(block.label, { ...block, end: { ...block.end, steps, to: last.to } });
  }
  return { ...jumps, blocks };
}

/** The next attempt with the same handlers, and the blocks from there to it, its own the last. */
interface Follower {
  readonly end: Attempt;
  readonly path: readonly Block[];
}

function countEntries(jumps: Jumps): Map<string, number> {
  const entered = new Map([[jumps.entry, 1]]);
  for (const { end } of jumps.blocks.values()) {
    for (const to of targetsOf(end)) entered.set(to, (entered.get(to) ?? 0) + 1);
  }
  return entered;
}

function isHarmless(step: Step): boolean {
  return step.kind === "visit" || step.kind === "skip" || (step.kind === "assign" && !canFail(step.value));
}

function sameHandlers(some: readonly JumpHandler[], others: readonly JumpHandler[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index];
      if (other === undefined || one.to !== other.to) return false;
      return (
        sameTest(one.when, other.when, one.failure, other.failure) &&
        sameSteps(one.steps, other.steps, one.failure, other.failure)
      );
    })
  );
}
