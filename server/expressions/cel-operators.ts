import { nearest } from "../diagnostics/nearest.ts";
import type { Expression } from "../ir/expression.ts";
import { boolean, elementOf, integer, number, resolve, type Type } from "../ir/types.ts";
import { checkArithmetic, checkSum } from "./cel-arithmetic.ts";
import { asKind, type Checker, callOf, hintFor, literalOf, type Scope, showOperand } from "./cel-checker.ts";
import { type CelKind, canEqual, durationType, isNumeric, isPrimitive, kindOf, timestampType } from "./cel-kinds.ts";
import { checkLogical, checkTest } from "./cel-logic.ts";
import { optionalMember } from "./cel-members.ts";
import { type Binary, binaryOf, both, type Operands } from "./cel-operands.ts";
import type { CelNode, CelOperator } from "./cel-syntax.ts";

export function checkBinary(node: Binary, scope: Scope, checker: Checker): Expression | null {
  if (node.operator === "&&" || node.operator === "||") return checkLogical(node, node.operator, scope, checker);
  if (node.operator === "==" || node.operator === "!=") {
    const presence = checkNullTest(node, scope, checker);
    if (presence !== undefined) return presence;
  }
  const left = checker.check(node.left, scope);
  const right = checker.check(node.right, scope);
  if (left === null || right === null) return null;
  const operands: Operands = { node, left, right, leftKind: kindOf(left.type), rightKind: kindOf(right.type) };
  const result = applyOperator(operands, checker);
  if (result === null) reportOperands(operands, checker);
  return result === "reported" ? null : result;
}

function applyOperator(operands: Operands, checker: Checker): Expression | "reported" | null {
  const { operator } = operands.node;
  switch (operator) {
    case "==":
    case "!=":
      return checkEquality(operands, operator, checker);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return checkOrder(operands, operator, checker);
    case "in":
      return checkIn(operands, checker);
    case "+":
      return checkSum(operands, checker);
    case "-":
    case "*":
    case "/":
    case "%":
      return checkArithmetic(operands, operator, checker);
    case "&&":
    case "||":
      return null;
    default:
      return operator satisfies never;
  }
}

function reportOperands({ node, left, right }: Operands, checker: Checker): void {
  const operands = `${showOperand(left.type)} and ${showOperand(right.type)}`;
  const hint = hintFor(left.type) || hintFor(right.type) || hintForText(node.operator, left, right);
  checker.report("WF_TYPE_004", node, { operator: node.operator, operands, hint });
}

function hintForText(operator: CelOperator, left: Expression, right: Expression): string {
  const isText = kindOf(left.type) === "string" || kindOf(right.type) === "string";
  if (operator === "+" && isText) return "; write `string(…)` around what is no string";
  if (operator !== "==" && operator !== "!=") return "";
  const [text, other] =
    right.kind === "literal" ? [right.value, left] : [left.kind === "literal" ? left.value : null, right];
  const near = typeof text === "string" ? nearest(text, textsOf(other.type)) : "";
  return near === "" ? ": they are never equal" : `; did you mean "${near}"?`;
}

/** The texts that a type lists. */
function textsOf(type: Type): readonly string[] {
  const resolved = resolve(type);
  if (resolved.kind === "union")
    return resolved.of.flatMap((one) => (one.kind === "literal" ? [String(one.value)] : []));
  return resolved.kind === "literal" ? [String(resolved.value)] : [];
}

/** `a.b != null` and `a.b == null`, which also ask whether an optional member is there; undefined: not of that form. */
function checkNullTest(node: Binary, scope: Scope, checker: Checker): Expression | null | undefined {
  const tested = node.right.kind === "null" ? node.left : node.left.kind === "null" ? node.right : null;
  if (tested?.kind !== "select") return undefined;
  const value = checker.checkPresence(tested, scope);
  if (value === null) return null;
  const origin = checker.originOf(node);
  const isRead = value.kind === "call" && ["lookup", "dynamicLookup", "ownMember"].includes(value.fn);
  const mayBeAbsent = (value.kind === "member" && value.optional) || isRead;
  if (!mayBeAbsent) {
    const nothing: Expression = {
      kind: "literal",
      value: null,
      type: { kind: "null" },
      origin: checker.originOf(node.right),
    };
    const operator = node.operator === "==" ? "===" : "!==";
    return { kind: "binary", operator, left: value, right: nothing, type: boolean, origin };
  }
  const isSet = callOf("isSet", [value], boolean, origin);
  return node.operator === "!=" ? isSet : { kind: "unary", operator: "!", operand: isSet, type: boolean, origin };
}

