import type { BinaryOperator, Expression } from "../ir/expression.ts";
import { boolean, type Type } from "../ir/types.ts";

/** The contrary of a boolean expression, as a person would write it. */
export function negate(test: Expression): Expression {
  return opposite(test, 0) ?? { kind: "unary", operator: "!", operand: test, type: boolean, origin: test.origin };
}

/** Whether the contrary can be written without a `!` in front of parentheses. */
export function negatesWell(test: Expression): boolean {
  return opposite(test, 0) !== null || test.kind === "variable" || test.kind === "member" || test.kind === "call";
}

/** Deeper than this, `!( … )` reads better than De Morgan's laws. */
const MAX_DEPTH = 3;

function opposite(test: Expression, depth: number): Expression | null {
  if (test.kind === "literal") return { ...test, value: !test.value, type: { kind: "literal", value: !test.value } };
  if (test.kind === "unary" && test.operator === "!") return test.operand;
  if (test.kind !== "binary") return null;
  if (test.operator === "===") return { ...test, operator: "!==" };
  if (test.operator === "!==") return { ...test, operator: "===" };
  const order = orders.get(test.operator);
  if (order !== undefined) {
    return isTotallyOrdered(test.left.type) && isTotallyOrdered(test.right.type) ? { ...test, operator: order } : null;
  }
  if ((test.operator !== "&&" && test.operator !== "||") || depth === MAX_DEPTH) return null;
  const left = opposite(test.left, depth + 1);
  const right = opposite(test.right, depth + 1);
  if (left === null || right === null) return null;
  return { ...test, operator: test.operator === "&&" ? "||" : "&&", left, right, type: boolean };
}

const orders = new Map<BinaryOperator, BinaryOperator>([
  ["<", ">="],
  ["<=", ">"],
  [">", "<="],
  [">=", "<"],
]);

/** `number` is not: nothing that is computed is less than NaN, nor greater or equal. */
function isTotallyOrdered(type: Type): boolean {
  return type.kind === "string" || type.kind === "integer" || (type.kind === "literal" && !Number.isNaN(type.value));
}

/** `first || second`. */
export function either(left: Expression, right: Expression): Expression {
  return { kind: "binary", operator: "||", left, right, type: boolean, origin: left.origin };
}

/** `first && second`. */
export function both(left: Expression, right: Expression): Expression {
  return { kind: "binary", operator: "&&", left, right, type: boolean, origin: left.origin };
}

/** Whether evaluating a test can fail, so that it cannot be left out. */
export function canFail(test: Expression): boolean {
  switch (test.kind) {
    case "literal":
    case "variable":
      return false;
    case "unary":
      return canFail(test.operand);
    case "binary":
      return canFail(test.left) || canFail(test.right);
    case "member":
      return canFail(test.of);
    default:
      return true;
  }
}
