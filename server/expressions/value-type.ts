import type { Expression } from "../ir/expression.ts";
import { type Type, union, widen } from "../ir/types.ts";

/**
 * The type that a place without a declared type takes from a value, as TypeScript infers it: a literal that is written
 * there widens (`"EUR"` makes a string), a value of a literal type that comes from elsewhere does not.
 */
export function valueType(expression: Expression): Type {
  switch (expression.kind) {
    case "literal":
      return widen(expression.type);
    case "conditional":
      return union([valueType(expression.then), valueType(expression.otherwise)]);
    case "binary":
      return expression.operator === "??"
        ? union([expression.left.type, valueType(expression.right)])
        : expression.type;
    default:
      return expression.type;
  }
}
