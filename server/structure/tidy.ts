import type { Region, Sequence, Step } from "../ir/program.ts";
import { mapRegions, regionsOf } from "../ir/regions.ts";
import { before, type Code, emptyCode, isSmall, join, onlyStep, seal, unseal } from "./code.ts";
import { finishDecide } from "./decide.ts";
import { exits, exitsStep, leaves, sequenceOf } from "./measure.ts";
import { both, negate } from "./negate.ts";

type Of<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** A way to leave a place by name. */
type Exit = { readonly kind: "break" | "continue"; readonly label: string };

/** Steps are taken into the `else` of those before them, to save a break, only as long as they nest no deeper than this. */
const MAX_NEST = 6;

/**
 * Rewrites structured steps so that they read as if written by hand, with the same effects in the same order: labels
 * that nobody needs go, `break` and `continue` that lead where control goes anyway go, loops get their test, exits come
 * early instead of in nested arms, and short tails are repeated instead of jumped to. Steps that control never comes to
 * are dropped. All regions must be sequences.
 */
export function tidy(sequence: Sequence, fresh: (label: string) => string): Sequence {
  return seal(createTidier(fresh)(sequence.steps, null, emptyCode()));
}

/** Gives the steps in front of `rest`, which is tidy. `follow` leads where control goes from its end; null: nothing does. */
type Tidier = (steps: readonly Step[], follow: Exit | null, rest: Code) => Code;

