import type { Expression } from "../ir/expression.ts";
import { nullType, string } from "../ir/types.ts";
import { originInside, originOf, type StringTree, type Tree } from "../source/tree.ts";
import { compileCel } from "./cel.ts";
import { textParts } from "./cel-arithmetic.ts";
import { callOf, hintFor, literalOf, showOperand } from "./cel-checker.ts";
import { arrayOf, objectOf } from "./cel-containers.ts";
import { kindOf } from "./cel-kinds.ts";
import type { Environment } from "./environment.ts";

/**
 * Compiles a value that may hold `${ expression }` in its strings. A string that is nothing else has the expression's
 * own type; text around expressions makes a string; `$${` stands for `${`. Null after reporting.
 */
export function compileValue(tree: Tree, environment: Environment): Expression | null {
  const origin = originOf(tree, environment.node);
  switch (tree.kind) {
    case "string":
      return compileText(tree, environment);
    case "number":
    case "boolean":
      return literalOf(tree.value, origin);
    case "null":
      return { kind: "literal", value: null, type: nullType, origin };
    case "array": {
      const items = tree.items.map((item) => compileValue(item, environment));
      const known = items.filter((item) => item !== null);
      return known.length < items.length ? null : arrayOf(known, origin);
    }
    case "object": {
      const members = tree.members.map(({ key, value }) => ({ key, value: compileValue(value, environment) }));
      const known = members.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]));
      return known.length < members.length ? null : objectOf(known, origin);
    }
    default:
      return tree satisfies never;
  }
}

/** A piece of a string: text, or the range of an expression without its `${` and `}`. */
type Piece = string | { readonly start: number; readonly end: number };

function compileText(tree: StringTree, environment: Environment): Expression | null {
  const pieces = splitTemplate(tree, environment);
  const [only] = pieces ?? [];
  if (pieces === null) return null;
  if (pieces.length === 1 && only !== undefined && typeof only !== "string")
    return compileCel(tree, only.start, only.end, environment);
  const parts = pieces.map((piece) => (typeof piece === "string" ? [piece] : compilePart(tree, piece, environment)));
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  const origin = originOf(tree, environment.node);
  const joined = known.flat();
  const isText = joined.every((part) => typeof part === "string");
  return isText ? literalOf(joined.join(""), origin) : { kind: "template", parts: joined, type: string, origin };
}

/** An expression within text: what `string()` would make of it. */
function compilePart(
  tree: StringTree,
  range: { start: number; end: number },
  environment: Environment,
): readonly (string | Expression)[] | null {
  const value = compileCel(tree, range.start, range.end, environment);
  if (value === null) return null;
  const kind = kindOf(value.type);
  if (kind === "dyn") return [callOf("toText", [value], string, value.origin)];
  if (kind === "string" || kind === "int" || kind === "double" || kind === "bool") return textParts(value);
  const hint = hintFor(value.type) || "; only strings, numbers and booleans can stand in text";
  environment.findings.report("WF_TYPE_004", originInside(tree, range.start, range.end, environment.node), {
    operator: "${}",
    operands: showOperand(value.type),
    hint,
  });
  return null;
}

/** Whether a string has an expression in it. */
export function hasExpression(text: string): boolean {
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at + 2)) if (text[at - 1] !== "$") return true;
  return false;
}

function splitTemplate(tree: StringTree, { findings, node }: Environment): readonly Piece[] | null {
  const text = tree.value;
  const pieces: Piece[] = [];
  let written = "";
  let index = 0;
  for (let open = text.indexOf("${"); open >= 0; open = text.indexOf("${", index)) {
    const isEscaped = open > index && text[open - 1] === "$";
    written += text.slice(index, isEscaped ? open - 1 : open);
    index = open + 2;
    if (isEscaped) {
      written += "${";
      continue;
    }
    const close = findClose(text, index);
    if (close < 0) {
      const params = { language: "CEL", problem: "`${` is not closed with `}`; to write it as text, double the `$`" };
      findings.report("WF_EXPRESSION_001", originInside(tree, open, index, node), params);
      return null;
    }
    if (written !== "") pieces.push(written);
    written = "";
    pieces.push({ start: index, end: close });
    index = close + 1;
  }
  if (index < text.length || pieces.length === 0) pieces.push(written + text.slice(index));
  else if (written !== "") pieces.push(written);
  return pieces;
}

/** Where the `}` stands that ends the expression at `start`: braces of maps, strings and comments are passed over. */
function findClose(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (character === "{") depth++;
    else if (character === "}" && depth-- === 0) return index;
    else if (character === '"' || character === "'") index = endOfString(text, index);
    else if (character === "/" && text[index + 1] === "/") index = endOfLine(text, index);
  }
  return -1;
}

/** The last character of the string literal that begins at `start`. */
function endOfString(text: string, start: number): number {
  const quote = text[start] ?? "";
  const long = quote.repeat(3);
  const delimiter = text.startsWith(long, start) ? long : quote;
  const isRaw = /(?:^|[^A-Za-z0-9_])(?:[rR][bB]?|[bB][rR])$/.test(text.slice(Math.max(0, start - 3), start));
  for (let index = start + delimiter.length; index < text.length; index++) {
    if (text.startsWith(delimiter, index)) return index + delimiter.length - 1;
    if (text[index] === "\\" && !isRaw) index++;
  }
  return text.length;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}
