import type { Expression } from "../ir/expression.ts";
import type { Step } from "../ir/program.ts";
import { elementOf, type Type, unknown } from "../ir/types.ts";
import { infersItems, infersMade } from "./annotations.ts";
import type { TypeCode } from "./layout/syntax.ts";
import type { TypePrinter } from "./types.ts";

/** What a call says of its types; nothing where TypeScript infers the same. */
export type TypeArguments = { readonly typeArgs?: readonly TypeCode[] };

/** Runtime functions that take lists of any item: how many lists, and whether what they make of an item has a type too. */
const overLists: ReadonlyMap<string, { readonly lists: number; readonly makes: boolean }> = new Map([
  ["at", { lists: 1, makes: false }],
  ["concat", { lists: 2, makes: false }],
  ["every", { lists: 1, makes: false }],
  ["exactlyOne", { lists: 1, makes: false }],
  ["filterList", { lists: 1, makes: false }],
  ["indexed", { lists: 1, makes: false }],
  ["mapList", { lists: 1, makes: true }],
  ["some", { lists: 1, makes: false }],
]);

/** Of a call that goes over lists: of `string[] | number[]` TypeScript infers the items of one only. */
export function typeArgumentsOf(call: Expression & { kind: "call" }, types: TypePrinter): TypeArguments {
  const form = overLists.get(call.fn);
  const lists = call.args.slice(0, form?.lists ?? 0);
  const lambda = form?.makes === true ? call.args.at(-1) : undefined;
  const made = lambda?.kind === "lambda" ? { by: lambda.body, type: elementOf(call.type) ?? unknown } : null;
  const isInferred = made === null || infersMade(made.by, made.type, types);
  if (form === undefined || (isInferred && lists.every((list) => infersItems(list, types)))) return {};
  return typeArguments([...lists.map(itemOf), ...(made === null ? [] : [made.type])], types);
}

export function turnTypeArguments(step: Step & { kind: "forEach" }, types: TypePrinter): TypeArguments {
  if (infersItems(step.items, types)) return {};
  const made = step.result === null ? null : elementOf(step.result.type);
  return typeArguments([step.item.type, made ?? unknown], types);
}

function itemOf(list: Expression): Type {
  return elementOf(list.type) ?? unknown;
}

function typeArguments(of: readonly Type[], types: TypePrinter): TypeArguments {
  return { typeArgs: of.map((type) => types.code(type)) };
}
