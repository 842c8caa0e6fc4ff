/** A part of a text and what takes its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text after edits that do not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = "";
  let done = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done);
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line of `offset` ends, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  if (found === -1) return text.length;
  return found > offset && text[found - 1] === "\r" ? found - 1 : found;
}

/** Where the line after `offset`'s starts, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  return found === -1 ? text.length : found + 1;
}

/** The spaces and tabs that the line of `offset` starts with. */
export function indentAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  return /^[ \t]*/.exec(text.slice(start, Math.max(start, lineEnd(text, start))))?.[0] ?? "";
}

/** Spaces up to the column of `offset`. */
export function columnAt(text: string, offset: number): string {
  return " ".repeat(offset - lineStart(text, offset));
}

/** Whether only blanks stand before `offset` on its line. */
export function startsLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset));
}

/** Whether only blanks and a comment follow on the line. */
export function endsLine(text: string, offset: number): boolean {
  return /^[ \t]*(?:#|$)/.test(text.slice(offset, lineEnd(text, offset)));
}

/** The first character from `offset` on that is neither white space nor in a comment of YAML. */
export function skipSpace(text: string, offset: number): number {
  let index = offset;
  while (index < text.length) {
    if (text[index] === "#") index = lineEnd(text, index);
    else if (" \t\r\n".includes(text.charAt(index))) index++;
    else break;
  }
  return index;
}
