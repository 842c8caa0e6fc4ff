import type { Fix } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { get, type Json, type Tree } from "../../source/tree.ts";
import { freeId } from "./ids.ts";
import type { Wrong } from "./mending.ts";
import { isWhole, treeAt } from "./tree-at.ts";

/** Fields that are missing, too many, or written in another form than they must be. */
export function mendField(wrong: Wrong): readonly Fix[] {
  switch (wrong.code) {
    case "WF_VALIDATION_001":
      return mendMissing(wrong);
    case "WF_VALIDATION_002":
      return mendForm(wrong);
    case "WF_VALIDATION_012":
      return add(wrong.origin.pointer, "End", true);
    case "WF_VALIDATION_013":
      return mendBoth(wrong);
    case "WF_EXPRESSION_001":
      return mendUnclosed(wrong);
    case "WF_EXPRESSION_003":
      return mendPath(wrong);
    default:
      return [];
  }
}

function add(pointer: string, field: string, value: Json): readonly Fix[] {
  const shown = JSON.stringify(value);
  return [{ title: `Add \`${field}: ${shown}\``, patch: [{ op: "add", path: `${pointer}/${field}`, value }] }];
}

/** Required fields with one right value, or with one that any definition can begin with. */
const beginnings: ReadonlyMap<string, ReadonlyMap<string, Json>> = new Map([
  [
    "the definition",
    new Map<string, Json>([
      ["apiVersion", "workflow.compiler/v1"],
      ["kind", "Workflow"],
      ["metadata", { name: "workflow" }],
    ]),
  ],
  ["`metadata`", new Map<string, Json>([["name", "workflow"]])],
  ["`spec`", new Map<string, Json>([["nodes", []]])],
  ["`retry`", new Map<string, Json>([["maxAttempts", 3]])],
]);

function mendMissing({ params, origin, document }: Wrong): readonly Fix[] {
  const { of = "", field = "" } = params;
  const value = beginnings.get(of)?.get(field);
  const tree = treeAt(document.root, origin.pointer);
  if (tree?.kind !== "object") return [];
  if (value !== undefined) return add(origin.pointer, field, value);
  const type = get(tree, "type");
  // Nothing can refer to a node that had no id, so that any will do.
  const isNode = field === "id" && type?.kind === "string" && /\/nodes\/\d+$/.test(origin.pointer);
  return isNode ? add(origin.pointer, field, freeId(idOf(type.value), document)) : [];
}

/** The last word of a type: `wait` of `core.wait`. */
function idOf(type: string): string {
  return /[A-Za-z_][A-Za-z0-9_-]{0,30}$/.exec(type)?.[0] ?? "node";
}

/** The value in the form that the message asks for. */
function mendForm({ params, origin, document }: Wrong): readonly Fix[] {
  const tree = treeAt(document.root, origin.pointer);
  if (tree === null || !isWhole(tree, origin)) return [];
  const value = inForm(tree, params.allowed ?? "");
  if (value === undefined) return [];
  return [{ title: `Write ${JSON.stringify(value)}`, patch: [{ op: "replace", path: tree.pointer, value }] }];
}

function inForm(tree: Tree, allowed: string): Json | undefined {
  if (allowed.startsWith("a duration")) return durationOf(tree);
  if (/^a (?:whole )?number/.test(allowed)) return numberOf(tree, allowed);
  if (allowed === "true or false" && tree.kind === "string") return booleans.get(tree.value.trim().toLowerCase());
  if (allowed === "a string" && (tree.kind === "number" || tree.kind === "boolean"))
    return tree.kind === "number" ? tree.raw : String(tree.value);
  if (tree.kind !== "string") return undefined;
  // A list of words and nothing else: text around them says that more is allowed.
  const words = [...allowed.matchAll(/`([^`]{1,80})`/g)].map(([, word]) => word ?? "");
  const isList = /^(?:one of )?`[^`]+`(?:(?:, | or )`[^`]+`)*$/.test(allowed.slice(0, 1_000));
  return isList ? nearest(tree.value, words) || undefined : undefined;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["no", false],
  ["off", false],
]);

const units: ReadonlyMap<string, string> = new Map([
  ...["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"].map((word): [string, string] => [word, "ms"]),
  ...["s", "sec", "secs", "second", "seconds"].map((word): [string, string] => [word, "s"]),
  ...["m", "min", "mins", "minute", "minutes"].map((word): [string, string] => [word, "m"]),
  ...["h", "hr", "hrs", "hour", "hours"].map((word): [string, string] => [word, "h"]),
  ...["d", "day", "days"].map((word): [string, string] => [word, "d"]),
]);

/** `30 seconds` as `30s`. A number without a unit could be seconds or milliseconds, so that nothing is known of it. */
function durationOf(tree: Tree): string | undefined {
  if (tree.kind !== "string") return undefined;
  const [, count, word = ""] = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([A-Za-z]{1,12})\s*$/.exec(tree.value) ?? [];
  const unit = units.get(word.toLowerCase());
  return count === undefined || unit === undefined || `${count}${unit}` === tree.value ? undefined : `${count}${unit}`;
}

/** Text that is a number, within the bounds that are asked for. */
function numberOf(tree: Tree, allowed: string): number | undefined {
  if (tree.kind !== "string" || !/^-?\d{1,9}(?:\.\d{1,6})?$/.test(tree.value.trim())) return undefined;
  const value = Number(tree.value);
  const [, from, to] = /from (-?\d+)(?: to (\d+))?/.exec(allowed) ?? [];
  const isWithin = value >= Number(from ?? 0) && value <= Number(to ?? Number.MAX_SAFE_INTEGER);
  return isWithin && (Number.isInteger(value) || !allowed.startsWith("a whole")) ? value : undefined;
}

/** A state that says where it leads does not end. */
function mendBoth({ params, origin }: Wrong): readonly Fix[] {
  if (params.fields !== "`Next` and `End`") return [];
  return [{ title: "Remove `End`", patch: [{ op: "remove", path: origin.pointer }] }];
}

function mendUnclosed({ params, origin, document }: Wrong): readonly Fix[] {
  const tree = treeAt(document.root, origin.pointer);
  if (tree?.kind !== "string" || !params.problem?.startsWith("`${` is not closed")) return [];
  const value = `${tree.value.trimEnd()} }`;
  return [{ title: "Close the expression", patch: [{ op: "replace", path: tree.pointer, value }] }];
}

/** A path of the Amazon States Language that names a member as if it were a variable: `order.id`. */
function mendPath({ origin, document }: Wrong): readonly Fix[] {
  const tree = treeAt(document.root, origin.pointer);
  if (tree?.kind !== "string" || !/^[A-Za-z_]\w{0,80}(?:[.[][^\s()$]{1,200})?$/.test(tree.value)) return [];
  const value = `$.${tree.value}`;
  return [{ title: `Write \`${value}\``, patch: [{ op: "replace", path: tree.pointer, value }] }];
}
