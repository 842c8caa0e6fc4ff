import type { Span } from "../../diagnostics/diagnostic.ts";
import type { ArrayTree, ObjectTree, Tree } from "../tree.ts";
import { dashAt, holderColumn, indicatorEnd, memberStart, type Page, type Place } from "./place.ts";
import { indented, type Printed } from "./print.ts";
import { childrenOf, isCollection, isFlow, ownMembers } from "./style.ts";
import { columnAt, type Edit, indentAt, lineEnd, lineStart, nextLine, skipSpace, startsLine } from "./text.ts";

function isBlock(text: string, tree: Tree): boolean {
  return isCollection(tree) && !isFlow(text, tree);
}

/** Puts `printed` where a value stands whose holder is in block style. */
export function replaceInBlock(page: Page, place: Place, printed: Printed): readonly Edit[] | null {
  const { text } = page;
  const { span } = place.tree;
  const after = indicatorEnd(text, place);
  if (after === null && place.kind !== "root") return null;
  const ownLine = after === null || text.slice(after, span.start).includes("\n");
  if (printed.shape === "block") {
    if (isBlock(text, place.tree) || ownLine) return blockInPlace(page, place, printed);
    return place.kind === "item" ? blockBehindDash(page, place, printed) : blockBelowKey(page, place, printed);
  }
  if (isBlock(text, place.tree) && ownLine && after !== null) return liftToIndicator(page, place, printed, after);
  return inlineInPlace(page, place, printed);
}

/** The span of a value without the last line breaks of a block text that keeps them (`|+`). */
function writtenSpan(text: string, { span }: Tree): Span {
  let { end } = span;
  while (end > span.start && "\r\n".includes(text.charAt(end - 1))) end--;
  return { start: span.start, end };
}

/** Lines joined, those after the first indented. */
function joined(lines: readonly string[], indent: string, newline: string): string {
  return lines.map((line, index) => (index === 0 ? line : newline + indented(indent, line))).join("");
}

function blockInPlace({ text, style }: Page, place: Place, { lines }: Printed): readonly Edit[] {
  const { start, end } = writtenSpan(text, place.tree);
  const column = columnAt(text, start);
  const tooShallow =
    place.kind === "member" && column.length <= holderColumn(text, place).length && !lines[0]?.startsWith("- ");
  if (!tooShallow) return [{ start, end, text: joined(lines, column, style.newline) }];
  const deeper = holderColumn(text, place) + style.unit;
  return [{ start: lineStart(text, start), end, text: deeper + joined(lines, deeper, style.newline) }];
}

/** A comment on the line stays behind the first line of what is new. */
function blockBehindDash({ text, style }: Page, place: Place, { lines }: Printed): readonly Edit[] {
  const { start, end } = writtenSpan(text, place.tree);
  const [first = "", ...rest] = lines;
  const indent = `${holderColumn(text, place)}  `;
  const eol = lineEnd(text, end);
  const body = rest.map((line) => style.newline + indented(indent, line)).join("");
  return [
    { start, end, text: spaced(text, start) + first },
    { start: eol, end: eol, text: body },
  ];
}

function blockBelowKey({ text, style }: Page, place: Place, { lines }: Printed): readonly Edit[] {
  const { start, end } = writtenSpan(text, place.tree);
  const before = /[ \t]*$/.exec(text.slice(0, start).slice(-100))?.[0].length ?? 0;
  const isList = lines[0]?.startsWith("- ") === true;
  const indent = holderColumn(text, place) + (isList ? style.dashIndent : style.unit);
  const eol = lineEnd(text, end);
  return [
    { start: start - before, end, text: "" },
    { start: eol, end: eol, text: lines.map((line) => style.newline + indented(indent, line)).join("") },
  ];
}

/** The value moves up behind its `:` or `-`, and the lines where the old one stood go. */
function liftToIndicator({ text, style }: Page, place: Place, { lines }: Printed, after: number): readonly Edit[] {
  const { start, end } = writtenSpan(text, place.tree);
  const properties = /^(?:[ \t]+[&!][^ \t\r\n]*)*/.exec(text.slice(after, lineEnd(text, after)))?.[0].length ?? 0;
  const [first = "", ...rest] = lines;
  const eol = lineEnd(text, after);
  const body = rest.map((line) => style.newline + indented(holderColumn(text, place), line)).join("");
  return [
    { start: after + properties, end: after + properties, text: ` ${first}` },
    { start: eol, end: eol, text: body },
    cutLines(text, start, end),
  ];
}

