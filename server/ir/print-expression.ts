import type { Expression, Variable } from "./expression.ts";
import { naturalType, type Place } from "./natural-type.ts";
import { createNaming, key, quote } from "./print-text.ts";
import { printLiteral, type TypePrinter } from "./print-type.ts";
import { createSameType } from "./same-type.ts";

/** Prints expressions and variables with names that are unique in one program, in the order in which they are first met. */
export interface ExpressionPrinter {
  expression(expression: Expression, place?: Place): string;
  /** Where a variable is read, assigned or bound: with its type where the text has it first, so call in the text's order. */
  variable(variable: Variable): string;
}

export function createExpressionPrinter({ type }: TypePrinter): ExpressionPrinter {
  const nameOf = createNaming<Variable>(({ name }) => `%${key(name)}`);
  const same = createSameType();
  const met = new Set<Variable>();

  const variable = (given: Variable): string => {
    if (met.has(given)) return nameOf(given);
    met.add(given);
    return `${nameOf(given)}: ${type(given.type)}`;
  };
  const list = (expressions: readonly Expression[]): string => expressions.map((one) => expression(one)).join(", ");

  const expression = (given: Expression, place: Place = "elsewhere"): string => {
    if (given.kind === "call") {
      const parts = [...(given.scope ? ["scope"] : []), ...given.args.map((one) => expression(one, "argument"))];
      return `${given.fn}<${type(given.type)}>(${parts.join(", ")})`;
    }
    const text = write(given);
    return same(naturalType(given, place), given.type) ? text : `(${text} as ${type(given.type)})`;
  };
  const write = (given: Exclude<Expression, { readonly kind: "call" }>): string => {
    switch (given.kind) {
      case "literal":
        return printLiteral(given.value);
      case "array":
        return `[${list(given.items)}]`;
      case "object":
        return `{${given.members.map((member) => `${key(member.key)}: ${expression(member.value)}`).join(", ")}}`;
      case "variable":
        return variable(given.variable);
      case "member": {
        const of = expression(given.of);
        return `${given.of.kind === "lambda" ? `(${of})` : of}${given.optional ? "?" : ""}.${key(given.name)}`;
      }
      case "unary":
        return `${given.operator}(${expression(given.operand)})`;
      case "binary":
        return `(${expression(given.left)} ${given.operator} ${expression(given.right)})`;
      case "conditional":
        return `(${expression(given.test)} ? ${expression(given.then)} : ${expression(given.otherwise)})`;
      case "template":
        return `template(${given.parts.map(part).join(", ")})`;
      case "lambda":
        return `(${given.parameters.map(variable).join(", ")}) => ${expression(given.body)}`;
      default:
        return given satisfies never;
    }
  };
  /** Text stands in quotes alone, and a literal string in parentheses. */
  const part = (given: string | Expression): string => {
    if (typeof given === "string") return quote(given);
    const text = expression(given);
    return given.kind === "literal" && typeof given.value === "string" && text.startsWith('"') ? `(${text})` : text;
  };
  return { expression, variable };
}
