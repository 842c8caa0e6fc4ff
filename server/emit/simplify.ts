import type { Expression, Variable } from "../ir/expression.ts";
import type { Program, Region, Sequence, Step } from "../ir/program.ts";
import { withoutCopies } from "./copies.ts";
import { canFail, decided, effectOf, foldStep } from "./fold.ts";
import { findOccurrences, sequenceOf } from "./occurrences.ts";

/** Of taking copies out: each can make way for others. */
const MAX_ROUNDS = 4;

/**
 * The steps of a program without copies, and without what TypeScript would call unreachable or unused: what follows a jump, decisions on constants,
 * variables that nothing reads. Every sequence of the result stands in one place only.
 */
export function simplify(program: Program): Sequence {
  let current = withoutUnused(sequenceOf(program.body));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const shorter = withoutCopies(current, program);
    if (shorter === current) break;
    current = withoutUnused(shorter);
  }
  return current;
}

function withoutUnused(body: Sequence): Sequence {
  let current = prune(body, new Set());
  for (;;) {
    const unused = findUnused(current);
    if (unused.size === 0) return current;
    current = prune(current, unused);
  }
}

/** Variables that are assigned and never used, those included that only such variables use. */
function findUnused(body: Sequence): ReadonlySet<Variable> {
  const unused = new Set<Variable>();
  for (const { variable, uses } of findOccurrences(body).of.values()) if (uses.length === 0) unused.add(variable);
  return unused;
}

function prune(body: Sequence, unused: ReadonlySet<Variable>): Sequence {
  /** Labels that a step which is reached breaks to. */
  const broken = new Set<string>();
  /** Whether the function around returns the value of `finish`. */
  let returnsValue = true;

  function region(of: Region): { readonly sequence: Sequence; readonly exits: boolean } {
    const steps: Step[] = [];
    for (const step of sequenceOf(of).steps) {
      const { kept, exits } = one(foldStep(step));
      steps.push(...kept);
      if (exits) return { sequence: { kind: "sequence", steps }, exits };
    }
    return { sequence: { kind: "sequence", steps }, exits: false };
  }

  function functionBody(of: Region, returns: boolean): Sequence {
    const outer = returnsValue;
    returnsValue = returns;
    const { sequence } = region(of);
    returnsValue = outer;
    return sequence;
  }

  /** `isBroken`: a break that is reached leaves it. A function in it may have loops and blocks of the same label. */
  function labelled({ label, body }: Step & { kind: "loop" | "block" }): {
    readonly sequence: Sequence;
    readonly exits: boolean;
    readonly isBroken: boolean;
  } {
    const isAroundBroken = broken.delete(label);
    const inner = region(body);
    const isBroken = broken.delete(label);
    if (isAroundBroken) broken.add(label);
    return { ...inner, isBroken };
  }

  function one(step: Step): { readonly kept: readonly Step[]; readonly exits: boolean } {
    const goesOn = (...kept: readonly Step[]) => ({ kept, exits: false });
    switch (step.kind) {
      case "assign":
        return goesOn(...(unused.has(step.variable) ? evaluated(step.value, step) : [step]));
      case "evaluate":
        return goesOn(...evaluated(step.value, step));
      case "call":
      case "receive":
      case "race":
        return goesOn(step.result !== null && unused.has(step.result) ? { ...step, result: null } : step);
      case "forEach": {
        const result = step.result !== null && unused.has(step.result) ? null : step.result;
        return goesOn({ ...step, result, body: functionBody(step.body, result !== null) });
      }
      case "scope":
      case "lock":
      case "cancellable":
        return goesOn({ ...step, body: functionBody(step.body, false) });
      case "fork":
        return goesOn({
          ...step,
          branches: step.branches.map((branch) => ({ ...branch, body: functionBody(branch.body, false) })),
        });
      case "decide":
        return decide(step);
      case "loop": {
        const { test } = step;
        const holds = test === null ? true : decided(test);
        const effects = test === null || holds === null ? [] : evaluated(effectOf(test), step);
        if (holds === false) return goesOn(...effects);
        const { sequence, isBroken } = labelled(step);
        const kept = {
          ...step,
          test: holds ? null : test,
          body: effects.length === 0 ? sequence : { ...sequence, steps: [...effects, ...sequence.steps] },
        };
        return { kept: [kept], exits: kept.test === null && !isBroken };
      }
      case "block": {
        const { sequence, exits, isBroken } = labelled(step);
        return { kept: isBroken ? [{ ...step, body: sequence }] : sequence.steps, exits: exits && !isBroken };
      }
      case "try": {
        const tried = region(step.body);
        const handlers = step.handlers.map((handler) => ({ ...handler, region: region(handler.body) }));
        const last = step.finally === null ? null : region(step.finally);
        const kept: Step = {
          ...step,
          body: tried.sequence,
          handlers: handlers.map(({ failure, when, region: { sequence } }) => ({ failure, when, body: sequence })),
          finally: last === null || last.sequence.steps.length === 0 ? null : last.sequence,
        };
        if (tried.sequence.steps.length === 0) return { kept: last?.sequence.steps ?? [], exits: last?.exits ?? false };
        return {
          kept: [kept],
          exits: last?.exits === true || (tried.exits && handlers.every((handler) => handler.region.exits)),
        };
      }
      case "break":
        broken.add(step.label);
        return { kept: [step], exits: true };
      case "finish":
        if (returnsValue || step.value === null) return { kept: [step], exits: true };
        return { kept: [...evaluated(step.value, step), { ...step, value: null }], exits: true };
      case "continue":
      case "fail":
      case "terminate":
      case "rethrow":
        return { kept: [step], exits: true };
      case "visit":
      case "skip":
      case "wait":
      case "control":
        return goesOn(step);
      default:
        return step satisfies never;
    }
  }

  function decide(step: Step & { kind: "decide" }): { readonly kept: readonly Step[]; readonly exits: boolean } {
    const cases: { when: Expression; then: Sequence }[] = [];
    let otherwise: Region | null = step.otherwise;
    let allExit = true;
    for (const [index, each] of step.cases.entries()) {
      const { when } = each;
      const holds = decided(when);
      if (holds !== null) {
        const effects = evaluated(effectOf(when), step);
        if (!holds && effects.length === 0) continue;
        const rest: Step = { ...step, cases: step.cases.slice(index + 1) };
        otherwise = { kind: "sequence", steps: [...effects, ...(holds ? sequenceOf(each.then).steps : [rest])] };
        break;
      }
      const { sequence, exits } = region(each.then);
      cases.push({ when, then: sequence });
      allExit &&= exits;
    }
    const last = otherwise === null ? null : region(otherwise);
    if (cases.length === 0) return { kept: last?.sequence.steps ?? [], exits: last?.exits ?? false };
    const rest = last === null || last.sequence.steps.length === 0 ? null : last.sequence;
    const exits = allExit && last?.exits === true;
    if (rest === null && cases.every(({ then }) => then.steps.length === 0)) {
      return { kept: cases.flatMap(({ when }) => evaluated(when, step)), exits: false };
    }
    return { kept: [{ ...step, cases, otherwise: rest }], exits };
  }

  return region(body).sequence;
}

/** An expression whose value nobody needs is left out where it cannot fail. */
function evaluated(value: Expression, step: Step): readonly Step[] {
  return canFail(value) ? [{ kind: "evaluate", value, origin: step.origin }] : [];
}
