import type { Origin, Span } from "../../diagnostics/diagnostic.ts";
import { type Member, originInside, type StringTree, type Tree } from "../../source/tree.ts";

/** The place in the document of a place in a text that stands in it. */
export function originMoved({ span, pointer, node }: Origin, text: StringTree): Origin {
  return { span: moved(span, text), pointer: text.pointer + pointer, node };
}

/** A tree that was read from a text, with the places that its parts have in the document around the text. */
export function movedInto(tree: Tree, text: StringTree): Tree {
  const placed = { span: moved(tree.span, text), pointer: text.pointer + tree.pointer };
  switch (tree.kind) {
    case "object": {
      const members = tree.members.map(
        (member): Member => ({
          key: member.key,
          keySpan: moved(member.keySpan, text),
          value: movedInto(member.value, text),
        }),
      );
      return { ...tree, ...placed, members, byKey: new Map(members.map((member) => [member.key, member])) };
    }
    case "array":
      return { ...tree, ...placed, items: tree.items.map((item) => movedInto(item, text)) };
    case "string":
      return { ...tree, ...placed, ...movedContent(tree, text) };
    case "number":
    case "boolean":
    case "null":
      return { ...tree, ...placed };
    default:
      return tree satisfies never;
  }
}

function moved({ start, end }: Span, text: StringTree): Span {
  return originInside(text, start, end).span;
}

/** Where the characters of a string stand that is written in a text. */
function movedContent(
  { offsets, contentStart, value }: StringTree,
  text: StringTree,
): Pick<StringTree, "offsets" | "contentStart"> {
  if (text.offsets?.length === 0 || offsets?.length === 0) return { offsets: [], contentStart: text.span.start };
  if (text.offsets === null && offsets === null)
    return { offsets: null, contentStart: text.contentStart + contentStart };
  const own = offsets ?? Array.from({ length: value.length + 1 }, (_, index) => contentStart + index);
  return { offsets: own.map((offset) => moved({ start: offset, end: offset }, text).start), contentStart };
}
