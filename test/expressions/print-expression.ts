import type { Expression } from "../../server/ir/expression.ts";
import type { Type } from "../../server/ir/types.ts";

/** A plain printer for tests: every operand in parentheses. */
export function printExpression(expression: Expression): string {
  const operand = (part: Expression): string => {
    const text = printExpression(part);
    return /^[\w.]+$/.test(text) ? text : `(${text})`;
  };
  switch (expression.kind) {
    case "literal":
      return JSON.stringify(expression.value);
    case "array":
      return `[${expression.items.map(printExpression).join(", ")}]`;
    case "object":
      return `{ ${expression.members.map(({ key, value }) => `${JSON.stringify(key)}: ${printExpression(value)}`).join(", ")} }`;
    case "variable":
      return expression.variable.name;
    case "member":
      return `${operand(expression.of)}${printName(expression.name)}`;
    case "unary":
      return `${expression.operator}${operand(expression.operand)}`;
    case "binary":
      return `${operand(expression.left)} ${expression.operator} ${operand(expression.right)}`;
    case "conditional":
      return `${operand(expression.test)} ? ${operand(expression.then)} : ${operand(expression.otherwise)}`;
    case "template":
      return `\`${expression.parts.map((part) => (typeof part === "string" ? part.replace(/[\\`$]/g, "\\$&") : `\${${printExpression(part)}}`)).join("")}\``;
    case "call":
      return `${expression.fn}(${expression.args.map(printExpression).join(", ")})`;
    case "lambda":
      return `(${expression.parameters.map(({ name }) => name).join(", ")}) => (${printExpression(expression.body)})`;
    default:
      return expression satisfies never;
  }
}

function printName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A type as the generated module prints it. */
export function printType(type: Type): string {
  switch (type.kind) {
    case "integer":
      return "number";
    case "literal":
      return JSON.stringify(type.value);
    case "array":
      return `(${printType(type.element)})[]`;
    case "tuple":
      return `[${[...type.elements.map(printType), ...(type.rest === null ? [] : [`...(${printType(type.rest)})[]`])].join(", ")}]`;
    case "object": {
      const members = [...type.members].map(
        ([name, member]) => `${JSON.stringify(name)}${member.required ? "" : "?"}: ${printType(member.type)};`,
      );
      if (members.length === 0 && type.additional !== null)
        members.push(`[key: string]: ${printType(type.additional)};`);
      return `{ ${members.join(" ")} }`;
    }
    case "union":
      return type.of.map((alternative) => `(${printType(alternative)})`).join(" | ");
    case "named":
      return type.declaration.name;
    case "unknown":
    case "never":
    case "null":
    case "boolean":
    case "number":
    case "string":
      return type.kind;
    default:
      return type satisfies never;
  }
}
