import { CelSyntaxError, type CelToken } from "./cel-syntax.ts";

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
  ["?", "?"],
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
]);

/** Escapes that give a code: the letter, how many digits follow, and in which base. Octal has no letter of its own. */
const CODES: ReadonlyMap<string, { readonly digits: number; readonly base: 16 | 8 }> = new Map([
  ["x", { digits: 2, base: 16 }],
  ["X", { digits: 2, base: 16 }],
  ["u", { digits: 4, base: 16 }],
  ["U", { digits: 8, base: 16 }],
]);

/** Reads the string or bytes literal that begins at `start` with `opening`: a prefix (r, b) and one or three quotes. */
export function readCelString(text: string, start: number, opening: string): CelToken {
  const prefix = opening.replace(/["']/g, "").toLowerCase();
  const quote = opening.slice(prefix.length);
  const raw = prefix.includes("r");
  const parts: string[] = [];
  let index = start + opening.length;
  while (!text.startsWith(quote, index)) {
    const character = text[index];
    if (character === undefined || (quote.length === 1 && (character === "\n" || character === "\r")))
      throw new CelSyntaxError(`the string is not closed with ${quote}`, start, Math.min(index, text.length));
    if (character === "\\" && !raw) {
      const escaped = readEscape(text, index);
      parts.push(escaped.value);
      index = escaped.end;
    } else {
      parts.push(character);
      index++;
    }
  }
  const end = index + quote.length;
  if (prefix.includes("b")) return { kind: "bytes", start, end };
  const value = parts.join("");
  if (!value.isWellFormed()) throw new CelSyntaxError("the string holds half a character", start, end);
  return { kind: "string", value, start, end };
}

function readEscape(text: string, start: number): { value: string; end: number } {
  const letter = text[start + 1] ?? "";
  const simple = SIMPLE.get(letter);
  if (simple !== undefined) return { value: simple, end: start + 2 };
  const code = CODES.get(letter);
  if (code !== undefined) return readCode(text, start, start + 2, code.digits, code.base);
  if (/[0-3]/.test(letter)) return readCode(text, start, start + 1, 3, 8);
  throw new CelSyntaxError(
    `\`\\${letter}\` is not an escape; a backslash is written \`\\\\\``,
    start,
    start + 1 + letter.length,
  );
}

function readCode(
  text: string,
  start: number,
  from: number,
  digits: number,
  base: 16 | 8,
): { value: string; end: number } {
  const end = from + digits;
  const written = text.slice(from, end);
  const valid = written.length === digits && (base === 16 ? /^[0-9A-Fa-f]+$/ : /^[0-7]+$/).test(written);
  if (!valid)
    throw new CelSyntaxError(
      `the escape needs ${digits} ${base === 16 ? "hexadecimal" : "octal"} digits`,
      start,
      Math.min(end, text.length),
    );
  const code = Number.parseInt(written, base);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new CelSyntaxError(`the escape names no character`, start, end);
  return { value: String.fromCodePoint(code), end };
}
