import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import type { Step } from "../ir/program.ts";
import { before, type Code, emptyCode, join, onlyStep, SMALL, seal, unseal } from "./code.ts";
import { exits, sequenceOf } from "./measure.ts";
import { canFail, either, negate, negatesWell } from "./negate.ts";

interface Case {
  readonly when: Expression;
  readonly code: Code;
}

export interface Decision {
  readonly cases: readonly Case[];
  readonly otherwise: Code;
  readonly origin: Origin;
}

/** A longer list of cases is cut, because `else if` nests: each is inside the one before it. */
const MAX_CASES = 64;

/** An arm of more steps than this is worth a test in front that is not pretty. */
const LONG = 10;

/** The decision in its most readable form, and then `rest`. */
export function finishDecide(decision: Decision, rest: Code, fresh: (label: string) => string): Code {
  const { cases, otherwise, origin } = withoutEmpty(flatten(decision), fresh);
  const last = cases.at(-1);
  if (last === undefined) return join(otherwise, rest);
  const early = cases.slice(0, -1);
  if (!early.every(({ code }) => code.exits)) return put({ cases, otherwise, origin }, rest, fresh);
  // Where all cases leave, what follows the decision is the other arm, too.
  const other = otherwise.reversed.length === 0 && last.code.exits ? rest : otherwise;
  if (other.exits && isBetterNegated(last, other)) {
    const not = { when: negate(last.when), code: other };
    const behind = other === rest ? last.code : join(last.code, rest);
    return put({ cases: [...early, not], otherwise: emptyCode(), origin }, behind, fresh);
  }
  if (!last.code.exits) return put({ cases, otherwise, origin }, rest, fresh);
  return put({ cases, otherwise: emptyCode(), origin }, join(otherwise, rest), fresh);
}

/** Whether the arm that leaves should be the other one: `if (!c) { leave } go on`. */
function isBetterNegated(last: Case, otherwise: Code): boolean {
  const { size, exits } = last.code;
  if (!exits) return negatesWell(last.when) || size > SMALL;
  return otherwise.size <= SMALL && size > 2 * otherwise.size && (negatesWell(last.when) || size > LONG);
}

/** `else { if … }` is `else if …`. */
function flatten(decision: Decision): Decision {
  const only = onlyStep(decision.otherwise);
  if (only?.kind !== "decide") return decision;
  const cases = only.cases.map((one) => ({ when: one.when, code: unseal(sequenceOf(one.then)) }));
  const otherwise = only.otherwise === null ? emptyCode() : unseal(sequenceOf(only.otherwise));
  return { cases: [...decision.cases, ...cases], otherwise, origin: decision.origin };
}

function withoutEmpty(decision: Decision, fresh: (label: string) => string): Decision {
  const { origin } = decision;
  const isEmpty = (code: Code): boolean => code.reversed.length === 0;
  const cases = [...decision.cases];
  if (isEmpty(decision.otherwise)) {
    for (let last = cases.at(-1); last !== undefined && isEmpty(last.code) && !canFail(last.when); last = cases.at(-1))
      cases.pop();
    if (cases.length > 0 && cases.every(({ code }) => isEmpty(code))) {
      const value = cases.map(({ when }) => when).reduce(either);
      return { cases: [], otherwise: before({ kind: "evaluate", value, origin }, emptyCode()), origin };
    }
  }
  const index = cases.findIndex(({ code }) => isEmpty(code));
  const empty = cases[index];
  if (empty === undefined || (index === cases.length - 1 && isEmpty(decision.otherwise))) return { ...decision, cases };
  const after = finishDecide(
    { cases: cases.slice(index + 1), otherwise: decision.otherwise, origin },
    emptyCode(),
    fresh,
  );
  const not = { when: negate(empty.when), code: after };
  return { cases: [...cases.slice(0, index), not], otherwise: emptyCode(), origin };
}

function put(decision: Decision, rest: Code, fresh: (label: string) => string): Code {
  if (decision.cases.length > MAX_CASES) return before(cut(decision, fresh), rest);
  return before(stepOf(decision), rest);
}

function stepOf({ cases, otherwise, origin }: Decision): Step {
  return {
    kind: "decide",
    cases: cases.map(({ when, code }) => ({ when, then: seal(code) })),
    otherwise: otherwise.reversed.length === 0 ? null : seal(otherwise),
    origin,
  };
}

/** The same as a row of shorter decisions in a block that each case leaves. */
function cut({ cases, otherwise, origin }: Decision, fresh: (label: string) => string): Step {
  const label = fresh("chosen");
  const leaving = cases.map(({ when, code }) => {
    const then = seal(code);
    return {
      when,
      then: exits(then) ? then : { ...then, steps: [...then.steps, { kind: "break", label, origin } as const] },
    };
  });
  const steps: Step[] = [];
  for (let start = 0; start < leaving.length; start += MAX_CASES) {
    steps.push({ kind: "decide", cases: leaving.slice(start, start + MAX_CASES), otherwise: null, origin });
  }
  return { kind: "block", label, body: { kind: "sequence", steps: [...steps, ...seal(otherwise).steps] }, origin };
}
