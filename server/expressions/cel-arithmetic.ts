import type { Expression } from "../ir/expression.ts";
import { elementOf, integer, number, string, union, unknown } from "../ir/types.ts";
import { type Checker, callOf, literalOf, showOperand } from "./cel-checker.ts";
import { durationType, isNumeric, timestampType } from "./cel-kinds.ts";
import { binaryOf, both, type Operands } from "./cel-operands.ts";

export function checkSum(operands: Operands, checker: Checker): Expression | "reported" | null {
  const { node, left, right, leftKind, rightKind } = operands;
  const origin = checker.originOf(node);
  if (leftKind === "dyn" && rightKind === "dyn") return callOf("dynamicSum", [left, right], unknown, origin);
  if (leftKind === "list" || rightKind === "list") {
    const lists = both(operands, "list");
    if (lists === null) return null;
    const element = union([elementOf(lists.left.type) ?? unknown, elementOf(lists.right.type) ?? unknown]);
    return callOf("concat", [lists.left, lists.right], { kind: "array", element }, origin);
  }
  if (leftKind === "string" || rightKind === "string") {
    const texts = both(operands, "string");
    return texts && joinText(texts, checker);
  }
  return checkTimeSum(operands, checker) ?? checkArithmetic(operands, "+", checker);
}

/** Text with literals in it becomes one template: `"Order " + id` is `Order ${id}`. */
function joinText(operands: Operands, checker: Checker): Expression {
  const { node, left, right } = operands;
  const parts = [...textParts(left), ...textParts(right)];
  if (parts.every((part) => typeof part === "string")) return literalOf(parts.join(""), checker.originOf(node));
  if (parts.every((part) => typeof part !== "string")) return binaryOf(operands, "+", string, checker);
  return { kind: "template", parts, type: string, origin: checker.originOf(node) };
}

export function textParts(expression: Expression): readonly (string | Expression)[] {
  if (expression.kind === "template") return expression.parts;
  return expression.kind === "literal" ? [String(expression.value)] : [expression];
}

function checkTimeSum(operands: Operands, checker: Checker): Expression | null {
  const kinds = `${operands.leftKind}+${operands.rightKind}`;
  if (kinds === "duration+duration") return binaryOf(operands, "+", durationType, checker);
  const isMoment = kinds === "timestamp+duration" || kinds === "duration+timestamp";
  return isMoment ? binaryOf(operands, "+", timestampType, checker) : null;
}

function checkTimeDifference(operands: Operands, checker: Checker): Expression | null {
  const kinds = `${operands.leftKind}-${operands.rightKind}`;
  if (kinds === "timestamp-timestamp" || kinds === "duration-duration")
    return binaryOf(operands, "-", durationType, checker);
  return kinds === "timestamp-duration" ? binaryOf(operands, "-", timestampType, checker) : null;
}

export function checkArithmetic(
  operands: Operands,
  operator: "+" | "-" | "*" | "/" | "%",
  checker: Checker,
): Expression | "reported" | null {
  const moment = operator === "-" ? checkTimeDifference(operands, checker) : null;
  if (moment !== null) return moment;
  if (operator === "%") return checkRemainder(operands, checker);
  const numbers = both(operands, "double");
  if (numbers === null) return null;
  const isInteger = operands.leftKind === "int" && operands.rightKind === "int";
  const { node, left, right } = numbers;
  if (operator === "/" && isInteger) {
    if (right.kind === "literal" && right.value === 0) return reportZero(operands, operator, checker);
    return callOf("divideIntegers", [left, right], integer, checker.originOf(node));
  }
  if (isInteger && isBeyond(left, right, operator)) return reportBeyond(operands, operator, checker);
  return binaryOf(numbers, operator, isInteger ? integer : number, checker);
}

/** Whether the result for two integers that are written out is not exact. */
function isBeyond(left: Expression, right: Expression, operator: "+" | "-" | "*" | "/"): boolean {
  if (left.kind !== "literal" || right.kind !== "literal") return false;
  const [a, b] = [Number(left.value), Number(right.value)];
  return !Number.isSafeInteger(operator === "*" ? a * b : operator === "-" ? a - b : a + b);
}

function reportBeyond({ node, left, right }: Operands, operator: string, checker: Checker): "reported" {
  const hint = ": the result is beyond 2^53 - 1, where numbers are no longer exact";
  checker.report("WF_TYPE_004", node, {
    operator,
    operands: `${showOperand(left.type)} and ${showOperand(right.type)}`,
    hint,
  });
  return "reported";
}

function checkRemainder(operands: Operands, checker: Checker): Expression | "reported" | null {
  const integers = both(operands, "int");
  if (integers === null) return both(operands, "double") === null ? null : reportRemainder(operands, checker);
  const { node, left, right } = integers;
  if (right.kind === "literal" && right.value === 0) return reportZero(operands, "%", checker);
  return callOf("remainder", [left, right], integer, checker.originOf(node));
}

function reportRemainder({ node, left, right, leftKind, rightKind }: Operands, checker: Checker): "reported" {
  const operands = `${showOperand(left.type)} and ${showOperand(right.type)}`;
  const isKnown = isNumeric(leftKind) && isNumeric(rightKind);
  checker.report("WF_TYPE_004", node, {
    operator: "%",
    operands,
    hint: isKnown ? "; it takes integers: write `int(…)`" : "; write `int(…)` around what may be no integer",
  });
  return "reported";
}

function reportZero({ node, left }: Operands, operator: string, checker: Checker): "reported" {
  checker.report("WF_TYPE_004", node.right, {
    operator,
    operands: `${showOperand(left.type)} and 0`,
    hint: ": division by zero always fails",
  });
  return "reported";
}
