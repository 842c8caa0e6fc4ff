import type { Findings, Fix } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import {
  type Member,
  type ObjectTree,
  originOf,
  originOfKey,
  pointerToken,
  type StringTree,
  type Tree,
} from "../source/tree.ts";

/** Where problems of a part of a document go, and the node that they belong to. */
export interface Place {
  readonly findings: Findings;
  readonly node: string;
}

/** Text in messages is cut here. */
const MAX_SHOWN = 80;

export function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** What a value is, in words: "the number 3", "an object". */
export function describe(tree: Tree): string {
  switch (tree.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(tree.value);
    case "number":
      return `the number ${shown(tree.raw)}`;
    case "string":
      return `\`${shown(tree.value)}\``;
    case "array":
      return "a list";
    case "object":
      return "an object";
    default:
      return tree satisfies never;
  }
}

/** After so many findings another "did you mean" helps nobody; looking for it costs time for each known name. */
const maxSuggestions = 200;

/** The known name that is most likely meant, or "". */
export function suggest(name: string, known: Iterable<string>, { findings }: Pick<Place, "findings">): string {
  return findings.list.length < maxSuggestions ? nearest(name, known) : "";
}

export function reportValue(
  tree: Tree,
  field: string,
  allowed: string,
  place: Place,
  fixes: readonly Fix[] = [],
): void {
  place.findings.report(
    "WF_VALIDATION_002",
    originOf(tree, place.node),
    { field, found: describe(tree), allowed },
    { fixes },
  );
}

/** Says that a value is not one of a few words; where one of them is near, with the fix. */
export function reportChoice(tree: Tree, field: string, words: readonly string[], place: Place): void {
  const near = tree.kind === "string" ? suggest(tree.value, words, place) : "";
  reportValue(
    tree,
    field,
    words.map((word) => `\`${word}\``).join(" or "),
    place,
    near === "" ? [] : [replaceFix(tree, near)],
  );
}

export function replaceFix(tree: Tree, value: string): Fix {
  return { title: `Write \`${value}\``, patch: [{ op: "replace", path: tree.pointer, value }] };
}

/** The object, or null after saying that the value is none. */
export function objectOrReport(tree: Tree, field: string, place: Place): ObjectTree | null {
  if (tree.kind === "object") return tree;
  reportValue(tree, field, "an object", place);
  return null;
}

/** The items of a list; none after saying that the value is no list. */
export function itemsOrReport(tree: Tree | undefined, field: string, place: Place): readonly Tree[] {
  if (tree === undefined) return [];
  if (tree.kind === "array") return tree.items;
  reportValue(tree, field, "a list", place);
  return [];
}

/** The members of an object; none after saying that the value is no object. */
export function membersOrReport(tree: Tree | undefined, field: string, place: Place): readonly Member[] {
  return tree === undefined ? [] : (objectOrReport(tree, field, place)?.members ?? []);
}

/** Reports fields that `of` does not have and required ones that are missing, but for those that stand there misspelt. */
export function checkFields(
  object: ObjectTree,
  of: string,
  known: readonly string[],
  required: readonly string[],
  place: Place,
): void {
  const meant = new Set<string>();
  for (const member of object.members)
    if (!known.includes(member.key)) meant.add(reportUnknownField(object, member, of, known, place));
  for (const field of required) {
    if (!object.byKey.has(field) && !meant.has(field))
      place.findings.report("WF_VALIDATION_001", originOf(object, place.node), { field, of });
  }
}

/** Where another field is near and not there yet, with the fix that renames it. Gives that field, or "". */
export function reportUnknownField(
  object: ObjectTree,
  member: Member,
  of: string,
  known: Iterable<string>,
  place: Place,
): string {
  const near = suggest(member.key, known, place);
  const to = `${object.pointer}/${pointerToken(near)}`;
  const fix: Fix = { title: `Rename to \`${near}\``, patch: [{ op: "move", from: member.value.pointer, path: to }] };
  const meant = object.byKey.has(near) ? "" : near;
  const params = { field: shown(member.key), of, nearest: near };
  const fixes = meant === "" ? [] : [fix];
  place.findings.report("WF_VALIDATION_004", originOfKey(member, place.node), params, { fixes });
  return meant;
}

/** The string of a field that may be absent; null where it is absent, or after saying that it is no string. */
export function textField(object: ObjectTree, field: string, place: Place): StringTree | null {
  const tree = object.byKey.get(field)?.value;
  if (tree === undefined || tree.kind === "string") return tree ?? null;
  reportValue(tree, field, "a string", place);
  return null;
}

export function booleanField(object: ObjectTree, field: string, place: Place): boolean {
  const tree = object.byKey.get(field)?.value;
  if (tree?.kind === "boolean") return tree.value;
  if (tree !== undefined) reportValue(tree, field, "true or false", place);
  return false;
}

/** The words of a text as one name in which each begins with a capital: a hint for naming types. */
export function typeName(...words: readonly string[]): string {
  const parts = words.flatMap((word) => word.slice(0, 100).split(/[^A-Za-z0-9]+/));
  return parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join("");
}
