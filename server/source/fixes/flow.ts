import type { Tree } from "../tree.ts";
import type { Page } from "./place.ts";
import { ownMembers, type Style } from "./style.ts";
import { type Edit, endsLine, indentAt, lineEnd, lineStart, nextLine, skipSpace, startsLine } from "./text.ts";

/** A member or item in brackets or braces, from its key or value on; an anchor or tag may stand before it. */
interface Part {
  readonly start: number;
  readonly end: number;
}

function partsOf(tree: Tree): readonly Part[] {
  const parts =
    tree.kind === "object"
      ? ownMembers(tree).map(({ keySpan, value }) => ({
          start: keySpan.start,
          end: Math.max(keySpan.end, value.span.end),
        }))
      : tree.kind === "array"
        ? tree.items.map(({ span }) => span)
        : [];
  return parts.toSorted((a, b) => a.start - b.start);
}

/** What stands between the end of one part, or the opening bracket, and the start of the next, or the closing one. */
interface Gap {
  readonly comma: number | null;
  /** Where the next part starts with all that belongs to it. */
  readonly next: number;
  readonly hasComment: boolean;
}

/** Null where something else stands there, such as a merge key of YAML. */
function gapBetween(text: string, from: number, to: number): Gap | null {
  const found = skipSpace(text, from);
  const comma = text[found] === "," && found < to ? found : null;
  const next = comma === null ? found : skipSpace(text, comma + 1);
  if (next > to || !/^(?:(?:[&!][^ \t]*|\?)[ \t]+)*$/.test(text.slice(next, to))) return null;
  return { comma, next, hasComment: text.slice(from, next).includes("#") };
}

function isClosing(text: string, offset: number): boolean {
  return text[offset] === "}" || text[offset] === "]";
}

/** Takes the part out that starts at `start`, with the comma that it no longer needs. */
export function removeFromFlow({ text }: Page, container: Tree, start: number): readonly Edit[] | null {
  const parts = partsOf(container);
  const index = parts.findIndex((one) => one.start === start);
  const part = parts[index];
  const previous = parts[index - 1];
  const close = container.span.end - 1;
  if (part === undefined || !isClosing(text, close)) return null;
  const before = gapBetween(text, previous?.end ?? container.span.start + 1, part.start);
  const after = gapBetween(text, part.end, parts[index + 1]?.start ?? close);
  if (before === null || after === null) return null;
  if (before.hasComment || after.hasComment)
    return removeAmongComments(text, { start: before.next, end: part.end }, before, after);
  if (parts.length === 1) return [{ start: container.span.start + 1, end: close, text: "" }];
  if (index < parts.length - 1) return [{ start: before.next, end: after.next, text: "" }];
  return [{ start: previous?.end ?? before.next, end: part.end, text: "" }];
}

function removeAmongComments(text: string, part: Part, before: Gap, after: Gap): readonly Edit[] {
  const comma = after.comma ?? before.comma;
  const commaEdit = comma === null ? [] : [{ start: comma, end: comma + 1, text: "" }];
  const end = after.comma !== null && after.comma < lineEnd(text, part.end) ? after.comma + 1 : part.end;
  if (!startsLine(text, part.start) || !endsLine(text, end)) return [{ ...part, text: "" }, ...commaEdit];
  const line = { start: lineStart(text, part.start), end: nextLine(text, end), text: "" };
  return [line, ...commaEdit.filter((edit) => edit.start < line.start || edit.start >= line.end)];
}

/** Puts a part at `index`; `write` makes its text, given the indentation of the line that it starts on. */
export function addToFlow(
  page: Page,
  container: Tree,
  index: number,
  write: (indent: string) => string,
  overLines: boolean,
): readonly Edit[] | null {
  const { text, style } = page;
  const parts = partsOf(container);
  if (!isClosing(text, container.span.end - 1)) return null;
  const last = parts.at(-1);
  if (last === undefined) return addToEmpty(page, container, write, overLines);
  const at = parts[index];
  const separator = separatorOf(text, style, container, parts);
  const indent = /\n([ \t]*)$/.exec(separator)?.[1] ?? indentAt(text, (at ?? last).start);
  if (at !== undefined) {
    const before = gapBetween(text, parts[index - 1]?.end ?? container.span.start + 1, at.start);
    return before && [{ start: before.next, end: before.next, text: write(indent) + separator }];
  }
  return addLast(text, container, last, separator, write(indent));
}

function addToEmpty(
  { text, style }: Page,
  { span, kind }: Tree,
  write: (indent: string) => string,
  overLines: boolean,
): readonly Edit[] {
  const outer = indentAt(text, span.start);
  const { newline, unit } = style;
  const hasComment = text.slice(span.start, span.end).includes("#");
  const start = hasComment ? span.end - 1 : span.start + 1;
  if (overLines) {
    const written = newline + outer + unit + write(outer + unit) + newline + outer;
    return [{ start, end: span.end - 1, text: written }];
  }
  const padding = kind === "object" ? style.padding : "";
  return [{ start, end: span.end - 1, text: padding + write(outer) + padding }];
}

function addLast(
  text: string,
  container: Tree,
  last: Part,
  separator: string,
  written: string,
): readonly Edit[] | null {
  const tail = gapBetween(text, last.end, container.span.end - 1);
  if (tail === null) return null;
  const eol = lineEnd(text, last.end);
  const commented = tail.hasComment && separator.includes("\n") && /^[ \t]*,?[ \t]*#/.test(text.slice(last.end, eol));
  if (!commented) return [{ start: last.end, end: last.end, text: separator + written }];
  const comma = tail.comma === null ? [{ start: last.end, end: last.end, text: "," }] : [];
  return [
    ...comma,
    {
      start: eol,
      end: eol,
      text: separator.slice(separator.search(/\r?\n/)) + written + (tail.comma === null ? "" : ","),
    },
  ];
}

/** What stands between two parts of this container, or would. */
function separatorOf(text: string, style: Style, container: Tree, parts: readonly Part[]): string {
  const [first, second] = [parts.at(-2), parts.at(-1)];
  if (first !== undefined && second !== undefined) {
    const between = text.slice(first.end, second.start);
    if (/^[ \t\r\n]*,[ \t\r\n]*$/.test(between)) return between;
    return between.includes("\n") ? `,${style.newline}${indentAt(text, second.start)}` : style.comma;
  }
  const opening = second === undefined ? "" : text.slice(container.span.start + 1, second.start);
  return opening.includes("\n") ? `,${/\r?\n[ \t]*$/.exec(opening)?.[0] ?? style.newline}` : style.comma;
}
