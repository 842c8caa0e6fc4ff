import type { Expression } from "../ir/expression.ts";
import { resolve, type Type, union, widen } from "../ir/types.ts";

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
        ? union([withoutNull(expression.left.type), valueType(expression.right)])
        : expression.type;
    default:
      return expression.type;
  }
}

/** What is left of a type before `??`. */
function withoutNull(type: Type): Type {
  const resolved = resolve(type);
  if (resolved.kind === "null") return { kind: "never" };
  return resolved.kind === "union" && resolved.of.some((alternative) => alternative.kind === "null")
    ? union(resolved.of.filter((alternative) => alternative.kind !== "null"))
    : type;
}
