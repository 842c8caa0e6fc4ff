import type { Json, Tree } from "../tree.ts";
import { addToList, addToMapping, removeFromBlock, replaceInBlock } from "./block.ts";
import { addToFlow, removeFromFlow } from "./flow.ts";
import { optionsAt, type Page, type Place, placeAt } from "./place.ts";
import { below, dashed, indented, type Printed, type PrintOptions, print, printKey } from "./print.ts";
import { childrenOf, isFlow, markAt, ownMembers } from "./style.ts";
import type { Edit } from "./text.ts";

/** A value that is to be written: printed anew, or as it was written elsewhere. */
export interface Content {
  readonly value: Json;
  readonly written: Printed | null;
}

/** Ways to write one change, the one that looks best first. They are attempts: the caller sees which one holds. */
export type Attempts = Iterable<readonly Edit[] | null>;

/** The same value as it would look around here, and as plain as can be. */
function* printings(content: Content, options: PrintOptions, inFlow: boolean): Iterable<Printed> {
  if (content.written !== null && !(inFlow && content.written.shape !== "inline")) yield content.written;
  yield print(content.value, options);
  yield print(content.value, { ...options, layout: "line", quote: '"' });
}

export function* replacing(page: Page, path: readonly string[], content: Content): Attempts {
  const place = placeAt(page.document.root, path);
  if (place === null) return;
  const container = place.kind === "root" ? null : place.parent;
  // What comes by a merge key is replaced by a member of the object's own.
  if (place.kind === "member" && !ownMembers(place.parent).includes(place.member)) yield* adding(page, path, content);
  const inFlow = isInFlow(page, place);
  for (const printed of printings(content, optionsAt(page, container, place.tree), inFlow)) {
    const edits = inFlow ? replaceInFlow(page, place, printed) : replaceInBlock(page, place, printed);
    yield edits;
    yield withoutTag(page, place, edits);
  }
}

/** A tag would make something else of the new value: `!!str 5`. Null where there is none. */
function withoutTag({ text }: Page, place: Place, edits: readonly Edit[] | null): readonly Edit[] | null {
  const { start } = place.tree.span;
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const tag = /![^ \t]*[ \t]+(?:&[^ \t]+[ \t]+)?$/.exec(before);
  return (
    tag &&
    edits && [
      ...edits,
      { start: start - tag[0].length, end: start - tag[0].length + tag[0].search(/[ \t]/) + 1, text: "" },
    ]
  );
}

function isInFlow({ text, style }: Page, place: Place): boolean {
  return style.syntax === "json" || (place.kind !== "root" && isFlow(text, place.parent));
}

function replaceInFlow(page: Page, place: Place, { lines }: Printed): readonly Edit[] {
  const { text } = page;
  const { start, end } = place.tree.span;
  const [first = "", ...rest] = lines;
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", start - 1) + 1))?.[0] ?? "";
  const written = [first, ...rest.map((line) => indented(indent, line))].join(page.style.newline);
  if (start < end || place.kind === "root") return [{ start, end, text: written }];
  // A value that nothing wrote: behind its colon, or behind a key that has none.
  return [{ start, end, text: text[start - 1] === ":" ? ` ${written}` : `: ${written}` }];
}

export function* removing(page: Page, path: readonly string[]): Attempts {
  const place = placeAt(page.document.root, path);
  if (place === null || place.kind === "root") return;
  const { parent } = place;
  if (isFlow(page.text, parent)) {
    const start = place.kind === "item" ? place.tree.span.start : place.member.keySpan.start;
    yield removeFromFlow(page, parent, start);
    return;
  }
  const emptied = replacing(page, path.slice(0, -1), {
    value: parent.kind === "array" ? [] : Object.create(null),
    written: null,
  });
  if (childrenOf(parent).length === 1) yield* emptied;
  yield removeFromBlock(page, place);
}

export function* adding(page: Page, path: readonly string[], content: Content): Attempts {
  const container = placeAt(page.document.root, path.slice(0, -1));
  const token = path.at(-1);
  if (container === null || token === undefined) return;
  const { tree } = container;
  const { style } = page;
  const options = optionsAt(page, tree, null);
  const index = tree.kind === "array" && token !== "-" ? Number(token) : childrenOf(tree).length;
  const inFlow = isFlow(page.text, tree);
  if (inFlow && childrenOf(tree).length === 0 && !isInFlow(page, container)) {
    yield* replacing(page, path.slice(0, -1), { value: filled(tree, token, content.value), written: null });
  }
  for (const printed of printings(content, options, inFlow)) {
    const key = tree.kind === "object" ? printKey(token, options) : null;
    if (inFlow) {
      const write = (indent: string): string => {
        const [first = "", ...rest] = printed.lines;
        const value = [first, ...rest.map((line) => indented(indent, line))].join(style.newline);
        return key === null ? value : `${key}${colonIn(page, tree)}${value}`;
      };
      yield addToFlow(page, tree, index, write, options.layout === "lines" || isSpread(page, tree));
    } else if (tree.kind === "array") yield addToList(page, tree, index, dashed(printed));
    else if (tree.kind === "object" && key !== null) {
      yield addToMapping(page, tree, below(key, printed, printed.lines[0]?.startsWith("- ") === true, style));
    }
  }
}

function filled(tree: Tree, token: string, value: Json): Json {
  return tree.kind === "array" ? [value] : Object.assign(Object.create(null), { [token]: value });
}

/** An empty object of a JSON document that is spread over lines is spread too. */
function isSpread({ document, style }: Page, tree: Tree): boolean {
  return style.syntax === "json" && tree.span.start >= document.root.span.start && document.text.trim().includes("\n");
}

function colonIn({ text, style }: Page, tree: Tree): string {
  const last = tree.kind === "object" ? ownMembers(tree).at(-1) : undefined;
  const between = last === undefined ? "" : text.slice(last.keySpan.end, last.value.span.start);
  return /^[ \t]*:[ \t]*$/.test(between) && (style.syntax === "json" || /[ \t]$/.test(between)) ? between : style.colon;
}

/** Another name for a member that stays where it is. */
export function* renaming(page: Page, path: readonly string[], to: string): Attempts {
  const place = placeAt(page.document.root, path);
  if (place?.kind !== "member") return;
  const { start, end } = place.member.keySpan;
  const mark = markAt(page.text, start);
  const options = optionsAt(page, place.parent, null);
  yield [{ start, end, text: printKey(to, { ...options, keyQuote: mark }) }];
  yield [{ start, end, text: JSON.stringify(to) }];
}
