import type { BinaryOperator, Expression } from "../ir/expression.ts";
import type { Type } from "../ir/types.ts";
import { asKind, type Checker } from "./cel-checker.ts";
import type { CelKind } from "./cel-kinds.ts";
import type { CelNode } from "./cel-syntax.ts";

export type Binary = Extract<CelNode, { kind: "binary" }>;

/** The types of two operands, as an operator has them. */
export interface Operands {
  readonly node: Binary;
  readonly left: Expression;
  readonly right: Expression;
  readonly leftKind: CelKind;
  readonly rightKind: CelKind;
}

export function binaryOf(
  { node, left, right }: Operands,
  operator: BinaryOperator,
  type: Type,
  checker: Checker,
): Expression {
  return { kind: "binary", operator, left, right, type, origin: checker.originOf(node) };
}

/** `asKind` on both sides. */
export function both(operands: Operands, kind: CelKind): Operands | null {
  const left = asKind(operands.left, kind);
  const right = asKind(operands.right, kind);
  return left === null || right === null ? null : { ...operands, left, right };
}
