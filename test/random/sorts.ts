import type { Draw } from "./draw.ts";

/** What kind of value stands somewhere: less than JSON Schema can say, and enough to write expressions that fit. */
export type Sort =
  | { readonly kind: "string" | "number" | "integer" | "boolean" | "any" }
  | { readonly kind: "words"; readonly of: readonly string[] }
  | { readonly kind: "list" | "map" | "nullable"; readonly of: Sort }
  | { readonly kind: "object"; readonly members: readonly Member[] }
  | { readonly kind: "tuple" | "either"; readonly of: readonly Sort[] }
  /** Objects that member `kind` tells apart. */
  | { readonly kind: "variants"; readonly of: readonly (readonly Member[])[] };

export interface Member {
  readonly name: string;
  readonly sort: Sort;
  readonly required: boolean;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const string: Sort = { kind: "string" };
export const number: Sort = { kind: "number" };
export const integer: Sort = { kind: "integer" };
export const boolean: Sort = { kind: "boolean" };
export const any: Sort = { kind: "any" };
/** A type that holds itself. */
export const tree: Sort & { readonly kind: "object" } = {
  kind: "object",
  get members(): readonly Member[] {
    return [
      { name: "value", sort: integer, required: true },
      { name: "label", sort: string, required: false },
      { name: "children", sort: trees, required: false },
    ];
  },
};
const trees: Sort = { kind: "list", of: tree };
/** What a port of failures gives. */
export const failure: Sort = {
  kind: "object",
  members: [
    { name: "name", sort: string, required: true },
    { name: "message", sort: string, required: true },
  ],
};

const names = ["id", "total", "name", "items", "class", "a-b", "with space", "état", "1st", "note", "await", "in"];

/** Lists and objects stand inside each other no deeper than `depth`. */
export function drawSort(draw: Draw, depth: number): Sort {
  switch (draw.below(depth > 0 ? 15 : 6)) {
    case 0:
    case 1:
      return string;
    case 2:
      return number;
    case 3:
      return integer;
    case 4:
      return boolean;
    case 5:
      return draw.chance(70)
        ? { kind: "words", of: ["open", "closed", 'it\'s "lost"'].slice(0, 1 + draw.below(3)) }
        : any;
    case 6:
      return { kind: "list", of: drawSort(draw, depth - 1) };
    case 7:
      return { kind: "map", of: drawSort(draw, depth - 1) };
    case 8:
      return { kind: "nullable", of: drawSort(draw, 0) };
    case 9: {
      const of = ["card", "bank"].map((word): Member[] => [
        { name: "kind", sort: { kind: "words", of: [word] }, required: true },
        ...drawMembers(draw, 0).filter(({ name }) => name !== "kind"),
      ]);
      return { kind: "variants", of };
    }
    case 10:
      return { kind: "tuple", of: Array.from({ length: 1 + draw.below(3) }, () => drawSort(draw, depth - 1)) };
    case 11:
      return { kind: "either", of: [draw.pick([string, number, boolean]), drawEither(draw, depth - 1)] };
    case 12:
      return draw.chance(40) ? tree : { kind: "list", of: drawSort(draw, depth - 1) };
    default:
      return { kind: "object", members: drawMembers(draw, depth - 1) };
  }
}

function drawEither(draw: Draw, depth: number): Sort {
  const of = drawSort(draw, depth);
  return draw.chance(50) ? { kind: "list", of } : of;
}

function drawMembers(draw: Draw, depth: number): readonly Member[] {
  const from = draw.below(names.length);
  return names
    .slice(from, from + 1 + draw.below(4))
    .map((name) => ({ name, sort: drawSort(draw, depth), required: draw.chance(70) }));
}

/** A schema of the sort, in one of the ways in which it can be written. */
export function schemaOf(sort: Sort, draw: Draw): Json {
  const schema = part(sort, draw);
  if (!JSON.stringify(schema).includes(TREE))
    return draw.chance(8) ? { $defs: { "a thing": schema }, $ref: "#/$defs/a thing" } : schema;
  return { $defs: { "a thing": schema, tree: objectSchema(tree.members, draw) }, $ref: "#/$defs/a thing" };
}

const TREE = "#/$defs/tree";

function part(sort: Sort, draw: Draw): Json {
  if (draw.slips())
    return draw.pick<Json>([
      { type: "strnig" },
      { $ref: "#/nowhere" },
      { enum: [] },
      3,
      { type: "object", properties: [] },
    ]);
  if (sort === tree) return { $ref: TREE };
  switch (sort.kind) {
    case "any":
      return draw.pick<Json>([{}, true]);
    case "tuple":
      return {
        type: "array",
        prefixItems: sort.of.map((of) => part(of, draw)),
        minItems: sort.of.length,
        ...(draw.chance(70) && { items: false }),
      };
    case "either":
      return { [draw.pick(["anyOf", "oneOf"])]: sort.of.map((of) => part(of, draw)) };
    case "string":
      return draw.pick<Json>([
        { type: "string" },
        { type: "string", format: "date-time" },
        { type: "string", minLength: 1, description: "Text. */ ${ not code }" },
        { type: "string", pattern: "^[a-z]+$" },
      ]);
    case "number":
    case "integer":
      return draw.pick<Json>([{ type: sort.kind }, { type: sort.kind, minimum: 0, title: "How many" }]);
    case "boolean":
      return draw.pick<Json>([{ type: "boolean" }, { enum: [true, false] }]);
    case "words":
      return sort.of.length === 1 && draw.chance(50) ? { const: sort.of[0] ?? "" } : { enum: sort.of };
    case "list":
      return { type: "array", items: part(sort.of, draw) };
    case "map":
      return { type: "object", additionalProperties: part(sort.of, draw) };
    case "nullable":
      return draw.chance(50)
        ? { oneOf: [part(sort.of, draw), { type: "null" }] }
        : { anyOf: [{ type: "null" }, part(sort.of, draw)] };
    case "object":
      return objectSchema(sort.members, draw);
    case "variants":
      return { oneOf: sort.of.map((members) => objectSchema(members, draw)) };
    default:
      return sort satisfies never;
  }
}

function objectSchema(members: readonly Member[], draw: Draw): Json {
  const properties = Object.fromEntries(members.map(({ name, sort }) => [name, part(sort, draw)]));
  const required = members.filter((member) => member.required).map(({ name }) => name);
  const more = draw.pick<Record<string, Json>>([{}, {}, {}, { title: "A thing" }, { additionalProperties: false }]);
  return { type: "object", properties, required, ...more };
}

/** Whether a value of `from` fits where one of `to` is wanted; unsure is no. */
export function fits(from: Sort, to: Sort): boolean {
  if (to.kind === "any" || from === to) return true;
  if (from.kind === "either") return from.of.every((of) => fits(of, to));
  if (to.kind === "either") return to.of.some((of) => fits(from, of));
  switch (from.kind) {
    case "integer":
      return to.kind === "integer" || to.kind === "number" || (to.kind === "nullable" && fits(from, to.of));
    case "words":
      return to.kind === "words" ? from.of.every((word) => to.of.includes(word)) : to.kind === "string";
    case "list":
    case "map":
      return (to.kind === "list" || to.kind === "map") && from.kind === to.kind && fits(from.of, to.of);
    case "nullable":
      return to.kind === "nullable" && fits(from.of, to.of);
    case "tuple":
    case "object":
    case "variants":
      return false;
    default:
      return from.kind === to.kind || (to.kind === "nullable" && fits(from, to.of));
  }
}