function createTidier(fresh: (label: string) => string): Tidier {
  /** Exits that stand for others inside the step at hand. A step with a label hides what the label meant outside. */
  const aliases = new Map<string, Exit>();

  const keyOf = ({ kind, label }: Exit): string => `${kind} ${label}`;
  const resolve = ({ kind, label }: Exit): Exit => {
    let exit: Exit = { kind, label };
    for (let next = aliases.get(keyOf(exit)); next !== undefined; next = aliases.get(keyOf(exit))) exit = next;
    return exit;
  };
  const leadsTo = (exit: Exit, target: Exit | null): boolean =>
    target !== null && keyOf(resolve(exit)) === keyOf(target);

  const aliasing = <T>(from: Exit, to: Exit | null, run: () => T): T => {
    const key = keyOf(from);
    const outer = aliases.get(key);
    const set = (exit: Exit | null | undefined): unknown => (exit ? aliases.set(key, exit) : aliases.delete(key));
    set(to);
    try {
      return run();
    } finally {
      set(outer);
    }
  };

  const tidySteps: Tidier = (steps, follow, rest) => {
    const last = steps.findIndex(exitsStep);
    let code = last === -1 ? rest : emptyCode();
    const live = last === -1 ? steps : steps.slice(0, last + 1);
    for (const step of live.toReversed()) code = tidyStep(step, follow, code);
    return code;
  };
  const tidyRegion = (region: Region, follow: Exit | null, rest = emptyCode()): Code =>
    tidySteps(sequenceOf(region).steps, follow, rest);

  const tidyStep = (step: Step, follow: Exit | null, rest: Code): Code => {
    switch (step.kind) {
      case "break":
      case "continue": {
        const exit = resolve(step);
        if (rest.reversed.length === 0 && leadsTo(exit, follow)) return rest;
        return before({ ...exit, origin: step.origin }, rest);
      }
      case "decide":
        return tidyDecide(step, follow, rest);
      case "block":
        return tidyBlock(step, exitOf(rest, follow), rest);
      case "loop":
        return tidyLoop(step, exitOf(rest, follow), rest);
      case "try":
        return tidyTry(step, exitOf(rest, follow), rest);
      default:
        return before(
          mapRegions(step, (region) => seal(tidyRegion(region, null))),
          rest,
        );
    }
  };

  const tidyDecide = (step: Of<"decide">, follow: Exit | null, rest: Code): Code => {
    const arms = [...step.cases.map((one) => sequenceOf(one.then)), sequenceOf(step.otherwise ?? nothing)];
    const falling = arms.filter((arm) => !exits(arm));
    const absorbs =
      rest.reversed.length > 0 &&
      rest.depth < MAX_NEST &&
      falling.length === 1 &&
      arms.some((arm) => endsIn(arm, follow));
    const place = absorbs ? follow : exitOf(rest, follow);
    const code = (arm: Sequence): Code => tidyRegion(arm, place, absorbs && arm === falling[0] ? rest : emptyCode());
    const cases = step.cases.map((one) => ({ when: one.when, code: code(sequenceOf(one.then)) }));
    const otherwise = code(arms.at(-1) ?? nothing);
    return finishDecide({ cases, otherwise, origin: step.origin }, absorbs ? emptyCode() : rest, fresh);
  };

  /** Whether an end of the sequence leads to `follow`, so that it would need no exit, or a nearer one, if it stood last. */
  const endsIn = (sequence: Sequence, follow: Exit | null): boolean =>
    follow !== null &&
    sequence.steps.some((step) => {
      if (step.kind === "break" || step.kind === "continue") return leadsTo(step, follow);
      if (step.kind !== "decide" && step !== sequence.steps.at(-1)) return false;
      if (step.kind === "loop") return holds(step.body, follow);
      if (step.kind !== "decide" && step.kind !== "block" && step.kind !== "try") return false;
      return regionsOf(step).some((region) => endsIn(sequenceOf(region), follow));
    });

  const holds = (region: Region, exit: Exit): boolean =>
    sequenceOf(region).steps.some((step) => {
      if (step.kind === "break" || step.kind === "continue") return leadsTo(step, exit);
      return regionsOf(step).some((inner) => holds(inner, exit));
    });

  const tidyBlock = (step: Of<"block">, place: Exit | null, rest: Code): Code => {
    const exit: Exit = { kind: "break", label: step.label };
    if (place === null && isSideTrack(step, rest)) {
      const body = replaceBreak(sequenceOf(step.body), step.label, rest.reversed.toReversed());
      return join(tidyRegion(body, null), rest);
    }
    const body = aliasing(exit, place, () => tidyRegion(step.body, place ?? exit));
    return place === null ? finishBlock(step, body, rest) : join(body, rest);
  };

  const tidyTry = (step: Of<"try">, place: Exit | null, rest: Code): Code => {
    const body = tidyRegion(step.body, place);
    if (body.reversed.length === 0 && step.finally === null) return rest;
    const handlers = step.handlers.map((handler) => ({ ...handler, body: seal(tidyRegion(handler.body, place)) }));
    const last = step.finally === null ? null : seal(tidyRegion(step.finally, null));
    return before({ ...step, body: seal(body), handlers, finally: last }, rest);
  };

  const tidyLoop = (step: Of<"loop">, place: Exit | null, rest: Code): Code => {
    const leave: Exit = { kind: "break", label: step.label };
    const again: Exit = { kind: "continue", label: step.label };
    const inside = (): Code => aliasing(leave, null, () => aliasing(again, null, () => tidyRegion(step.body, again)));
    const body = place === null ? inside() : aliasing(place, leave, inside);
    return finishLoop(step, body, rest, fresh);
  };

  return tidySteps;
}

const nothing: Sequence = { kind: "sequence", steps: [] };

/** The exit that leads where control goes from in front of `rest`. */
function exitOf(rest: Code, follow: Exit | null): Exit | null {
  const first = rest.reversed.at(-1);
  if (first === undefined) return follow;
  return first.kind === "break" || first.kind === "continue" ? { kind: first.kind, label: first.label } : null;
}

function finishBlock(step: Of<"block">, body: Code, rest: Code): Code {
  const sequence = seal(body);
  const uses = breaksTo(sequence, step.label);
  if (uses.count === 0) return join(unseal(sequence), rest);
  if (!rest.exits || uses.inTry || !(isOnlyWay(sequence, uses, rest) || isSmall(rest.reversed))) {
    return before({ ...step, body: sequence }, rest);
  }
  return join(unseal(replaceBreak(sequence, step.label, rest.reversed.toReversed())), rest);
}

