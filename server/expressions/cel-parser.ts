import { lexCel } from "./cel-lexer.ts";
import { type CelName, type CelNode, type CelOperator, CelSyntaxError, type CelToken } from "./cel-syntax.ts";

/** What follows recurses on the tree, so that its depth is bounded here: of nesting and of chains such as `a + b + …`. */
const MAX_DEPTH = 100;

/** From loosest to tightest; all associate to the left. The conditional is looser than all of them. */
const PRECEDENCE: ReadonlyMap<string, { readonly operator: CelOperator; readonly level: number }> = new Map(
  ([["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]] as const).flatMap(
    (operators, level) => operators.map((operator) => [operator, { operator, level }] as const),
  ),
);

/** Reserved for embedding CEL in other languages; allowed as member names. */
const RESERVED: ReadonlySet<string> = new Set(
  "as break const continue else for function if import let loop package namespace return var void while in".split(" "),
);

/** Parses an expression. Throws CelSyntaxError for the first thing that is none. */
export function parseCel(text: string): CelNode {
  const tokens = lexCel(text);
  const depths = new WeakMap<CelNode, number>();
  let next = 0;
  let nesting = 0;

  const peek = (): CelToken => tokens[next] ?? { kind: "end", start: text.length, end: text.length };
  const take = (): CelToken => {
    const token = peek();
    next++;
    return token;
  };
  const sees = (sign: string): boolean => {
    const token = peek();
    return token.kind === "sign" && token.text === sign;
  };
  const accept = (sign: string): CelToken | null => (sees(sign) ? take() : null);
  const expect = (sign: string, toClose: string): CelToken => {
    const token = accept(sign);
    if (token !== null) return token;
    throw unexpected(peek(), text, `\`${sign}\` is missing ${toClose}`);
  };

  /** Keeps count of how deep the tree has grown: chains grow it without nesting. */
  const made = (node: CelNode, ...parts: readonly CelNode[]): CelNode => {
    const depth = 1 + parts.reduce((deepest, part) => Math.max(deepest, depths.get(part) ?? 0), 0);
    if (depth > MAX_DEPTH)
      throw new CelSyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`, node.start, node.end);
    depths.set(node, depth);
    return node;
  };

  const parseExpression = (): CelNode => {
    if (++nesting > MAX_DEPTH)
      throw new CelSyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`, peek().start, peek().end);
    const test = parseBinary(0);
    let result = test;
    if (accept("?") !== null) {
      const then = parseBinary(0);
      expect(":", "in `condition ? value : other`");
      const otherwise = parseExpression();
      result = made(
        { kind: "conditional", test, then, otherwise, start: test.start, end: otherwise.end },
        test,
        then,
        otherwise,
      );
    }
    nesting--;
    return result;
  };

  const parseBinary = (loosest: number): CelNode => {
    let left = parseUnary();
    for (;;) {
      const token = peek();
      const text = token.kind === "sign" || (token.kind === "name" && !token.quoted) ? token.text : "";
      const found = PRECEDENCE.get(text);
      if (found === undefined || found.level < loosest) return left;
      take();
      const right = parseBinary(found.level + 1);
      left = made(
        { kind: "binary", operator: found.operator, left, right, start: left.start, end: right.end },
        left,
        right,
      );
    }
  };

  const parseUnary = (): CelNode => {
    const signs: CelToken[] = [];
    while (sees("!") || sees("-")) signs.push(take());
    let operand = parsePostfix();
    for (const sign of signs.reverse()) {
      const operator = text[sign.start] === "!" ? "!" : "-";
      const node: CelNode =
        operator === "-" && (operand.kind === "int" || operand.kind === "double") && operand.value > 0
          ? { kind: operand.kind, value: -operand.value, start: sign.start, end: operand.end }
          : { kind: "unary", operator, operand, start: sign.start, end: operand.end };
      operand = made(node, operand);
    }
    return operand;
  };

  const parsePostfix = (): CelNode => {
    let of = parsePrimary();
    for (;;) {
      if (accept(".") !== null) of = parseMember(of);
      else if (accept("[") !== null) {
        if (sees("?"))
          throw new CelSyntaxError("optional indexing `[?…]` is not part of this language", peek().start, peek().end);
        const key = parseExpression();
        const close = expect("]", "to close the index");
        of = made({ kind: "index", of, key, start: of.start, end: close.end }, of, key);
      } else if (sees("{") && (of.kind === "name" || of.kind === "select")) {
        throw new CelSyntaxError(
          'messages such as `Type{…}` are not part of this language; write a map: `{"key": value}`',
          of.start,
          peek().end,
        );
      } else return of;
    }
  };

  const parseMember = (of: CelNode): CelNode => {
    const token = take();
    if (token.kind !== "name") throw unexpected(token, text, "a member name is missing after `.`");
    const name: CelName = { text: token.text, start: token.start, end: token.end };
    if (token.quoted || accept("(") === null)
      return made({ kind: "select", of, name, start: of.start, end: name.end }, of);
    const { args, end } = parseArguments(name.text);
    return made({ kind: "call", target: of, name, args, start: of.start, end }, of, ...args);
  };

  const parseArguments = (name: string): { args: readonly CelNode[]; end: number } => {
    const args = parseList(")");
    return { args, end: expect(")", `to close the call of \`${name.slice(0, 50)}\``).end };
  };

  /** Expressions with commas between them, and perhaps one after the last, up to `close`. */
  const parseList = (close: string): readonly CelNode[] => {
    const items: CelNode[] = [];
    while (!sees(close)) {
      items.push(parseExpression());
      if (accept(",") === null) break;
    }
    return items;
  };

  const parsePrimary = (): CelNode => {
    const token = take();
    const { start, end } = token;
    switch (token.kind) {
      case "int":
      case "double":
        return made({ kind: token.kind, value: token.value, start, end });
      case "string":
        return made({ kind: "string", value: token.value, start, end });
      case "bytes":
        return made({ kind: "bytes", start, end });
      case "name":
        return parseName(token.text, token);
      case "end":
        throw unexpected(token, text, "a value is missing");
      case "sign":
        return parseBracketed(token.text, token);
      default:
        return token satisfies never;
    }
  };

  const parseName = (name: string, token: CelToken): CelNode => {
    const { start, end } = token;
    if (token.kind === "name" && token.quoted)
      throw new CelSyntaxError("a quoted name may stand only after `.`", start, end);
    if (name === "null") return made({ kind: "null", start, end });
    if (name === "true" || name === "false") return made({ kind: "bool", value: name === "true", start, end });
    if (RESERVED.has(name)) throw new CelSyntaxError(`\`${name}\` is a reserved word`, start, end);
    if (accept("(") === null) return made({ kind: "name", name, start, end });
    const call = parseArguments(name);
    return made(
      { kind: "call", target: null, name: { text: name, start, end }, args: call.args, start, end: call.end },
      ...call.args,
    );
  };

  const parseBracketed = (sign: string, token: CelToken): CelNode => {
    if (sign === "(") {
      const inside = parseExpression();
      expect(")", "to close the parenthesis");
      return inside;
    }
    if (sign === "[") {
      const items = parseList("]");
      const close = expect("]", "to close the list");
      return made({ kind: "list", items, start: token.start, end: close.end }, ...items);
    }
    if (sign === "{") return parseMap(token.start);
    if (sign === "." && peek().kind === "name") return parsePrimary();
    throw unexpected(token, text, "a value is missing");
  };

  const parseMap = (start: number): CelNode => {
    const entries: { key: CelNode; value: CelNode }[] = [];
    while (!sees("}")) {
      const key = parseExpression();
      expect(":", "between the key and its value");
      entries.push({ key, value: parseExpression() });
      if (accept(",") === null) break;
    }
    const close = expect("}", "to close the map");
    return made({ kind: "map", entries, start, end: close.end }, ...entries.flatMap(({ key, value }) => [key, value]));
  };

  const result = parseExpression();
  const rest = peek();
  if (rest.kind !== "end") throw unexpected(rest, text, "the expression is complete before this");
  return result;
}

function unexpected(token: CelToken, text: string, problem: string): CelSyntaxError {
  if (token.kind === "end") return new CelSyntaxError(`${problem} at its end`, text.length, text.length);
  return new CelSyntaxError(
    `${problem}; found \`${text.slice(token.start, Math.min(token.end, token.start + 40))}\``,
    token.start,
    token.end,
  );
}
