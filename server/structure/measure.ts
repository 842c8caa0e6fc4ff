import type { Region, Sequence, Step } from "../ir/program.ts";
import { regionsOf } from "../ir/regions.ts";

/** Whether control never comes to the end of a sequence: every path finishes, fails, breaks or continues elsewhere. */
export function exits(sequence: Sequence): boolean {
  return sequence.steps.some(exitsStep);
}

const knownExits = new WeakMap<Step, boolean>();

/** Whether control never comes to what follows a step. */
export function exitsStep(step: Step): boolean {
  const known = knownExits.get(step);
  if (known !== undefined) return known;
  const result = findExits(step);
  knownExits.set(step, result);
  return result;
}

function findExits(step: Step): boolean {
  switch (step.kind) {
    case "finish":
    case "fail":
    case "terminate":
    case "rethrow":
    case "break":
    case "continue":
      return true;
    case "decide":
      return step.otherwise !== null && exitsRegion(step.otherwise) && step.cases.every((one) => exitsRegion(one.then));
    case "block":
      return exitsRegion(step.body) && !leaves(step.body, "break", step.label);
    case "loop":
      return step.test === null && !leaves(step.body, "break", step.label);
    case "try": {
      if (step.finally !== null && exitsRegion(step.finally)) return true;
      return exitsRegion(step.body) && step.handlers.every((handler) => exitsRegion(handler.body));
    }
    case "call":
    case "assign":
    case "evaluate":
    case "visit":
    case "skip":
    case "fork":
    case "forEach":
    case "wait":
    case "receive":
    case "race":
    case "lock":
    case "cancellable":
    case "control":
    case "scope":
      return false;
    default:
      return step satisfies never;
  }
}

function exitsRegion(region: Region): boolean {
  return region.kind === "sequence" && exits(region);
}

/** Whether a region breaks out of, or continues, what bears the label. */
export function leaves(region: Region, kind: "break" | "continue", label: string): boolean {
  if (region.kind !== "sequence") return false;
  return region.steps.some(
    (step) =>
      (step.kind === kind && step.label === label) || regionsOf(step).some((inner) => leaves(inner, kind, label)),
  );
}

/** How deep regions nest in a step: 0 for one that holds none. */
export function depthOf(step: Step): number {
  return measure(step).depth;
}

/** How many steps a step is, with those inside it. */
export function sizeOf(step: Step): number {
  return measure(step).size;
}

interface Measure {
  readonly depth: number;
  readonly size: number;
}

const leaf: Measure = { depth: 0, size: 1 };
const known = new WeakMap<Step, Measure>();

function measure(step: Step): Measure {
  const found = known.get(step);
  if (found !== undefined) return found;
  const regions = regionsOf(step);
  if (regions.length === 0) return leaf;
  let depth = 0;
  let size = 1;
  for (const region of regions) {
    for (const inner of sequenceOf(region).steps) {
      const one = measure(inner);
      depth = Math.max(depth, one.depth);
      size += one.size;
    }
  }
  const result = { depth: depth + 1, size };
  known.set(step, result);
  return result;
}

/** Steps that hold nothing and call nothing: a few of them may stand twice in the output. */
export function isSimple(step: Step): boolean {
  switch (step.kind) {
    case "assign":
    case "evaluate":
    case "visit":
    case "skip":
    case "finish":
    case "fail":
    case "rethrow":
    case "break":
    case "continue":
      return true;
    default:
      return false;
  }
}

/** A region that is structured already. */
export function sequenceOf(region: Region): Sequence {
  if (region.kind !== "sequence") throw new Error(`A ${region.kind} region is not structured`);
  return region;
}