function inlineInPlace({ text, style }: Page, place: Place, { shape, lines }: Printed): readonly Edit[] {
  const { start, end } = writtenSpan(text, place.tree);
  const indent = holderColumn(text, place);
  const [first = "", ...rest] = lines;
  const body = rest.map((line) => style.newline + indented(indent, line)).join("");
  const head = spaced(text, start) + first;
  if (shape !== "block-text") return [{ start, end, text: head + body }];
  const eol = lineEnd(text, end);
  return [
    { start, end, text: head },
    { start: eol, end: eol, text: body },
  ];
}

/** A value that nothing wrote stands directly behind its indicator. */
function spaced(text: string, start: number): string {
  return start === 0 || " \t\n".includes(text.charAt(start - 1)) ? "" : " ";
}

/** The whole lines of a part, with one line break. A block text that keeps its last line breaks ends at a line's start. */
function cutLines(text: string, start: number, end: number): Edit {
  const from = lineStart(text, start);
  if (text[end - 1] === "\n") return { start: from, end, text: "" };
  const to = nextLine(text, end);
  const isLast = to === text.length && text[to - 1] !== "\n";
  return { start: isLast && from > 0 ? lineEnd(text, from - 1) : from, end: to, text: "" };
}

/** Takes a member or item out, with its lines. */
export function removeFromBlock({ text }: Page, place: Place): readonly Edit[] | null {
  if (place.kind === "root") return null;
  const start = place.kind === "item" ? dashAt(text, place.parent, place.index) : memberStart(text, place.member);
  const end = Math.max(place.tree.span.end, place.kind === "member" ? place.member.keySpan.end : start);
  if (startsLine(text, start)) return [cutLines(text, start, end)];
  // It shares its line with the dash of a list around it; what comes next takes its place.
  const eol = lineEnd(text, end);
  const next = skipSpace(text, eol);
  const isFollowed = next < text.length && columnAt(text, next) === columnAt(text, start);
  if (isFollowed && /^[ \t\r\n]*$/.test(text.slice(eol, next))) return [{ start, end: next, text: "" }];
  return [{ start, end: eol, text: "" }];
}

/** Adds a member's lines below the last one. */
export function addToMapping(page: Page, container: ObjectTree, lines: readonly string[]): readonly Edit[] | null {
  const { text } = page;
  const members = ownMembers(container);
  const [first] = members;
  if (first === undefined) return null;
  const end = Math.max(...members.map(({ keySpan, value }) => Math.max(keySpan.end, value.span.end)));
  return [addBelow(page, end, columnAt(text, memberStart(text, first)), lines)];
}

/** Adds an item's lines before the item at `index`, or below the last one. */
export function addToList(
  page: Page,
  container: ArrayTree,
  index: number,
  lines: readonly string[],
): readonly Edit[] | null {
  const { text, style } = page;
  const previous = container.items[index - 1];
  const start = dashAt(text, container, 0);
  if (text[start] !== "-") return null;
  const indent = columnAt(text, start);
  if (previous !== undefined) return [addBelow(page, endOf(previous), indent, lines)];
  const written = joined(lines, indent, style.newline) + style.newline + indent;
  if (!startsLine(text, start)) return [{ start, end: start, text: written }];
  const at = aboveComments(text, lineStart(text, start), indent);
  return [{ start: at, end: at, text: indent + written.slice(0, written.length - indent.length) }];
}

function endOf(tree: Tree): number {
  return Math.max(
    tree.span.end,
    ...childrenOf(tree)
      .slice(-1)
      .map((child) => child.span.end)
      .filter((end) => end <= tree.span.end),
  );
}

function addBelow({ text, style }: Page, end: number, indent: string, lines: readonly string[]): Edit {
  const written = indent + joined(lines, indent, style.newline);
  if (text[end - 1] === "\n") return { start: end, end, text: written + style.newline };
  const eol = lineEnd(text, end);
  return { start: eol, end: eol, text: style.newline + written };
}

/** The start of the comment lines that stand directly above a line and belong to it. */
function aboveComments(text: string, line: number, indent: string): number {
  let at = line;
  while (at > 0) {
    const previous = lineStart(text, at - 1);
    if (indentAt(text, previous) !== indent || text[previous + indent.length] !== "#") break;
    at = previous;
  }
  return at;
}
