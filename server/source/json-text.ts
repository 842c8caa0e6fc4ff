import type { Span } from "../diagnostics/diagnostic.ts";

const BACKSLASH = 92;
const LOWER_U = 117;

/** Where each character of a JSON string stands, quotes and escapes taken into account; last, where the content ends. */
export function jsonOffsets(text: string, span: Span): readonly number[] {
  const offsets: number[] = [];
  const end = span.end - 1;
  let index = span.start + 1;
  while (index < end) {
    offsets.push(index);
    index += escapeLength(text, index);
  }
  offsets.push(end);
  return offsets;
}

/** How much text stands for the one character at `index`. */
function escapeLength(text: string, index: number): number {
  if (text.charCodeAt(index) !== BACKSLASH) return 1;
  return text.charCodeAt(index + 1) === LOWER_U ? 6 : 2;
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first escape or character of a string that JSON does not allow (RFC 8259 §7); the whole string if there is none. */
export function invalidEscape(text: string, span: Span): Span {
  let index = span.start + 1;
  while (index < span.end) {
    const code = text.charCodeAt(index);
    if (code < 0x20) return { start: index, end: index + 1 };
    ESCAPE.lastIndex = index;
    if (code === BACKSLASH && !ESCAPE.test(text)) return { start: index, end: Math.min(index + 2, span.end) };
    index += escapeLength(text, index);
  }
  return span;
}

/** A token as messages quote it: at most its first 20 characters. */
export function showToken(text: string, span: Span): string {
  if (span.start >= text.length) return "the end of the text";
  const token = text.slice(span.start, Math.min(span.end, span.start + 20));
  return `\`${token}${span.end - span.start > 20 ? "…" : ""}\``;
}
