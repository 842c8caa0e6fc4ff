import type { BinaryOperator, Expression } from "./expression.ts";
import {
  boolean,
  elementOf,
  integer,
  memberOf,
  nullType,
  number,
  resolve,
  string,
  type Type,
  union,
  unknown,
  widen,
} from "./types.ts";

type Typed = Pick<Expression, "type">;
/** Without a type of its own yet. Calls always print theirs. */
export type Untyped = {
  [K in Expression["kind"]]: Omit<Extract<Expression, { kind: K }>, "type" | "origin">;
}[Exclude<Expression["kind"], "call">];
/** Where an expression stands: time limits and the paths that runtime functions take have types of their own. */
export type Place = "limit" | "argument" | "elsewhere";

/**
 * The type that the text form leaves out of an expression, because it follows from its parts and its place. It is the
 * one that front ends give most often; no part of the compiler relies on it.
 */
export function naturalType(expression: Untyped, place: Place): Type {
  switch (expression.kind) {
    case "literal":
      return expression.value === null ? nullType : typeOfLiteral(expression.value, place);
    case "array":
      return place === "argument" && expression.items.every((item) => item.kind === "literal")
        ? { kind: "array", element: unknown }
        : { kind: "array", element: union(expression.items.map((item) => item.type)) };
    case "object": {
      const members = expression.members.map(({ key, value }) => [key, { type: value.type, required: true }] as const);
      return { kind: "object", members: new Map(members), additional: null };
    }
    case "variable":
      return expression.variable.type;
    case "member":
      return typeOfMember(expression.of.type, expression.name);
    case "unary":
      return expression.operator === "!" ? boolean : widen(expression.operand.type);
    case "binary":
      return typeOfBinary(expression.operator, expression.left, expression.right);
    case "conditional":
      return union([expression.then.type, expression.otherwise.type]);
    case "template":
      return string;
    case "lambda":
      return expression.body.type;
    default:
      return expression satisfies never;
  }
}

function typeOfLiteral(value: string | number | boolean, place: Place): Type {
  const literal: Type = { kind: "literal", value };
  return place === "limit" ? widen(literal) : literal;
}

function typeOfMember(of: Type, name: string): Type {
  if (name === "length" && (elementOf(of) !== null || widen(resolve(of)).kind === "string")) return integer;
  return memberOf(of, name)?.type ?? unknown;
}

function typeOfBinary(operator: BinaryOperator, left: Typed, right: Typed): Type {
  switch (operator) {
    case "&&":
    case "||":
    case "===":
    case "!==":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return boolean;
    case "??":
      return union([left.type, right.type]);
    case "/":
      return number;
    case "+":
    case "-":
    case "*": {
      const kinds = [left, right].map((side) => widen(resolve(side.type)).kind);
      if (kinds.every((kind) => kind === "integer")) return integer;
      return operator === "+" && kinds.includes("string") ? string : number;
    }
    default:
      return operator satisfies never;
  }
}
