import { shapesOf, testsOf } from "./cel-shapes.ts";
import type { Draw } from "./draw.ts";
import { any, boolean, fits, integer, type Json, number, type Sort, string, tree } from "./sorts.ts";

/** Something that expressions can name. */
export interface Known {
  readonly text: string;
  readonly sort: Sort;
}

export type Scope = readonly Known[];

const wrong = [
  "inptu.total",
  "1 +",
  "nodes['nowhere'].out",
  "'a' * 2",
  "size()",
  "input.(",
  "[1, 'a'][0].x",
  "1 / 0",
  "nope(1)",
  '"\\q"',
];

/** CEL of a sort. What cannot be had from the scope is written out. */
export function drawCel(sort: Sort, scope: Scope, draw: Draw, depth = 2): string {
  if (draw.slips()) return draw.one(wrong) ?? "";
  const candidates = scope.flatMap((known) => reach(known, 2)).filter((known) => fits(known.sort, sort));
  const known = draw.one(candidates);
  if (known !== undefined && draw.chance(depth > 0 ? 50 : 85)) return known.text;
  const cel: Write = (of, more = []) => drawCel(of, [...scope, ...more], draw, depth - 1);
  const computed = depth > 0 ? drawComputed(sort, scope, cel, draw) : null;
  return computed ?? known?.text ?? literal(sort, cel, draw);
}

/** What a name leads to by members that are always there. */
function reach(known: Known, depth: number): readonly Known[] {
  const { sort, text } = known;
  if (depth === 0 || sort.kind !== "object") return [known];
  const members = sort.members.filter(({ required }) => required);
  return [
    known,
    ...members.flatMap(({ name, sort: of }) => reach({ text: `${text}${memberText(name)}`, sort: of }, depth - 1)),
  ];
}

/** CEL reserves some words, `in` and `await` not among the same ones as TypeScript. */
export function memberText(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== "in" ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** `more`: names that only stand in there. */
export type Write = (of: Sort, more?: Scope) => string;

function drawComputed(sort: Sort, scope: Scope, cel: Write, draw: Draw): string | null {
  if (draw.chance(12)) return `(${cel(boolean)} ? ${cel(sort)} : ${cel(sort)})`;
  const known = scope.flatMap((each) => reach(each, 2));
  const lists = known.flatMap(({ text, sort: of }) => (of.kind === "list" ? [{ text, of: of.of }] : []));
  if (sort.kind === "boolean") return draw.pick(testsOf(known, lists, cel, draw))();
  const same = draw.one(lists.filter(({ of }) => sort.kind === "list" && fits(of, sort.of)));
  if (same !== undefined && draw.chance(50))
    return `${same.text}.filter(x, ${cel(boolean, [{ text: "x", sort: same.of }])})`;
  const shapes = shapesOf(sort, lists, cel, draw);
  return shapes === null ? null : draw.pick(shapes)();
}

function literal(sort: Sort, cel: Write, draw: Draw): string {
  switch (sort.kind) {
    case "string":
      return draw.pick(["'a'", '"it\'s"', "'`${x}`'", "'*/'"]);
    case "number":
      return draw.pick(["1.5", "0.0", "2.0", "1e3"]);
    case "integer":
      return String(draw.below(100));
    case "boolean":
      return draw.pick(["true", "false"]);
    case "words":
      return JSON.stringify(draw.one(sort.of) ?? "");
    case "any":
      return draw.pick(["dyn(1)", "'a'", "null", "[1]", "{'a': 1}"]);
    case "nullable":
      return draw.chance(50) ? "null" : cel(sort.of);
    case "list":
      return "[]";
    case "map":
      return `{'a': ${cel(sort.of)}}`;
    case "tuple":
      return `[${sort.of.map((of) => cel(of)).join(", ")}]`;
    case "either":
      return cel(draw.one(sort.of) ?? string);
    case "object":
      return objectText(
        sort.members.filter(({ required }) => required || sort !== tree),
        cel,
      );
    case "variants":
      return objectText(sort.of[draw.below(sort.of.length)] ?? [], cel);
    default:
      return sort satisfies never;
  }
}

function objectText(members: readonly { readonly name: string; readonly sort: Sort }[], cel: Write): string {
  return `{${members.map(({ name, sort }) => `${JSON.stringify(name)}: ${cel(sort)}`).join(", ")}}`;
}

/** A value of a definition: written out, computed, or partly each. */
export function drawValue(sort: Sort, scope: Scope, draw: Draw, depth = 2): Json {
  if (draw.slips()) return draw.pick<Json>([null, "${", { "": [] }, "${ }", 1e300, [[]]]);
  if (draw.chance(50)) return `\${ ${drawCel(sort, scope, draw)} }`;
  const value = (of: Sort): Json => drawValue(of, scope, draw, depth - 1);
  switch (sort.kind) {
    case "string":
      return draw.pick<Json>([
        "text",
        "*/ `x` $${ y }",
        `a \${ ${drawCel(draw.pick([string, integer, boolean]), scope, draw)} } b`,
        "\u2028\u202e",
      ]);
    case "number":
      return draw.pick<Json>([1.5, 0, -3]);
    case "integer":
      return draw.below(1_000);
    case "boolean":
      return draw.chance(50);
    case "words":
      return draw.one(sort.of) ?? "";
    case "any":
      return draw.pick<Json>([null, "text", [1, "a"], { a: { b: 1 } }]);
    case "nullable":
      return draw.chance(50) ? null : value(sort.of);
    case "list":
      return depth > -3 ? Array.from({ length: draw.below(3) }, () => value(sort.of)) : [];
    case "map":
      return { a: value(sort.of), "b c": value(sort.of) };
    case "tuple":
      return sort.of.map(value);
    case "either":
      return value(draw.one(sort.of) ?? string);
    case "object":
      return Object.fromEntries(
        sort.members
          .filter(({ required }) => required || (depth > -3 && draw.chance(50)))
          .map(({ name, sort: of }) => [name, value(of)]),
      );
    case "variants":
      return Object.fromEntries(
        (sort.of[draw.below(sort.of.length)] ?? []).map(({ name, sort: of }) => [name, value(of)]),
      );
    default:
      return sort satisfies never;
  }
}

/** What an expression without a schema of its own can be: its sort is known only where it is simple. */
export const simple: readonly [Sort, ...Sort[]] = [string, number, integer, boolean, any];
