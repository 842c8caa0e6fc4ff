import type { Fix } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { pointerToken } from "../../source/tree.ts";
import type { Wrong } from "./mending.ts";
import { parentPointer, rangeInside, treeAt } from "./tree-at.ts";

/** Which parameter of a code is the misspelt word; `nearest` is what was meant. */
const misspelt: ReadonlyMap<string, string> = new Map([
  ["WF_TYPE_003", "member"],
  ["WF_TYPE_005", "fn"],
  ["WF_EXPRESSION_002", "name"],
  ["WF_EXPRESSION_004", "fn"],
]);

/** A fix quotes the whole string, so that a long one costs more than it helps. */
const maxText = 2_000;

/** Misspelt words in expressions, and misspelt members of objects that are written in place. */
export function mendSpelling(wrong: Wrong): readonly Fix[] {
  if (wrong.code === "WF_SCHEMA_002") return mendTypeName(wrong);
  const word = wrong.params[misspelt.get(wrong.code) ?? ""] ?? "";
  const meant = wrong.params.nearest ?? "";
  if (word === "" || meant === "" || word === meant) return [];
  return [...inExpression(wrong, word, meant), ...asMember(wrong, word, meant)].slice(0, 1);
}

/** The last occurrence at the place: of `a.b.c` it is what was not found in what came before. */
function inExpression({ document, origin }: Wrong, word: string, meant: string): readonly Fix[] {
  const tree = treeAt(document.root, origin.pointer);
  if (tree?.kind !== "string" || tree.value.length > maxText || !/^[A-Za-z_][\w.]*$/.test(meant)) return [];
  const range = rangeInside(tree, origin);
  if (range === null) return [];
  const at = tree.value.slice(range.start, range.end).lastIndexOf(word);
  if (at < 0) return [];
  const start = range.start + at;
  const value = `${tree.value.slice(0, start)}${meant}${tree.value.slice(start + word.length)}`;
  return [{ title: `Write \`${meant}\``, patch: [{ op: "replace", path: tree.pointer, value }] }];
}

function asMember({ document, origin }: Wrong, word: string, meant: string): readonly Fix[] {
  const { pointer } = origin;
  const parent = treeAt(document.root, parentPointer(pointer));
  if (!pointer.endsWith(`/${pointerToken(word)}`) || parent?.kind !== "object" || parent.byKey.has(meant)) return [];
  const path = `${parent.pointer}/${pointerToken(meant)}`;
  return [{ title: `Rename to \`${meant}\``, patch: [{ op: "move", from: pointer, path }] }];
}

const typeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];

/** `type: strng` in a JSON Schema. */
function mendTypeName({ document, origin }: Wrong): readonly Fix[] {
  const pointer = origin.pointer.endsWith("/type") ? origin.pointer : `${origin.pointer}/type`;
  const tree = treeAt(document.root, pointer);
  if (tree?.kind !== "string" || typeNames.includes(tree.value)) return [];
  const meant = nearest(tree.value, typeNames) || (aliases.get(tree.value.toLowerCase()) ?? "");
  return meant === ""
    ? []
    : [{ title: `Write \`${meant}\``, patch: [{ op: "replace", path: tree.pointer, value: meant }] }];
}

/** What other languages call these types. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["str", "string"],
  ["text", "string"],
  ["int", "integer"],
  ["int32", "integer"],
  ["int64", "integer"],
  ["float", "number"],
  ["double", "number"],
  ["bool", "boolean"],
  ["list", "array"],
  ["map", "object"],
  ["dict", "object"],
]);
