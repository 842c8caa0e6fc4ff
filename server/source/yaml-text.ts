import type { Span } from "../diagnostics/diagnostic.ts";

/** A string as YAML shows it: `value` is what the library read between `span`'s ends. */
export interface YamlString {
  readonly value: string;
  readonly span: Span;
  readonly style: "plain" | "single" | "double" | "block";
}

export interface Placement {
  /** The string's own place: of a block, without the blank lines that follow its content, unless it keeps them (`|+`). */
  readonly span: Span;
  readonly contentStart: number;
  readonly offsets: readonly number[] | null;
}

const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 39;
const BACKSLASH = 92;

/**
 * Where each character of a string stands. The library gives values only, so this walks the text by the same rules and
 * compares; where the two part, the characters get no place of their own (`offsets` is empty), never a wrong one.
 */
export function placeYamlString(text: string, string: YamlString): Placement {
  const { style, value, span } = string;
  if (style === "block") return placeBlock(text, string);
  const quote = style === "plain" ? 0 : 1;
  const inner = { start: span.start + quote, end: span.end - quote };
  // Folding and escapes only ever shorten, so an equal length means that each character stands for itself.
  const offsets = value.length === inner.end - inner.start ? null : placeFlow(text, inner, string);
  return { span, contentStart: inner.start, offsets };
}

/** Pushes the places of value characters one by one, and sees whether they are the ones that the value has. */
function createMatcher(value: string) {
  const offsets: number[] = [];
  let matches = true;
  return {
    push(code: number, offset: number): void {
      if (value.charCodeAt(offsets.length) !== code) matches = false;
      offsets.push(offset);
    },
    finish(end: number): readonly number[] {
      if (!matches || offsets.length !== value.length) return [];
      offsets.push(end);
      return offsets;
    },
  };
}

/** Plain and quoted strings: line folding (YAML 1.2.2 §6.5), `''`, and the escapes of §5.7. */
function placeFlow(text: string, span: Span, { value, style }: YamlString): readonly number[] {
  const matcher = createMatcher(value);
  let index = span.start;
  while (index < span.end) {
    const code = text.charCodeAt(index);
    if (isBlank(code) || isBreak(text, index)) index = placeBlanks(text, index, span.end, matcher.push);
    else if (style === "double" && code === BACKSLASH) index = placeEscape(text, index, matcher.push);
    else {
      matcher.push(code, index);
      index += style === "single" && code === QUOTE ? 2 : 1;
    }
  }
  return matcher.finish(span.end);
}

/**
 * Blanks stand for themselves inside a line; around line breaks they vanish, and one break is a space, `n` are `n - 1`
 * breaks. The first of these stands where the blanks start, so that what is before it ends exactly there.
 */
function placeBlanks(text: string, start: number, end: number, push: (code: number, offset: number) => void): number {
  const breaks: number[] = [];
  let index = start;
  while (index < end && (isBlank(text.charCodeAt(index)) || isBreak(text, index))) {
    if (text.charCodeAt(index) === LINE_FEED) breaks.push(index);
    index++;
  }
  if (breaks.length === 0) for (let at = start; at < index; at++) push(text.charCodeAt(at), at);
  else push(breaks.length === 1 ? SPACE : LINE_FEED, start);
  for (const at of breaks.slice(2)) push(LINE_FEED, at);
  return index;
}

const SIMPLE_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["0", 0],
  ["a", 7],
  ["b", 8],
  ["e", 27],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
  ["N", 0x85],
  ["_", 0xa0],
  ["L", 0x2028],
  ["P", 0x2029],
  [" ", 32],
  ['"', 34],
  ["/", 47],
  ["\\", 92],
  ["\t", 9],
]);
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

function placeEscape(text: string, index: number, push: (code: number, offset: number) => void): number {
  const letter = text[index + 1] ?? "";
  const digits = HEX_DIGITS.get(letter);
  if (digits !== undefined) {
    const character = Number.parseInt(text.slice(index + 2, index + 2 + digits), 16);
    const units = character <= 0x10ffff ? String.fromCodePoint(character) : "";
    for (let at = 0; at < units.length; at++) push(units.charCodeAt(at), index);
    return index + 2 + digits;
  }
  const simple = SIMPLE_ESCAPES.get(letter);
  if (simple !== undefined) {
    push(simple, index);
    return index + 2;
  }
  // An escaped line break joins the lines.
  let next = index + (letter === "\r" ? 3 : 2);
  while (isBlank(text.charCodeAt(next))) next++;
  return next;
}

