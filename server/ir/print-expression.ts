import type { Expression, Variable } from "./expression.ts";
import { showType } from "./show-type.ts";
import type { Type } from "./types.ts";

/** Prints expressions and variables with names that are unique in one program, in the order in which they are first met. */
export interface ExpressionPrinter {
  expression(expression: Expression): string;
  /** Where a variable is read. */
  name(variable: Variable): string;
  /** Where a variable is assigned or bound: the first time with its type. */
  binding(variable: Variable): string;
}

export function createExpressionPrinter(): ExpressionPrinter {
  const names = new Map<Variable, string>();
  const counts = new Map<string, number>();
  const bound = new Set<Variable>();

  const name = (variable: Variable): string => {
    const known = names.get(variable);
    if (known !== undefined) return known;
    const count = (counts.get(variable.name) ?? 0) + 1;
    counts.set(variable.name, count);
    const text = `%${key(variable.name)}${count === 1 ? "" : `.${count}`}`;
    names.set(variable, text);
    return text;
  };
  const binding = (variable: Variable): string => {
    if (bound.has(variable)) return name(variable);
    bound.add(variable);
    return `${name(variable)}: ${printType(variable.type)}`;
  };
  const list = (expressions: readonly Expression[]): string => expressions.map(expression).join(", ");

  const expression = (given: Expression): string => {
    switch (given.kind) {
      case "literal":
        return typeof given.value === "string" ? quote(given.value) : String(given.value);
      case "array":
        return `[${list(given.items)}]`;
      case "object":
        return `{${given.members.map((member) => `${key(member.key)}: ${expression(member.value)}`).join(", ")}}`;
      case "variable":
        return name(given.variable);
      case "member":
        return `${expression(given.of)}${given.optional ? "?" : ""}.${key(given.name)}`;
      case "unary":
        return `${given.operator}(${expression(given.operand)})`;
      case "binary":
        return `(${expression(given.left)} ${given.operator} ${expression(given.right)})`;
      case "conditional":
        return `(${expression(given.test)} ? ${expression(given.then)} : ${expression(given.otherwise)})`;
      case "template":
        return `template(${given.parts.map((part) => (typeof part === "string" ? quote(part) : `$${expression(part)}`)).join(", ")})`;
      case "call":
        return `${given.fn}<${printType(given.type)}>(${list(given.args)})`;
      case "lambda":
        return `(${given.parameters.map(binding).join(", ")}) => ${expression(given.body)}`;
      default:
        return given satisfies never;
    }
  };
  return { expression, name, binding };
}

/** As `showType` shows it; in `<" … ">` where that had to cut it off, so that it is clear where it ends. */
export function printType(type: Type): string {
  const text = showType(type);
  return text.endsWith("…") ? `<${quote(text)}>` : escapeText(text);
}

/** A string as JSON writes it, in printable ASCII. */
export function quote(text: string): string {
  return escapeText(JSON.stringify(text));
}

/** Escapes what is not printable ASCII, so that nothing is invisible or changes the direction of the text. */
export function escapeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A name as it is, or quoted where it is no plain identifier. */
function key(text: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(text) ? text : quote(text);
}
