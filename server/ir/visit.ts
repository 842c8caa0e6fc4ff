import type { Expression, Variable } from "./expression.ts";
import type { Region, RetryRule, Step } from "./program.ts";

/** The conditions by which a region itself decides. */
export function choicesOf(region: Region): readonly Expression[] {
  if (region.kind === "sequence") return [];
  if (region.kind === "jumps") {
    return [...region.blocks.values()].flatMap(({ end }) => {
      if (end.kind === "branch") return end.cases.map(({ when }) => when);
      return end.kind === "attempt" ? end.handlers.flatMap(({ when }) => when ?? []) : [];
    });
  }
  return region.tasks.flatMap(({ choice }) => {
    if (choice.kind === "cases") return choice.cases.map(({ when }) => when);
    return choice.kind === "failure" ? choice.handlers.flatMap(({ when }) => when ?? []) : [];
  });
}

/** The variable that a step itself sets, not one that the steps in it do. */
export function assignedBy(step: Step): Variable | null {
  switch (step.kind) {
    case "assign":
      return step.variable;
    case "call":
    case "receive":
    case "race":
    case "forEach":
      return step.result;
    default:
      return null;
  }
}

/** The expressions that stand directly in a step. */
export function expressionsOf(step: Step): readonly Expression[] {
  const given = (...expressions: readonly (Expression | null | undefined)[]): readonly Expression[] =>
    expressions.filter((expression) => expression != null);
  switch (step.kind) {
    case "assign":
    case "evaluate":
    case "finish":
    case "terminate":
      return given(step.value);
    case "call":
      return given(
        step.input,
        step.by?.more,
        step.credentials,
        step.timeoutMs,
        step.heartbeatMs,
        ...step.retry.flatMap(ruleExpressions),
      );
    case "decide":
      return step.cases.map(({ when }) => when);
    case "fork":
      return step.branches.flatMap(({ after }) =>
        after.kind === "count" ? after.branches.map(({ taken }) => taken) : [],
      );
    case "fail":
      return [step.error, step.cause];
    case "wait":
      return [step.until.kind === "duration" ? step.until.ms : step.until.timestamp];
    case "race":
      return step.alternatives.flatMap(({ event }) =>
        event.kind === "message" ? [] : [event.kind === "duration" ? event.ms : event.timestamp],
      );
    case "scope":
      return given(step.timeoutMs, ...step.retry.flatMap(ruleExpressions));
    case "forEach":
      return given(step.items, step.concurrency, step.by?.more, step.completion?.count, step.completion?.until);
    case "loop":
      return given(step.test);
    case "receive":
      return given(step.timeoutMs);
    case "try":
      return given(...step.handlers.map(({ when }) => when));
    case "block":
    case "lock":
    case "cancellable":
    case "control":
    case "break":
    case "continue":
    case "rethrow":
    case "skip":
    case "visit":
      return [];
    default:
      return step satisfies never;
  }
}

/** Every part of an expression, itself first. Without recursion: machine-made expressions can be long chains. */
export function visitExpression(expression: Expression, visit: (part: Expression) => void): void {
  const open = [expression];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    visit(part);
    for (const inner of partsOf(part)) open.push(inner);
  }
}

/** The expressions that stand directly in an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "array":
      return expression.items;
    case "object":
      return expression.members.map(({ value }) => value);
    case "member":
      return [expression.of];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.test, expression.then, expression.otherwise];
    case "template":
      return expression.parts.filter((part) => typeof part !== "string");
    case "call":
      return expression.args;
    case "lambda":
      return [expression.body];
    case "literal":
    case "variable":
      return [];
    default:
      return expression satisfies never;
  }
}

/** The expressions of a retry rule; null where it takes every failure. */
export function ruleExpressions({ when, given = [] }: RetryRule): readonly (Expression | null)[] {
  return [when, ...given.map(({ value }) => value)];
}
