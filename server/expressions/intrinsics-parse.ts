import { type Path, readPath, skipSpace, TextProblem } from "./jsonpath-parse.ts";

export type Argument = { readonly start: number; readonly end: number } & (
  | { readonly kind: "call"; readonly name: string; readonly nameEnd: number; readonly args: readonly Argument[] }
  | { readonly kind: "path"; readonly path: Path }
  /** `parts` is the text split at each `{}` that is not escaped. */
  | { readonly kind: "text"; readonly parts: readonly string[] }
  | { readonly kind: "constant"; readonly value: null | boolean | number }
);

export type IntrinsicCall = Argument & { readonly kind: "call" };

/** AWS's limit on calls within calls. */
const MAX_DEPTH = 10;
/** Ours: a text may not hold many more values than a definition may. */
const MAX_ARGUMENTS = 500;

/** Reads a text that is one call of an intrinsic function, such as `States.Format('{}', $.name)`. Throws TextProblem. */
export function readIntrinsic(text: string): IntrinsicCall {
  const start = skipSpace(text, 0);
  const call = readCall(text, start, 1);
  const end = skipSpace(text, call.end);
  if (end < text.length) throw new TextProblem(end, `\`${text.slice(end, end + 20)}\` is not expected here`);
  return call;
}

function readCall(text: string, start: number, depth: number): IntrinsicCall {
  if (depth > MAX_DEPTH) throw new TextProblem(start, `intrinsic functions are nested more than ${MAX_DEPTH} deep`);
  let nameEnd = start;
  while (nameEnd < text.length && /[\w.]/.test(text.charAt(nameEnd))) nameEnd++;
  const open = skipSpace(text, nameEnd);
  if (nameEnd === start || text[open] !== "(") throw new TextProblem(open, "a function is called as `States.Name(…)`");
  const args: Argument[] = [];
  let at = skipSpace(text, open + 1);
  if (text[at] === ")") return { kind: "call", name: text.slice(start, nameEnd), nameEnd, args, start, end: at + 1 };
  for (;;) {
    const argument = readArgument(text, at, depth);
    args.push(argument);
    if (args.length > MAX_ARGUMENTS) throw new TextProblem(at, `it has more than ${MAX_ARGUMENTS} arguments`);
    at = skipSpace(text, argument.end);
    if (text[at] === ")") return { kind: "call", name: text.slice(start, nameEnd), nameEnd, args, start, end: at + 1 };
    if (text[at] !== ",") throw new TextProblem(at, "`,` or `)` is missing");
    at = skipSpace(text, at + 1);
  }
}

function readArgument(text: string, start: number, depth: number): Argument {
  const first = text[start];
  if (first === "$") {
    const path = readPath(text, start);
    return { kind: "path", path, start, end: path.end };
  }
  if (first === "'") return readText(text, start);
  const word = /^(?:null|true|false|-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?)(?![\w.])/.exec(
    text.slice(start, start + 50),
  )?.[0];
  if (word === undefined) return readCall(text, start, depth + 1);
  const value = word === "null" ? null : word === "true" ? true : word === "false" ? false : Number(word);
  return { kind: "constant", value, start, end: start + word.length };
}

/** A text in single quotes; `{}` in it are places for values unless they are escaped. */
function readText(text: string, start: number): Argument {
  const parts: string[] = [];
  let part = "";
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "'") return { kind: "text", parts: [...parts, part], start, end: at + 1 };
    if (character === "\\") part += readEscape(text, ++at);
    else if (character === "{" && text[at + 1] === "}") {
      parts.push(part);
      part = "";
      at++;
    } else part += character;
  }
  throw new TextProblem(start, "the quote is not closed");
}

/** `\'`, `\{`, `\}` and `\\` stand for the character itself; AWS refuses any other escape. */
function readEscape(text: string, at: number): string {
  const character = text[at];
  if (character !== undefined && "'{}\\".includes(character)) return character;
  throw new TextProblem(at - 1, "a backslash stands before `'`, `{`, `}` or another backslash");
}