function checkEquality(operands: Operands, operator: "==" | "!=", checker: Checker): Expression | null {
  const { node, left, right, leftKind, rightKind } = operands;
  const times: readonly CelKind[] = ["timestamp", "duration"];
  if ((times.includes(leftKind) || times.includes(rightKind)) && leftKind !== rightKind) return null;
  const isNullTest = node.left.kind === "null" || node.right.kind === "null";
  const origin = checker.originOf(node);
  if (!isNullTest && !canEqual(exactType(left), exactType(right))) {
    const isMeant =
      isConstant(left) &&
      isConstant(right) &&
      (leftKind === rightKind || (isNumeric(leftKind) && isNumeric(rightKind)));
    return isMeant ? literalOf(operator === "!=", origin) : null;
  }
  // TypeScript takes a comparison with what is written in place, such as `[] === null`, for a mistake.
  const isWritten = [left, right].some(({ kind }) => kind === "array" || kind === "object");
  if (!isWritten && (isPrimitive(left.type) || isPrimitive(right.type)))
    return binaryOf(operands, operator === "==" ? "===" : "!==", boolean, checker);
  const equal = callOf("equals", [left, right], boolean, origin);
  return operator === "==" ? equal : { kind: "unary", operator: "!", operand: equal, type: boolean, origin };
}

/** The type with the value of a double literal, which TypeScript takes into account; of `dyn(1)`, just unknown. */
function exactType(expression: Expression): Type {
  return expression.kind === "literal" && typeof expression.value === "number" && expression.type.kind !== "unknown"
    ? { kind: "literal", value: expression.value }
    : expression.type;
}

/** Written out in the expression: that two of these differ is no mistake in the names of values. */
function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
      return true;
    case "array":
      return expression.items.every(isConstant);
    case "object":
      return expression.members.every(({ value }) => isConstant(value));
    default:
      return false;
  }
}

const ORDERED: readonly CelKind[] = ["double", "string", "bool"];

function checkOrder(operands: Operands, operator: "<" | "<=" | ">" | ">=", checker: Checker): Expression | null {
  const { node, left, right, leftKind, rightKind } = operands;
  if (leftKind === rightKind && (leftKind === "timestamp" || leftKind === "duration"))
    return binaryOf(operands, operator, boolean, checker);
  if (leftKind === "dyn" && rightKind === "dyn") {
    const origin = checker.originOf(node);
    const compared = callOf("compareDynamic", [left, right], number, origin);
    return { kind: "binary", operator, left: compared, right: literalOf(0, origin), type: boolean, origin };
  }
  for (const kind of ORDERED) {
    const asked = both(operands, kind);
    if (asked !== null)
      return binaryOf(
        { ...asked, left: emptiness(asked.left, asked.right), right: emptiness(asked.right, asked.left) },
        operator,
        boolean,
        checker,
      );
  }
  return null;
}

/** Whether a text is empty needs no count of its characters: `size(s) > 0` is `s.length > 0`. */
function emptiness(size: Expression, other: Expression): Expression {
  const [text] = size.kind === "call" && size.fn === "textSize" ? size.args : [];
  if (text === undefined || other.kind !== "literal" || other.value !== 0) return size;
  return { kind: "member", of: text, name: "length", optional: false, type: integer, origin: size.origin };
}

function checkIn(operands: Operands, checker: Checker): Expression | null {
  const { node, left, right, rightKind } = operands;
  const origin = checker.originOf(node);
  if (rightKind === "dyn") return callOf("dynamicIn", [left, right], boolean, origin);
  const element = elementOf(right.type);
  if (element !== null)
    return element.kind === "never" || canEqual(left.type, element)
      ? callOf("isIn", [left, right], boolean, origin)
      : null;
  if (right.kind === "object" && right.members.length === 0) return literalOf(false, origin);
  const key = asKind(left, "string");
  if (rightKind !== "map" || key === null) return null;
  const map = resolve(right.type);
  const member = key.kind === "literal" && map.kind === "object" ? map.members.get(String(key.value)) : undefined;
  if (member === undefined || key.kind !== "literal") return callOf("hasKey", [right, key], boolean, origin);
  if (member.required) return literalOf(true, origin);
  return callOf("has", [optionalMember(right, String(key.value), member.type, origin)], boolean, origin);
}

export function checkUnary(
  node: Extract<CelNode, { kind: "unary" }>,
  scope: Scope,
  checker: Checker,
): Expression | null {
  const origin = checker.originOf(node);
  if (node.operator === "!") {
    const operand = checkTest(node.operand, scope, checker, "!");
    if (operand === null) return null;
    if (operand.kind === "literal") return literalOf(operand.value !== true, origin);
    return { kind: "unary", operator: "!", operand, type: boolean, origin };
  }
  const value = checker.check(node.operand, scope);
  if (value === null) return null;
  if (value.type === durationType) return { kind: "unary", operator: "-", operand: value, type: durationType, origin };
  const operand = value.type === timestampType ? null : asKind(value, "double");
  if (operand !== null)
    return { kind: "unary", operator: "-", operand, type: kindOf(value.type) === "int" ? integer : number, origin };
  checker.report("WF_TYPE_004", node, { operator: "-", operands: showOperand(value.type), hint: hintFor(value.type) });
  return null;
}
