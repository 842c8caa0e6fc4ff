import type { Step, TryStep } from "../ir/program.ts";
import { before, type Code, emptyCode, join, unseal } from "./code.ts";
import { exits, sequenceOf } from "./measure.ts";
import { canFail } from "./negate.ts";
import { sameSteps, sameTest } from "./same.ts";

type Handler = TryStep["handlers"][number];
type Exit = Extract<Step, { kind: "break" | "continue" }>;

/**
 * The `try` in front of `rest`. One that is followed by another with the same handlers becomes one with it: state machines
 * catch the failures of state after state in the same way. What stands between them must not be able to fail, and the
 * handlers must lead away. `follow`: the exit that leads where control goes from the end of `rest`.
 */
export function putTry(step: Step & TryStep, rest: Code, follow: Pick<Exit, "kind" | "label"> | null): Code {
  const index = rest.reversed.findLastIndex((one) => !isHarmless(one));
  const next = rest.reversed[index];
  if (next?.kind !== "try" || next.finally !== null || step.finally !== null) return before(step, rest);
  const ending = index === 0 && follow !== null ? follow : null;
  const alike = step.handlers.every((handler, nth) => sameHandler(handler, next.handlers[nth], ending));
  if (!alike || step.handlers.length !== next.handlers.length) return before(step, rest);
  const steps = [...sequenceOf(step.body).steps, ...rest.reversed.slice(index + 1).toReversed()];
  const body = unseal({ kind: "sequence", steps: [...steps, ...sequenceOf(next.body).steps] });
  const merged = { ...next, origin: step.origin, body: { kind: "sequence", steps: body.reversed.toReversed() } } as const;
  const behind = unseal({ kind: "sequence", steps: rest.reversed.slice(0, index).toReversed() });
  return join(before(merged, emptyCode()), behind);
}

function isHarmless(step: Step): boolean {
  return step.kind === "visit" || step.kind === "skip" || (step.kind === "assign" && !canFail(step.value));
}

/** `ending`: what the other handler does at its end, because it stands last, without saying so. */
function sameHandler(one: Handler, other: Handler | undefined, ending: Pick<Exit, "kind" | "label"> | null): boolean {
  if (other === undefined || !sameTest(one.when, other.when, one.failure, other.failure)) return false;
  const body = sequenceOf(one.body);
  if (!exits(body)) return false;
  const others = sequenceOf(other.body).steps;
  const last = body.steps.at(-1);
  if (exits(sequenceOf(other.body))) return sameSteps(body.steps, others, one.failure, other.failure);
  if (ending === null || last?.kind !== ending.kind || last.label !== ending.label) return false;
  return sameSteps(body.steps.slice(0, -1), others, one.failure, other.failure);
}