/**
 * Literal and folded blocks (YAML 1.2.2 §8.1). What a line keeps after its indentation stands in the value as it is;
 * between two such lines the value has some of the line breaks of the text, a fold's space standing for one of them.
 */
function placeBlock(text: string, { value, span }: YamlString): Placement {
  const header = text.indexOf("\n", span.start);
  const bodyStart = header === -1 || header >= span.end ? span.end : header + 1;
  const offsets = placeLines(text, { start: bodyStart, end: span.end }, value, text[span.start] === "|");
  const keeps = /^[|>]\d?\+/.test(text.slice(span.start, span.start + 3));
  const end =
    keeps || offsets.length === 0
      ? span.end
      : Math.max(contentEnd(value, offsets), lineEnd(text, span.start, bodyStart));
  return {
    span: { start: span.start, end },
    contentStart: offsets[0] ?? end,
    offsets: offsets.map((offset) => Math.min(offset, end)),
  };
}

function placeLines(text: string, body: Span, value: string, literal: boolean): readonly number[] {
  const lines = blockLines(text, body.start, body.end);
  const indent = blockIndent(text, lines, value);
  const matcher = createMatcher(value);
  let placed = 0;
  let breaks: number[] = [];
  const placeBreaks = (count: number): void => {
    for (let at = 0; at < count; at++, placed++) {
      const offset = breaks[at === 0 ? 0 : breaks.length - count + at];
      matcher.push(value.charCodeAt(placed), offset ?? body.end);
    }
    breaks = [];
  };
  for (const line of lines) {
    const start = Math.min(line.start + indent, line.end);
    const content = text.slice(start, line.end);
    if (content !== "" && (literal || /[^ ]/.test(content) || value.startsWith(content, placed))) {
      placeBreaks(literal ? breaks.length : separators(value, placed, content, breaks.length));
      for (let at = 0; at < content.length; at++, placed++) matcher.push(content.charCodeAt(at), start + at);
    }
    breaks.push(line.end);
  }
  placeBreaks(value.length - placed);
  return matcher.finish(body.end);
}

/** Behind the last character that is no line break. */
function contentEnd(value: string, offsets: readonly number[]): number {
  let index = value.length - 1;
  while (index >= 0 && value.charCodeAt(index) === LINE_FEED) index--;
  return (offsets[index] ?? -1) + 1;
}

/** How many characters of the value stand between two lines: as few as let `content` follow, at most one for each break. */
function separators(value: string, from: number, content: string, most: number): number {
  let count = 0;
  while (count < most && " \n".includes(value.charAt(from + count)) && !value.startsWith(content, from + count))
    count++;
  return count;
}

function lineEnd(text: string, start: number, nextLine: number): number {
  let end = nextLine;
  while (end > start && isBreak(text, end - 1)) end--;
  return end;
}

/** The lines of a block without their line ends. */
function blockLines(text: string, from: number, end: number): readonly Span[] {
  const lines: Span[] = [];
  for (let start = from; start <= end; ) {
    const found = text.indexOf("\n", start);
    const stop = found === -1 || found > end ? end : found;
    lines.push({ start, end: stop > start && text.charCodeAt(stop - 1) === RETURN ? stop - 1 : stop });
    start = stop + 1;
  }
  return lines;
}

/** The indentation that was taken off: of the first line with content, less what the value has kept of it. */
function blockIndent(text: string, lines: readonly Span[], value: string): number {
  const first = lines.find((line) => /[^ ]/.test(text.slice(line.start, line.end)));
  if (first === undefined) return 0;
  return countSpaces(text, first.start) - countSpaces(value, value.search(/[^\n]/));
}

function countSpaces(text: string, from: number): number {
  let index = from;
  while (text.charCodeAt(index) === SPACE) index++;
  return index - from;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function isBreak(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === LINE_FEED || (code === RETURN && text.charCodeAt(index + 1) === LINE_FEED);
}
