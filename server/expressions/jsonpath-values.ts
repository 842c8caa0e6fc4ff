import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import { boolean, type Type, unknown } from "../ir/types.ts";

export function call(fn: string, args: readonly Expression[], type: Type, origin: Origin): Expression {
  return { kind: "call", fn, args, type, origin };
}

export function list(items: readonly Expression[], origin: Origin): Expression {
  return { kind: "array", items, type: { kind: "array", element: unknown }, origin };
}

export function text(value: string, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

export function number(value: number, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

export function literal(value: null | boolean | number | string, origin: Origin): Expression {
  return { kind: "literal", value, type: value === null ? { kind: "null" } : { kind: "literal", value }, origin };
}

/** A path short enough to stand in a message. */
export function shorten(path: string): string {
  return path.length > 100 ? `${path.slice(0, 100)}…` : path;
}

/** Tests joined so that many of them do not nest deeply: each half of more than eight is an operand. */
export function joinTests(operator: "&&" | "||", tests: readonly Expression[]): Expression {
  const both = (left: Expression, right: Expression): Expression => ({
    kind: "binary",
    operator,
    left,
    right,
    type: boolean,
    origin: left.origin,
  });
  if (tests.length <= 8) return tests.reduce(both);
  const middle = tests.length >> 1;
  return both(joinTests(operator, tests.slice(0, middle)), joinTests(operator, tests.slice(middle)));
}
