import type { Expression, Variable } from "../ir/expression.ts";
import type { Region, Sequence, Step } from "../ir/program.ts";
import { findOccurrences, sequenceOf } from "./occurrences.ts";

/**
 * The same steps without what TypeScript would call unreachable or unused: what follows a jump, decisions on constants,
 * variables that nothing reads. Every sequence of the result stands in one place only.
 */
export function simplify(body: Region): Sequence {
  let current = prune(sequenceOf(body), new Set());
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
      const { kept, exits } = one(step);
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

  function one(step: Step): { readonly kept: readonly Step[]; readonly exits: boolean } {
    const goesOn = (...kept: readonly Step[]) => ({ kept, exits: false });
    switch (step.kind) {
      case "assign":
        return goesOn(...(unused.has(step.variable) ? evaluated(step.value, step) : [step]));
      case "evaluate":
        return goesOn(...evaluated(step.value, step));
      case "call":
      case "receive":
        return goesOn(step.result !== null && unused.has(step.result) ? { ...step, result: null } : step);
      case "forEach": {
        const result = step.result !== null && unused.has(step.result) ? null : step.result;
        return goesOn({ ...step, result, body: functionBody(step.body, result !== null) });
      }
      case "scope":
        return goesOn({ ...step, body: functionBody(step.body, false) });
      case "fork":
        return goesOn({
          ...step,
          branches: step.branches.map((branch) => ({ ...branch, body: functionBody(branch.body, false) })),
        });
      case "decide":
        return decide(step);
      case "loop": {
        const test = step.test === null ? null : fold(step.test);
        if (test !== null && isLiteral(test, false)) return goesOn();
        broken.delete(step.label);
        const kept = {
          ...step,
          test: test !== null && isLiteral(test, true) ? null : test,
          body: region(step.body).sequence,
        };
        return { kept: [kept], exits: kept.test === null && !broken.has(step.label) };
      }
      case "block": {
        broken.delete(step.label);
        const { sequence, exits } = region(step.body);
        const isBroken = broken.has(step.label);
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
      case "rethrow":
        return { kept: [step], exits: true };
      case "visit":
      case "skip":
      case "wait":
        return goesOn(step);
      default:
        return step satisfies never;
    }
  }

  function decide(step: Step & { kind: "decide" }): { readonly kept: readonly Step[]; readonly exits: boolean } {
    const cases: { when: Expression; then: Sequence }[] = [];
    let otherwise: Region | null = step.otherwise;
    let allExit = true;
    for (const each of step.cases) {
      const when = fold(each.when);
      if (isLiteral(when, false)) continue;
      if (isLiteral(when, true)) {
        otherwise = each.then;
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

function canFail(expression: Expression): boolean {
  switch (expression.kind) {
    case "call":
      return true;
    case "literal":
    case "variable":
    case "lambda":
      return false;
    case "array":
      return expression.items.some(canFail);
    case "object":
      return expression.members.some((member) => canFail(member.value));
    case "member":
      return canFail(expression.of);
    case "unary":
      return canFail(expression.operand);
    case "binary":
      return canFail(expression.left) || canFail(expression.right);
    case "conditional":
      return canFail(expression.test) || canFail(expression.then) || canFail(expression.otherwise);
    case "template":
      return expression.parts.some((part) => typeof part !== "string" && canFail(part));
    default:
      return expression satisfies never;
  }
}

/** Conditions without constants in them, for TypeScript follows `true` and `false` and finds what they make unreachable. */
export function fold(expression: Expression): Expression {
  if (expression.kind === "unary" && expression.operator === "!") {
    const operand = fold(expression.operand);
    if (operand.kind === "literal") return { ...operand, value: operand.value !== true };
    return operand.kind === "unary" && operand.operator === "!" ? operand.operand : { ...expression, operand };
  }
  if (expression.kind !== "binary" || (expression.operator !== "&&" && expression.operator !== "||")) return expression;
  const decisive = expression.operator === "||";
  const left = fold(expression.left);
  const right = fold(expression.right);
  if (isLiteral(left, decisive) || isLiteral(right, !decisive)) return left;
  if (isLiteral(left, !decisive) || (isLiteral(right, decisive) && !canFail(left))) return right;
  return { ...expression, left, right };
}

function isLiteral(expression: Expression, value: boolean): boolean {
  return expression.kind === "literal" && expression.value === value;
}
