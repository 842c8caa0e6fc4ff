import type { Fix } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { Json, StringTree, Tree } from "../../source/tree.ts";
import { toJson } from "../../source/tree.ts";
import type { Wrong } from "./mending.ts";
import { isWhole, isWholeExpression, onlyExpression, treeAt } from "./tree-at.ts";

/** Values of the wrong type that can be written, or converted, into the right one. */
export function mendValue({ code, params, origin, document }: Wrong): readonly Fix[] {
  if (code !== "WF_TYPE_001" || params.found === undefined || params.expected === undefined) return [];
  const tree = treeAt(document.root, origin.pointer);
  const wanted = alternativesOf(params.expected);
  if (tree === null || wanted.length === 0) return [];
  if (tree.kind === "string" && isWholeExpression(tree, origin)) return convertExpression(tree, params.found, wanted);
  if (!isWhole(tree, origin)) return [];
  const value = rewritten(tree, wanted);
  if (value === undefined) return [];
  return [{ title: `Write ${JSON.stringify(value)}`, patch: [{ op: "replace", path: tree.pointer, value }] }];
}

/** The alternatives of a type as a message shows it; none where it was too long to show. */
export function alternativesOf(shown: string): readonly string[] {
  if (shown.endsWith("…") || shown.length > 200) return [];
  return (shown.match(/(?:"(?:[^"\\]|\\.)*"|[^"|])+/g) ?? []).map((part) => part.trim());
}

const numeric = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/;

/** The same value as another type; undefined where that is not plain. */
function rewritten(tree: Tree, wanted: readonly string[]): Json | undefined {
  const accepts = (type: string): boolean => wanted.includes(type);
  const list = wanted.length === 1 && wanted[0]?.endsWith("[]") ? wanted[0].slice(0, -2) : "";
  if (list !== "" && list === kindOf(tree)) return [toJson(tree)];
  if (tree.kind === "number" || tree.kind === "boolean") {
    const text = tree.kind === "number" ? tree.raw : String(tree.value);
    return accepts("string") || accepts(JSON.stringify(text)) ? text : undefined;
  }
  if (tree.kind !== "string") return undefined;
  const text = tree.value.trim();
  if (numeric.test(text) && (accepts("number") || (accepts("integer") && !text.includes(".")))) return Number(text);
  if (accepts("boolean") && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  const words = wanted.flatMap(wordOf);
  return nearest(tree.value, words) || undefined;
}

function wordOf(shown: string): readonly string[] {
  // Not of a list of literals: `"a"[]`.
  if (!/^"(?:[^"\\]|\\.)*"$/.test(shown)) return [];
  const word: unknown = JSON.parse(shown);
  return typeof word === "string" ? [word] : [];
}

function kindOf(tree: Tree): string {
  return tree.kind === "number" && Number.isInteger(tree.value) ? "integer" : tree.kind;
}

/** `${ e }` as `${ string(e) }` and its like. */
function convertExpression(tree: StringTree, found: string, wanted: readonly string[]): readonly Fix[] {
  const only = onlyExpression(tree);
  if (only === null) return [];
  const inner = tree.value.slice(only.start, only.end);
  const value = conversionOf(inner, found, wanted);
  if (value === null) return [];
  return [{ title: `Write \`${value}\``, patch: [{ op: "replace", path: tree.pointer, value: `\${ ${value} }` }] }];
}

/** A CEL expression that gives one of the wanted types; null where none is certain to. */
export function conversionOf(expression: string, found: string, wanted: readonly string[]): string | null {
  const given = [...new Set(alternativesOf(found).map(baseOf))];
  const [only] = given;
  if (only === undefined || given.length > 1) return null;
  const accepts = (type: string): boolean => wanted.includes(type);
  if (accepts(`${only}[]`)) return `[${expression}]`;
  if (accepts("string") && (only === "integer" || only === "number" || only === "boolean"))
    return `string(${expression})`;
  if (accepts("number") && only === "string") return `double(${expression})`;
  if (accepts("integer") && (only === "string" || only === "number")) return `int(${expression})`;
  return null;
}

function baseOf(shown: string): string {
  if (shown.startsWith('"')) return "string";
  if (shown === "true" || shown === "false") return "boolean";
  if (numeric.test(shown)) return shown.includes(".") ? "number" : "integer";
  return shown;
}
