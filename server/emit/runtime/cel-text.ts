import { at, failEvaluation } from "./cel.ts";

/** How many characters (Unicode code points) a text has. */
export function textSize(text: string): number {
  return Array.from(text).length;
}

export function contains(text: string, part: string): boolean {
  return text.includes(part);
}

export function startsWith(text: string, prefix: string): boolean {
  return text.startsWith(prefix);
}

export function endsWith(text: string, suffix: string): boolean {
  return text.endsWith(suffix);
}

/** With the letters A to Z as small ones. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** With the letters a to z as capitals. */
export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Without the white space of Unicode at its ends. */
export function trimText(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (start < end && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Property White_Space of Unicode, which JavaScript's own `trim` does not quite follow. */
function isSpace(code: number): boolean {
  return (
    (code >= 9 && code <= 13) ||
    code === 32 ||
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** The parts between separators; the last of `limit` parts is all the rest. Without a limit: all parts. */
export function splitText(
  text: string,
  separator: string,
  limit = -1,
): string[] {
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return limit === 0
    ? []
    : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

export function joinTexts(texts: readonly string[], separator = ""): string {
  return texts.join(separator);
}

/** Replaces every `from`, or the first `limit` of them. */
export function replaceText(
  text: string,
  from: string,
  to: string,
  limit = -1,
): string {
  return limit < 0
    ? text.replaceAll(from, () => to)
    : splitText(text, from, limit + 1).join(to);
}

/** The characters from index `start` up to `end`, which must lie in the text. */
export function substring(text: string, start: number, end?: number): string {
  const characters = Array.from(text);
  const stop = end ?? characters.length;
  if (start < 0 || stop > characters.length || start > stop)
    failEvaluation(
      `there is no range ${start} to ${stop} in a text of ${characters.length}`,
    );
  return characters.slice(start, stop).join("");
}

/** The character at an index; "" right after the last. */
export function charAt(text: string, index: number): string {
  const characters = Array.from(text);
  return index === characters.length ? "" : at(characters, index);
}

/** Where the character at an index begins, counted in UTF-16 units. */
function unitOf(text: string, index: number): number {
  const characters = Array.from(text);
  return index < 0 || index > characters.length
    ? failEvaluation(
        `there is no index ${index} in a text of ${characters.length}`,
      )
    : characters.slice(0, index).join("").length;
}

/** Where a part first begins, at `from` or later; -1: nowhere. */
export function indexOfText(text: string, part: string, from = 0): number {
  const unit = text.indexOf(part, unitOf(text, from));
  return unit < 0 ? -1 : textSize(text.slice(0, unit));
}

/** Where a part last begins, at `from` or earlier; -1: nowhere. */
export function lastIndexOfText(
  text: string,
  part: string,
  from?: number,
): number {
  const unit = text.lastIndexOf(
    part,
    from === undefined ? text.length : unitOf(text, from),
  );
  return unit < 0 ? -1 : textSize(text.slice(0, unit));
}

/** The text as a string literal of CEL. */
export function quoteText(text: string): string {
  const escaped = text.replace(/[\\"]|\p{Cc}/gu, (character) => {
    const letter = "abtnvfr".charAt(character.charCodeAt(0) - 7);
    return letter === "" && /\p{Cc}/u.test(character)
      ? character
      : `\\${letter === "" ? character : letter}`;
  });
  return `"${escaped}"`;
}
