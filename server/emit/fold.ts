import type { Expression, Variable } from "../ir/expression.ts";
import type { Step } from "../ir/program.ts";
import { mapExpressions } from "./step-expressions.ts";

/**
 * A step whose expressions decide nothing by constants: TypeScript follows `true` and `false`, finds what they make
 * unreachable, and refuses `??` after what it sees is a value.
 */
export function foldStep(step: Step): Step {
  return mapExpressions(step, fold);
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
  if (operand.kind === "binary" && operand.operator === "===") return { ...operand, operator: "!==" };
  if (operand.kind === "binary" && operand.operator === "!==") return { ...operand, operator: "===" };
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

/**
 * What a condition always is, whatever its parts that can fail come to; null where that depends on them. TypeScript
 * sees through `&&`, `||` and `!` and finds what follows unreachable.
 */
export function decided(condition: Expression): boolean | null {
  if (condition.kind === "literal") return condition.value === true;
  if (condition.kind === "unary" && condition.operator === "!") {
    const operand = decided(condition.operand);
    return operand === null ? null : !operand;
  }
  if (condition.kind !== "binary" || (condition.operator !== "&&" && condition.operator !== "||")) return null;
  const decisive = condition.operator === "||";
  const [left, right] = [decided(condition.left), decided(condition.right)];
  if (left === decisive || right === decisive) return decisive;
  return left === null || right === null ? null : !decisive;
}

/** What of a condition that is decided has to be evaluated all the same. */
export function effectOf(condition: Expression): Expression {
  return condition.kind === "binary" && condition.right.kind === "literal" ? condition.left : condition;
}

function isLiteral(expression: Expression, value: boolean): boolean {
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

/** The expression with other variables in it. */
export function substituteVariables(expression: Expression, other: (variable: Variable) => Variable): Expression {
  return replaceParts(expression, (part) => {
    if (part.kind !== "variable") return null;
    const variable = other(part.variable);
    return variable === part.variable ? part : { ...part, variable };
  });
}

/** The expression with other parts in it. `replace` gives null for those that stay, but for what is inside them. */
export function replaceParts(expression: Expression, replace: (part: Expression) => Expression | null): Expression {
  const inner = (part: Expression): Expression => replaceParts(part, replace);
  const replaced = replace(expression);
  if (replaced !== null) return replaced;
  switch (expression.kind) {
    case "literal":
    case "variable":
      return expression;
    case "array":
      return { ...expression, items: expression.items.map(inner) };
    case "object":
      return { ...expression, members: expression.members.map(({ key, value }) => ({ key, value: inner(value) })) };
    case "member":
      return { ...expression, of: inner(expression.of) };
    case "unary":
      return { ...expression, operand: inner(expression.operand) };
    case "binary":
      return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case "conditional": {
      const { test, then, otherwise } = expression;
      return { ...expression, test: inner(test), then: inner(then), otherwise: inner(otherwise) };
    }
    case "template":
      return { ...expression, parts: expression.parts.map((part) => (typeof part === "string" ? part : inner(part))) };
    case "call":
      return { ...expression, args: expression.args.map(inner) };
    case "lambda":
      return { ...expression, body: inner(expression.body) };
    default:
      return expression satisfies never;
  }
}
