import type { Origin } from "../diagnostics/diagnostic.ts";
import type { BinaryOperator, Expression, Variable } from "./expression.ts";
import { naturalType, type Place, type Untyped } from "./natural-type.ts";
import type { Cursor, Token } from "./parse-tokens.ts";
import type { TypeParser } from "./parse-type.ts";
import { unknown } from "./types.ts";

export interface ExpressionParser {
  expression(place?: Place): Expression;
  variable(role?: Variable["role"]): Variable;
}

/** An expression before it is known where it stands. */
type Placeable = (place: Place) => Expression;
type Draft = { -readonly [K in keyof Variable]: Variable[K] };

/** What text says of no place: the whole of an empty document. */
export const neutralOrigin: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };

const operators: readonly BinaryOperator[] = ["&&", "||", "??", "===", "!==", "<", "<=", ">", ">=", "+", "-", "*", "/"];

export function createExpressionParser(cursor: Cursor, types: TypeParser): ExpressionParser {
  const variables = new Map<string, Draft>();
  const drafts = new Map<Variable, Draft>();

  /** A variable's role is that of the first place that binds it; before that it counts as local. */
  const variable = (role: Variable["role"] = "local"): Variable => {
    const at = cursor.next;
    cursor.expect("%");
    const name = cursor.key();
    const id = `${cursor.count()} ${name}`;
    const known = variables.get(id);
    if (known !== undefined) {
      if (role !== "local") known.role = role;
      return known;
    }
    if (!cursor.accept(":")) cursor.fail(`%${name} needs its type where it stands first`, at);
    const made: Draft = { name, type: unknown, role };
    variables.set(id, made);
    drafts.set(made, made);
    made.type = types.type();
    return made;
  };

  const typed = (untyped: Untyped, place: Place): Expression => ({
    type: naturalType(untyped, place),
    origin: neutralOrigin,
    ...untyped,
  });
  const expression = (place: Place = "elsewhere"): Expression => {
    const first = single();
    if (!cursor.isNext(".") && !cursor.isNext("?.")) return first(place);
    let found = first("elsewhere");
    for (;;) {
      const optional = cursor.accept("?.");
      if (!optional && !cursor.accept(".")) return found;
      found = typed({ kind: "member", of: found, name: cursor.key(), optional }, "elsewhere");
    }
  };
  const at =
    (untyped: Untyped): Placeable =>
    (place) =>
      typed(untyped, place);
  const single = (): Placeable => {
    const { kind, text } = cursor.next;
    if (kind === "string") return at({ kind: "literal", value: cursor.string() });
    if (kind === "number") return at({ kind: "literal", value: cursor.number() });
    if (kind === "word") return word();
    switch (text) {
      case "%":
        return at({ kind: "variable", variable: variable() });
      case "[":
        cursor.take();
        return at({ kind: "array", items: cursor.list("]", expression) });
      case "{":
        cursor.take();
        return at({ kind: "object", members: cursor.list("}", member) });
      case "!":
      case "-":
        cursor.take();
        return at({ kind: "unary", operator: text, operand: parenthesised() });
      case "(":
        return compound();
      default:
        return cursor.fail(`expected an expression, found ${text}`);
    }
  };
  const member = () => {
    const key = cursor.key();
    cursor.expect(":");
    return { key, value: expression() };
  };
  const parenthesised = (): Expression => {
    cursor.expect("(");
    const found = expression();
    cursor.expect(")");
    return found;
  };

  const word = (): Placeable => {
    const { text } = cursor.next;
    if (text === "Infinity" || text === "NaN") return at({ kind: "literal", value: cursor.number() });
    cursor.take();
    if (text === "null") return at({ kind: "literal", value: null });
    if (text === "true" || text === "false") return at({ kind: "literal", value: text === "true" });
    if (text === "template" && cursor.accept("(")) return at({ kind: "template", parts: cursor.list(")", part) });
    const found = call(text);
    return () => found;
  };
  /** Expressions in parentheses: in a text with values, a string without them is text. */
  const parentheses = new WeakSet<Expression>();
  const part = (): string | Expression => {
    const found = expression();
    if (found.kind !== "literal" || typeof found.value !== "string") return found;
    return parentheses.has(found) ? found : found.value;
  };
  const call = (fn: string): Expression => {
    cursor.expect("<");
    const type = types.type();
    cursor.expect(">");
    cursor.expect("(");
    const scope = cursor.accept("scope");
    if (scope && !cursor.isNext(")")) cursor.expect(",");
    const args = cursor.list(")", () => expression("argument"));
    return { kind: "call", fn, args, type, origin: neutralOrigin, ...(scope && { scope }) };
  };

  /** All that begins with a parenthesis: told apart by what follows the first expression in it. */
  const compound = (): Placeable => {
    cursor.expect("(");
    if (cursor.accept(")")) return lambda([]);
    const start = cursor.next;
    const first = expression();
    if (cursor.accept(",")) return lambda([asParameter(first, start), ...cursor.list(")", () => variable("bound"))]);
    if (cursor.accept(")")) return cursor.isNext("=>") ? lambda([asParameter(first, start)]) : inParentheses(first);
    const found = cursor.accept("as") ? inParentheses({ ...first, type: types.type() }) : at(operation(first));
    cursor.expect(")");
    return found;
  };
  const inParentheses = (found: Expression): Placeable => {
    parentheses.add(found);
    return () => found;
  };
  const operation = (first: Expression): Untyped => {
    if (cursor.accept("?")) {
      const then = expression();
      cursor.expect(":");
      return { kind: "conditional", test: first, then, otherwise: expression() };
    }
    const operator = operators.find((one) => cursor.accept(one));
    if (operator === undefined) return cursor.fail(`expected an operator, found ${cursor.next.text}`);
    return { kind: "binary", operator, left: first, right: expression() };
  };
  const asParameter = (given: Expression, at: Token): Variable => {
    const found = given.kind === "variable" ? drafts.get(given.variable) : undefined;
    if (found === undefined) return cursor.fail("a parameter is a variable", at);
    found.role = "bound";
    return found;
  };
  const lambda = (parameters: readonly Variable[]): Placeable => {
    cursor.expect("=>");
    return at({ kind: "lambda", parameters, body: expression() });
  };
  return { expression, variable };
}
