import { readCelString } from "./cel-string.ts";
import { CelSyntaxError, type CelToken } from "./cel-syntax.ts";

/** CEL language definition, "Syntax": https://github.com/google/cel-spec/blob/master/doc/langdef.md */
const SIGNS = [
  "&&",
  "||",
  "==",
  "!=",
  "<=",
  ">=",
  "<",
  ">",
  "+",
  "-",
  "*",
  "/",
  "%",
  "!",
  "?",
  ":",
  ".",
  ",",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
];

const SPACE = /[\t\n\f\r ]+|\/\/[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/** A name that is no identifier, after a point: a.`first-name`. */
const QUOTED_NAME = /`([A-Za-z0-9_./ -]+)`/y;
const NUMBER =
  /0[xX]([0-9A-Fa-f]+)([uU]?)|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)|\d+([uU]?)/y;
const STRING_START = /(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|')/y;

/** Splits an expression into tokens; the last one is `end`. Throws CelSyntaxError. */
export function lexCel(text: string): readonly CelToken[] {
  const tokens: CelToken[] = [];
  let index = 0;
  while (index < text.length) {
    const space = match(SPACE, text, index);
    if (space !== null) {
      index += space[0].length;
      continue;
    }
    const token = readToken(text, index, tokens.at(-1));
    tokens.push(token);
    index = token.end;
  }
  return [...tokens, { kind: "end", start: text.length, end: text.length }];
}

function match(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function readToken(text: string, start: number, before: CelToken | undefined): CelToken {
  const opening = match(STRING_START, text, start);
  if (opening !== null) return readCelString(text, start, opening[0]);
  const name = match(NAME, text, start);
  if (name !== null) return { kind: "name", text: name[0], quoted: false, start, end: start + name[0].length };
  const afterPoint = before?.kind === "sign" && before.text === "." && before.end === start;
  const number = afterPoint ? null : match(NUMBER, text, start);
  if (number !== null) return readNumber(text, number, start);
  const quoted = match(QUOTED_NAME, text, start);
  if (quoted !== null)
    return { kind: "name", text: quoted[1] ?? "", quoted: true, start, end: start + quoted[0].length };
  const sign = SIGNS.find((candidate) => text.startsWith(candidate, start));
  if (sign !== undefined) return { kind: "sign", text: sign, start, end: start + sign.length };
  throw unexpected(text, start);
}

function readNumber(text: string, found: RegExpExecArray, start: number): CelToken {
  const raw = found[0];
  const end = start + raw.length;
  if (match(NAME, text, end) !== null) throw new CelSyntaxError(`\`${raw}\` runs into the next word`, start, end + 1);
  const isInteger = found[1] !== undefined || found[3] !== undefined;
  const value = Number(isInteger ? raw.replace(/[uU]$/, "") : raw);
  if (isInteger && !Number.isSafeInteger(value))
    throw new CelSyntaxError("the integer is beyond 2^53 - 1, where numbers are no longer exact", start, end);
  if (!Number.isFinite(value)) throw new CelSyntaxError("the number is out of range", start, end);
  return { kind: isInteger ? "int" : "double", value, start, end };
}

function unexpected(text: string, start: number): CelSyntaxError {
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  const hint: Readonly<Record<string, string>> = {
    "=": "; equality is `==`",
    "&": "; and is `&&`",
    "|": "; or is `||`",
  };
  return new CelSyntaxError(
    `\`${character}\` is not expected${hint[character] ?? ""}`,
    start,
    start + character.length,
  );
}
