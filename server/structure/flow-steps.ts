import type { Origin } from "../diagnostics/diagnostic.ts";
import type { BinaryOperator, Expression, Variable } from "../ir/expression.ts";
import type { Region, Sequence, Step } from "../ir/program.ts";
import { boolean, integer, string } from "../ir/types.ts";

export function sequence(steps: readonly Step[]): Sequence {
  return { kind: "sequence", steps };
}

/** Whether a step takes no time: it neither calls nor waits. */
export function isInstant(step: Step): boolean {
  switch (step.kind) {
    case "assign":
    case "evaluate":
    case "visit":
    case "skip":
    case "break":
    case "continue":
    case "finish":
    case "fail":
    case "rethrow":
    case "terminate":
      return true;
    case "control":
      return step.action !== "settle";
    case "decide":
      return [...step.cases.map((each) => each.then), step.otherwise].every(isInstantRegion);
    case "block":
      return isInstantRegion(step.body);
    case "try":
      return [step.body, ...step.handlers.map((handler) => handler.body), step.finally].every(isInstantRegion);
    case "call":
    case "fork":
    case "forEach":
    case "loop":
    case "wait":
    case "receive":
    case "scope":
    case "race":
    case "lock":
    case "cancellable":
      return false;
    default:
      return step satisfies never;
  }
}

function isInstantRegion(region: Region | null): boolean {
  return region === null || (region.kind === "sequence" && region.steps.every(isInstant));
}

/** Whether nothing that follows the steps is ever reached. */
export function exits(steps: readonly Step[]): boolean {
  const last = steps.at(-1);
  switch (last?.kind) {
    case "finish":
    case "fail":
    case "terminate":
    case "rethrow":
    case "break":
    case "continue":
      return true;
    case "decide":
      return last.otherwise !== null && [...last.cases.map((each) => each.then), last.otherwise].every(exitsRegion);
    default:
      return false;
  }
}

function exitsRegion(region: Region): boolean {
  return region.kind === "sequence" && exits(region.steps);
}

/** Whether the steps cannot fail, so that a handler around them changes nothing. */
export function cannotFail(steps: readonly Step[]): boolean {
  return steps.every((step) => step.kind === "skip" || (step.kind === "assign" && step.value.kind === "literal"));
}

export function truth(value: boolean, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

export function text(value: string, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

export function read(variable: Variable, origin: Origin): Expression {
  return { kind: "variable", variable, type: variable.type, origin };
}

export function assign(variable: Variable, value: Expression): Step {
  return { kind: "assign", variable, value, origin: value.origin };
}

export function not(operand: Expression): Expression {
  if (operand.kind === "unary" && operand.operator === "!") return operand.operand;
  return { kind: "unary", operator: "!", operand, type: boolean, origin: operand.origin };
}

export function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  const type = operator === "+" ? integer : boolean;
  return { kind: "binary", operator, left, right, type, origin: left.origin };
}

/** Of at least one operand. Grouped to the left, as the operators themselves are. */
export function joined(operator: BinaryOperator, operands: readonly Expression[], origin: Origin): Expression {
  const [first, ...others] = operands;
  if (first === undefined) return truth(operator === "&&", origin);
  return others.reduce((left, right) => binary(operator, left, right), first);
}

/** Whether at least `count` of the conditions hold. */
export function atLeast(wanted: number, all: readonly Expression[], origin: Origin): Expression {
  const conditions = all.filter((each) => each.kind !== "literal" || each.value !== true);
  const count = wanted - (all.length - conditions.length);
  if (count <= 0) return truth(true, origin);
  if (count > conditions.length) return truth(false, origin);
  if (count === 1) return joined("||", conditions, origin);
  if (count === conditions.length) return joined("&&", conditions, origin);
  const number = (value: number): Expression => ({ kind: "literal", value, type: integer, origin });
  const ones = conditions.map(
    (test): Expression => ({ kind: "conditional", test, then: number(1), otherwise: number(0), type: integer, origin }),
  );
  return binary(">=", joined("+", ones, origin), number(count));
}

/** `string` where no type is given: names of outcomes as literals. */
export function oneOf(values: readonly string[]): Variable["type"] {
  const of = values.map((value) => ({ kind: "literal", value }) as const);
  const [only] = of;
  if (only === undefined) return string;
  return of.length === 1 ? only : { kind: "union", of };
}

/** At most one step: nothing where no arm has steps, and an only arm that is empty gives way to the other. */
export function decide(
  cases: readonly { readonly when: Expression; readonly steps: readonly Step[] }[],
  otherwise: readonly Step[],
  origin: Origin,
): readonly Step[] {
  const [only] = cases;
  if (only === undefined) return otherwise;
  if (only.when.kind === "literal" && only.when.value === true) return only.steps;
  if (otherwise.length === 0 && cases.every(({ steps }) => steps.length === 0)) return [];
  if (cases.length === 1 && only.steps.length === 0)
    return decide([{ when: not(only.when), steps: otherwise }], [], origin);
  const arms = cases.map(({ when, steps }) => ({ when, then: sequence(steps) }));
  return [{ kind: "decide", cases: arms, otherwise: otherwise.length === 0 ? null : sequence(otherwise), origin }];
}
