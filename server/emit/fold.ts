import type { Expression } from "../ir/expression.ts";
import type { Completion, RaceAlternative, RetryRule, Step } from "../ir/program.ts";

/**
 * A step whose expressions decide nothing by constants: TypeScript follows `true` and `false`, finds what they make
 * unreachable, and refuses `??` after what it sees is a value.
 */
export function foldStep(step: Step): Step {
  switch (step.kind) {
    case "call":
      return {
        ...step,
        input: fold(step.input),
        timeoutMs: foldOrNull(step.timeoutMs),
        ...(step.heartbeatMs !== undefined && { heartbeatMs: foldOrNull(step.heartbeatMs) }),
        retry: step.retry.map(foldRule),
      };
    case "assign":
    case "evaluate":
      return { ...step, value: fold(step.value) };
    case "decide":
      return { ...step, cases: step.cases.map((each) => ({ ...each, when: fold(each.when) })) };
    case "fork":
      return { ...step, branches: step.branches.map((branch) => ({ ...branch, after: foldAfter(branch.after) })) };
    case "forEach":
      return {
        ...step,
        items: fold(step.items),
        concurrency: foldOrNull(step.concurrency),
        ...(step.completion && { completion: foldCompletion(step.completion) }),
      };
    case "loop":
      return { ...step, test: foldOrNull(step.test) };
    case "try":
      return { ...step, handlers: step.handlers.map((handler) => ({ ...handler, when: foldOrNull(handler.when) })) };
    case "wait":
      return { ...step, until: foldUntil(step.until) };
    case "receive":
      return { ...step, timeoutMs: foldOrNull(step.timeoutMs) };
    case "scope":
      return { ...step, timeoutMs: foldOrNull(step.timeoutMs), retry: step.retry.map(foldRule) };
    case "race":
      return { ...step, alternatives: step.alternatives.map((each) => ({ ...each, event: foldEvent(each.event) })) };
    case "finish":
    case "terminate":
      return { ...step, value: foldOrNull(step.value) };
    case "fail":
      return { ...step, error: fold(step.error), cause: fold(step.cause) };
    case "visit":
    case "skip":
    case "lock":
    case "cancellable":
    case "control":
    case "block":
    case "break":
    case "continue":
    case "rethrow":
      return step;
    default:
      return step satisfies never;
  }
}

function foldCompletion(completion: Completion): Completion {
  return { ...completion, count: foldOrNull(completion.count), until: foldOrNull(completion.until) };
}

function foldEvent(event: RaceAlternative["event"]): RaceAlternative["event"] {
  return event.kind === "message" ? event : foldUntil(event);
}

type Fork = Extract<Step, { readonly kind: "fork" }>;
type Wait = Extract<Step, { readonly kind: "wait" }>;

function foldAfter(after: Fork["branches"][number]["after"]): Fork["branches"][number]["after"] {
  if (after.kind === "all") return after;
  return { ...after, branches: after.branches.map((each) => ({ ...each, taken: fold(each.taken) })) };
}

function foldUntil(until: Wait["until"]): Wait["until"] {
  return until.kind === "duration" ? { ...until, ms: fold(until.ms) } : { ...until, timestamp: fold(until.timestamp) };
}

function foldRule(rule: RetryRule): RetryRule {
  return { ...rule, when: foldOrNull(rule.when) };
}

function foldOrNull(expression: Expression | null): Expression | null {
  return expression === null ? null : fold(expression);
}

function fold(expression: Expression): Expression {
  switch (expression.kind) {
    case "literal":
    case "variable":
      return expression;
    case "array":
      return { ...expression, items: expression.items.map(fold) };
    case "object":
      return { ...expression, members: expression.members.map(({ key, value }) => ({ key, value: fold(value) })) };
    case "member":
      return { ...expression, of: fold(expression.of) };
    case "unary":
      return expression.operator === "!"
        ? foldNot(expression, fold(expression.operand))
        : { ...expression, operand: fold(expression.operand) };
    case "binary":
      return foldBinary(expression, fold(expression.left), fold(expression.right));
    case "conditional": {
      const test = fold(expression.test);
      if (test.kind === "literal") return fold(test.value === true ? expression.then : expression.otherwise);
      return { ...expression, test, then: fold(expression.then), otherwise: fold(expression.otherwise) };
    }
    case "template":
      return { ...expression, parts: expression.parts.map((part) => (typeof part === "string" ? part : fold(part))) };
    case "call":
      return { ...expression, args: expression.args.map(fold) };
    case "lambda":
      return { ...expression, body: fold(expression.body) };
    default:
      return expression satisfies never;
  }
}

function foldNot(expression: Extract<Expression, { readonly kind: "unary" }>, operand: Expression): Expression {
  if (operand.kind === "literal") return { ...operand, value: operand.value !== true };
  if (operand.kind === "unary" && operand.operator === "!") return operand.operand;
  return { ...expression, operand };
}

function foldBinary(
  expression: Extract<Expression, { readonly kind: "binary" }>,
  left: Expression,
  right: Expression,
): Expression {
  const { operator } = expression;
  if (operator === "??") {
    if (left.kind === "literal" && left.value === null) return right;
    return isNeverAbsent(left) ? left : { ...expression, left, right };
  }
  if (operator !== "&&" && operator !== "||") return { ...expression, left, right };
  const decisive = operator === "||";
  if (isLiteral(left, decisive) || isLiteral(right, !decisive)) return left;
  if (isLiteral(left, !decisive) || (isLiteral(right, decisive) && !canFail(left))) return right;
  return { ...expression, left, right };
}

function isNeverAbsent(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
      return expression.value !== null;
    case "array":
    case "object":
    case "template":
    case "lambda":
    case "unary":
      return true;
    case "binary":
      return expression.operator !== "??" && expression.operator !== "&&" && expression.operator !== "||";
    default:
      return false;
  }
}

export function isLiteral(expression: Expression, value: boolean): boolean {
  return expression.kind === "literal" && expression.value === value;
}

/** Whether evaluating an expression may fail, which only calls do. */
export function canFail(expression: Expression): boolean {
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
