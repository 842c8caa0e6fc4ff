import type { PatchOperation } from "../diagnostics/diagnostic.ts";
import { createFindings } from "../diagnostics/findings.ts";
import { type AliasUse, aliasesOf } from "./fixes/aliases.ts";
import { carried } from "./fixes/carry.ts";
import { isArray, isObject, patched, plain, sameJson, tokensOf, valueAt } from "./fixes/patch.ts";
import { type Page, placeAt } from "./fixes/place.ts";
import { styleOf } from "./fixes/style.ts";
import { edited } from "./fixes/text.ts";
import { type Attempts, adding, type Content, removing, renaming, replacing } from "./fixes/write.ts";
import { defaultLimits, parseSource } from "./parse.ts";
import { type Json, toJson } from "./tree.ts";

/**
 * Applies a JSON Patch (RFC 6902) to the text of a definition. Comments, layout, key order, quotes and anchors away from
 * the changed places stay as they are. The result is read again after each operation: its value is the patched value.
 * Throws an Error that names the operation where one does not apply.
 */
export function fixDocument(text: string, patch: readonly PatchOperation[]): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  let current = text.slice(mark.length);
  for (const [index, operation] of patch.entries()) {
    try {
      current = applied(current, operation);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const which = `operation ${index + 1} of the patch (${operation.op} \`${operation.path.slice(0, 200)}\`)`;
      throw new Error(`${which} does not apply: ${reason}`, { cause });
    }
  }
  return mark + current;
}

function applied(text: string, operation: PatchOperation): string {
  const page = pageOf(text);
  if (page === null) throw new Error("the text is not a definition");
  const before = toJson(page.document.root);
  const wanted = patched(before, operation);
  if (sameJson(before, wanted)) return text;
  const path = tokensOf(operation.path);
  switch (operation.op) {
    case "test":
      return text;
    case "remove":
      return settled(page, wanted, path, (on) => removing(on, path));
    case "add":
    case "replace":
      return put(page, wanted, path, { value: plain(operation.value), written: null });
    case "copy":
      return put(page, wanted, path, contentAt(page, before, operation.from));
    case "move":
      return moved(page, before, wanted, operation.from, operation.path);
    default:
      return operation satisfies never;
  }
}

/** The text with its tree; null where it does not parse. */
function pageOf(text: string): Page | null {
  const { document } = parseSource(new TextEncoder().encode(text), defaultLimits, createFindings());
  return document && { text: document.text, document, style: styleOf(document) };
}

/** Sets a member, or adds an item: an `add` to an object replaces what is there. */
function put(page: Page, wanted: Json, path: readonly string[], content: Content): string {
  const exists = placeAt(page.document.root, path) !== null;
  const count = (value: Json): number =>
    isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : -1;
  const parent = path.slice(0, -1);
  const grows = path.length > 0 && count(valueAt(toJson(page.document.root), parent)) < count(valueAt(wanted, parent));
  return settled(page, wanted, path, (on) =>
    exists && !grows ? replacing(on, path, content) : adding(on, path, content),
  );
}

function contentAt(page: Page, root: Json, pointer: string): Content {
  const path = tokensOf(pointer);
  const place = placeAt(page.document.root, path);
  return { value: valueAt(root, path), written: place && carried(page, place.tree) };
}

/** Inside one object a move is another name; all else is taken out here and put in there. */
function moved(page: Page, before: Json, wanted: Json, from: string, to: string): string {
  const path = tokensOf(from);
  const target = tokensOf(to);
  const name = target.at(-1);
  const place = placeAt(page.document.root, path);
  const isNear = path.length === target.length && path.slice(0, -1).every((token, index) => token === target[index]);
  if (isNear && place?.kind === "member" && name !== undefined && !place.parent.byKey.has(name)) {
    return settled(page, wanted, target, (on) => renaming(on, path, name));
  }
  const content = contentAt(page, before, from);
  const without = patched(before, { op: "remove", path: from });
  const taken = pageOf(settled(page, without, path, (on) => removing(on, path)));
  if (taken === null) throw new Error("the text cannot be changed here");
  return put(taken, wanted, target, content);
}

/** The first attempt that gives the wanted value: at the place, then around it, ever wider. */
function settled(page: Page, wanted: Json, path: readonly string[], attempts: (page: Page) => Attempts): string {
  return (
    firstThatHolds(page, wanted, attempts(page)) ??
    onWrittenOut(page, wanted, path, attempts) ??
    around(page, wanted, path) ??
    fail("the value cannot be written here")
  );
}

function fail(reason: string): never {
  throw new Error(reason);
}

function firstThatHolds({ text }: Page, wanted: Json, attempts: Attempts): string | null {
  for (const edits of attempts) {
    if (edits === null) continue;
    const result = edited(text, edits);
    const read = pageOf(result);
    if (read !== null && sameJson(toJson(read.document.root), wanted)) return result;
  }
  return null;
}

/** More different aliases than this are written out all at once. */
const MAX_ALIASES = 20;

/** A change inside of an alias, or of a value that has aliases, holds once the aliases are written out. */
function onWrittenOut(
  page: Page,
  wanted: Json,
  path: readonly string[],
  attempts: (page: Page) => Attempts,
): string | null {
  if (page.style.syntax === "json") return null;
  const uses = aliasesOf(page.text, page.document.root);
  const choices: ((use: AliasUse) => boolean)[] = [(use) => use.path.every((token, index) => token === path[index])];
  for (const name of new Set(uses.map((use) => use.name).slice(0, MAX_ALIASES)))
    choices.push((use) => use.name === name);
  choices.push(() => true);
  for (const choice of uses.length === 0 ? [] : choices) {
    const without = writtenOut(page, choice);
    const result = without && firstThatHolds(without, wanted, attempts(without));
    if (result !== null) return result;
  }
  return null;
}

function writtenOut(page: Page, choice: (use: AliasUse) => boolean): Page | null {
  const value = toJson(page.document.root);
  let current: Page | null = page;
  while (current !== null) {
    const use = aliasesOf(current.text, current.document.root).find(choice);
    if (use === undefined) return current;
    const text = firstThatHolds(current, value, replacing(current, use.path, { value: use.value, written: null }));
    current = text === null ? null : pageOf(text);
  }
  return null;
}

/** Writes the smallest value anew whose new text gives the wanted value. */
function around(page: Page, wanted: Json, path: readonly string[]): string | null {
  for (let length = path.length - 1; length >= 0; length--) {
    const outer = path.slice(0, length);
    const content = { value: valueAt(wanted, outer), written: null };
    const result = firstThatHolds(page, wanted, replacing(page, outer, content));
    if (result !== null) return result;
  }
  return path.length === 0 ? firstThatHolds(page, wanted, replacing(page, [], { value: wanted, written: null })) : null;
}
