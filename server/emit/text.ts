/**
 * Text of a definition as it reaches generated code: always through one of these. Whatever cannot be seen, or makes text
 * look like other text than it is, is escaped: controls, formats, bidirectional marks, lone surrogates, unusual spaces.
 */

const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}[\p{Zs}--[ ]]]/gv;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Text of code with escapes in place of characters that cannot be seen. */
export function escapeHidden(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return (
      shortEscapes.get(character) ??
      (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`)
    );
  });
}

/** A string literal, in the quotes that need fewer escapes; double ones where that is equal. */
export function stringLiteral(value: string): string {
  const quote = value.split('"').length > value.split("'").length ? "'" : '"';
  return quote + escapeHidden(value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`)) + quote;
}

/** Text between the values of a template literal. */
export function templateText(value: string): string {
  return escapeHidden(value.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${"));
}

/** Digits of a number that is not negative. */
export function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "Number.POSITIVE_INFINITY" : String(value).replace("e+", "e");
}

/** A number of milliseconds: its thousands are set apart from 10,000 on. */
export function millisecondsText(value: number): string {
  const text = numberText(value);
  return value >= 10_000 && /^\d+$/.test(text) ? text.replace(/\B(?=(?:\d{3})+$)/g, "_") : text;
}

const plainName = /^[A-Za-z_$][\w$]*$/;

/** Whether a name can stand after a dot and as an unquoted key. */
export function isPlainName(name: string): boolean {
  return plainName.test(name);
}

/** Letters that were letters when ECMAScript 5 was written: Prettier takes the quotes off keys that consist of such. */
const oldLetters = /^[\w$À-ÖØ-öø-ȟΆΈ-ΊΌΎ-ΡΣ-ώЀ-ҁ一-龥ぁ-ゔァ-ヺ가-힣]+$/;

function quotedKey(name: string): string {
  const literal = stringLiteral(name);
  // Whether Prettier knows other letters is open; it leaves the quotes where there is an escape.
  return /^[$_\p{L}\p{Nl}][$_\p{L}\p{N}\p{M}\p{Pc}]*$/u.test(name) && !literal.includes("\\")
    ? literal.replace(/[^\x20-\x7e]/u, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    : literal;
}

function isUnquoted(name: string): boolean {
  return isPlainName(name) || (oldLetters.test(name) && !/^\d/.test(name));
}

/** A key of an object literal. `__proto__` is computed, because otherwise it would set the prototype. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return isUnquoted(name) ? name : quotedKey(name);
}

/** The name of a member of a type. */
export function memberKey(name: string): string {
  return isUnquoted(name) ? name : quotedKey(name);
}

/** The name of a method of a type: unquoted, `new` would be a constructor. */
export function methodKey(name: string): string {
  return name === "new" ? quotedKey(name) : memberKey(name);
}

const maxCommentLines = 30;
const maxCommentWidth = 300;

/** The lines of a comment, cut where they are too many or too long. They can neither close it nor instruct a tool. */
export function commentLines(text: string): readonly string[] {
  const lines = text
    .trim()
    .split(/\r\n|[\n\r\u2028\u2029]/, maxCommentLines)
    .map((line) => {
      const cut = line.length > maxCommentWidth ? `${line.slice(0, maxCommentWidth)}…` : line;
      return escapeHidden(cut.replaceAll("\t", " "))
        .replaceAll("*/", "*\\/")
        .replace(/@(?=ts-)/g, "@ ")
        .replace(/(?<=source(?:Mapping)?URL)=/g, " =")
        .trimEnd();
    });
  return lines.every((line) => line === "") ? [] : lines;
}
