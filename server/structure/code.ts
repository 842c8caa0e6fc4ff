import type { Sequence, Step } from "../ir/program.ts";
import { depthOf, exitsStep, isSimple, sizeOf } from "./measure.ts";

/** Tidy steps under construction, from the last to the first. It belongs to one holder, who may add to it. */
export interface Code {
  /** In reverse, so that what comes before is added in constant time. */
  readonly reversed: Step[];
  readonly depth: number;
  readonly size: number;
  /** Whether control never comes to what follows it. */
  readonly exits: boolean;
}

export function emptyCode(): Code {
  return { reversed: [], depth: 0, size: 0, exits: false };
}

/** The step and then the code; without the code where control never comes to it. */
export function before(step: Step, code: Code): Code {
  if (exitsStep(step)) return { reversed: [step], depth: depthOf(step), size: sizeOf(step), exits: true };
  code.reversed.push(step);
  return { ...code, depth: Math.max(code.depth, depthOf(step)), size: code.size + sizeOf(step) };
}

export function join(first: Code, second: Code): Code {
  if (first.exits || second.reversed.length === 0) return first;
  return first.reversed.toReversed().reduceRight((code, step) => before(step, code), second);
}

export function seal(code: Code): Sequence {
  return { kind: "sequence", steps: code.reversed.reverse() };
}

export function unseal(sequence: Sequence | null): Code {
  return (sequence?.steps ?? []).reduceRight((code, step) => before(step, code), emptyCode());
}

/** The step that code consists of, or null. */
export function onlyStep(code: Code): Step | null {
  return code.reversed.length === 1 ? (code.reversed[0] ?? null) : null;
}

/** A tail of at most so many simple steps is better repeated than jumped to. */
export const SMALL = 3;

export function isSmall(steps: readonly Step[]): boolean {
  return steps.length <= SMALL && steps.every(isSimple);
}
