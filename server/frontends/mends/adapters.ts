import type { Fix } from "../../diagnostics/diagnostic.ts";
import { type Document, get, type Tree } from "../../source/tree.ts";
import { freeId } from "./ids.ts";
import type { Wrong } from "./mending.ts";
import { parentPointer, treeAt } from "./tree-at.ts";
import { alternativesOf, conversionOf } from "./values.ts";

/** Between ports of different types, a `core.transform` that makes the one of the other. */
export function mendConnection({ code, params, origin, document }: Wrong): readonly Fix[] {
  if (code !== "WF_TYPE_002") return [];
  const source = expressionOf(params.from ?? "");
  const connection = treeAt(document.root, origin.pointer);
  const from = connection === null ? undefined : get(connection, "from");
  if (source === null || from?.kind !== "string") return [];
  const value = adapted(source, params.found ?? "", alternativesOf(params.expected ?? ""));
  if (value === null) return [];
  return [insert(value, from, origin.pointer, params.to ?? "", document)];
}

function insert(value: string, from: Tree & { kind: "string" }, pointer: string, to: string, document: Document): Fix {
  const connections = parentPointer(pointer);
  const nodes = `${parentPointer(connections)}/nodes`;
  const id = freeId(`${to.split(".")[0]}-${to.split(".")[1] ?? "in"}`, document);
  return {
    title: `Convert with \`${value}\` in between`,
    patch: [
      { op: "add", path: `${nodes}/-`, value: { id, type: "core.transform", with: { value: `\${ ${value} }` } } },
      { op: "replace", path: `${pointer}/from`, value: id },
      { op: "add", path: `${connections}/-`, value: { from: from.value, to: id } },
    ],
  };
}

const celName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A port as expressions name it; null where they cannot. */
function expressionOf(port: string): string | null {
  const [id = "", name = "", ...more] = port.split(".");
  if (!celName.test(name) || more.length > 0) return null;
  return celName.test(id) ? `${id}.${name}` : `nodes["${id}"].${name}`;
}

function adapted(source: string, found: string, wanted: readonly string[]): string | null {
  const converted = conversionOf(source, found, wanted);
  if (converted !== null) return converted;
  const fitting = membersOf(found).filter(({ type }) => wanted.includes(type));
  const [only] = fitting;
  return only === undefined || fitting.length > 1 || !celName.test(only.name) ? null : `${source}.${only.name}`;
}

interface Shown {
  readonly name: string;
  readonly type: string;
}

/** The members that an object is certain to have, from its type as a message shows it: `{ a: string; b?: number }`. */
function membersOf(shown: string): readonly Shown[] {
  if (!shown.startsWith("{ ") || !shown.endsWith(" }")) return [];
  const inner = shown.slice(2, -2);
  // A type within the members makes the pieces wrong, which then fit nothing.
  if (/[{}"]/.test(inner)) return [];
  return inner.split("; ").flatMap((part) => {
    const colon = part.indexOf(": ");
    const name = part.slice(0, colon);
    return colon < 0 || name.endsWith("?") ? [] : [{ name, type: part.slice(colon + 2) }];
  });
}
