import type { Tree } from "../source/tree.ts";

/** What a doc comment says of a member. A `format` is no type of its own: readers should know of it all the same. */
export function memberDescription(schema: Tree): string | undefined {
  const text = textOf(schema, "description") || textOf(schema, "title");
  const format = textOf(schema, "format");
  if (format === "") return text === "" ? undefined : text;
  return text === "" ? `Format: ${format}.` : `${text} (Format: ${format})`;
}

/** What a doc comment says of a type with a name: its title, and its description after an empty line. */
export function typeDescription(schema: Tree): string | undefined {
  const texts = [textOf(schema, "title").trim(), textOf(schema, "description").trim()].filter((text) => text !== "");
  return texts.length === 0 ? undefined : texts.join("\n\n");
}

function textOf(schema: Tree, keyword: string): string {
  const text = schema.kind === "object" ? schema.byKey.get(keyword)?.value : undefined;
  return text?.kind === "string" ? text.value : "";
}