/** Whether a short tail is only for those who leave the block on the way, while its own end leads elsewhere. */
function isSideTrack({ body, label }: Of<"block">, rest: Code): boolean {
  const last = sequenceOf(body).steps.at(-1);
  if (!rest.exits || !isSmall(rest.reversed) || last === undefined || !exits(sequenceOf(body))) return false;
  return !(last.kind === "break" && last.label === label) && !breaksTo(sequenceOf(body), label).inTry;
}

/** Whether one break is all that leads behind the block, so that what is there may stand in its place. */
function isOnlyWay(body: Sequence, uses: Uses, rest: Code): boolean {
  return uses.count === 1 && !uses.inLoop && exits(body) && rest.depth < MAX_NEST;
}

interface Uses {
  count: number;
  inLoop: boolean;
  /** Inside a try, but for its handlers: failures are caught there that are not caught behind the block. */
  inTry: boolean;
}

function breaksTo(sequence: Sequence, label: string): Uses {
  const uses: Uses = { count: 0, inLoop: false, inTry: false };
  const search = (region: Region, inLoop: boolean, inTry: boolean): void => {
    for (const step of sequenceOf(region).steps) {
      if (step.kind === "break" && step.label === label) {
        uses.count += 1;
        uses.inLoop ||= inLoop;
        uses.inTry ||= inTry;
      }
      for (const inner of regionsOf(step)) {
        const caught = step.kind === "try" && (inner === step.body || step.finally !== null);
        search(inner, inLoop || step.kind === "loop", inTry || caught);
      }
    }
  };
  search(sequence, false, false);
  return uses;
}

function replaceBreak(sequence: Sequence, label: string, tail: readonly Step[]): Sequence {
  const replace = (inner: Region): Sequence => replaceBreak(sequenceOf(inner), label, tail);
  const steps = sequence.steps.flatMap((step) => {
    if (step.kind === "break" && step.label === label) return tail;
    return leavesStep(step, label) ? [mapRegions(step, replace)] : [step];
  });
  return { kind: "sequence", steps };
}

function leavesStep(step: Step, label: string): boolean {
  return regionsOf(step).some((region) => leaves(region, "break", label));
}

function finishLoop(step: Of<"loop">, body: Code, rest: Code, fresh: (label: string) => string): Code {
  const { test, body: turn } = takeTest(step, body, fresh);
  const sequence = seal(turn);
  if (test === null && turn.exits && !leaves(sequence, "continue", step.label)) {
    return finishBlock(
      { kind: "block", label: step.label, body: sequence, origin: step.origin },
      unseal(sequence),
      rest,
    );
  }
  return before({ ...step, test, body: sequence }, rest);
}

/** Makes breaks in front of all else in a turn the loop's test: `while (true) { if (c) break; … }` is `while (!c) { … }`. */
function takeTest(
  step: Of<"loop">,
  body: Code,
  fresh: (label: string) => string,
): { test: Of<"loop">["test"]; body: Code } {
  let { test } = step;
  let turn = body;
  const isBreak = (code: Code): boolean => {
    const only = onlyStep(code);
    return only?.kind === "break" && only.label === step.label;
  };
  for (;;) {
    const first = turn.reversed.at(-1);
    if (first?.kind !== "decide") return { test, body: turn };
    const [head, ...cases] = first.cases.map((one) => ({ when: one.when, code: unseal(sequenceOf(one.then)) }));
    const otherwise = unseal(first.otherwise === null ? null : sequenceOf(first.otherwise));
    const guards = head !== undefined && isBreak(head.code);
    if (head === undefined || (!guards && !(cases.length === 0 && isBreak(otherwise)))) return { test, body: turn };
    const holds = guards ? negate(head.when) : head.when;
    test = test === null ? holds : both(test, holds);
    turn.reversed.pop();
    const rest = unseal({ kind: "sequence", steps: turn.reversed.toReversed() });
    turn = guards ? finishDecide({ cases, otherwise, origin: first.origin }, rest, fresh) : join(head.code, rest);
  }
}
