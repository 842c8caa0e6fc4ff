import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAssignable } from "../../server/ir/assignable.ts";
import { showType } from "../../server/ir/show-type.ts";
import {
  boolean,
  integer,
  type MemberType,
  never,
  nullType,
  number,
  resolve,
  string,
  type Type,
  type TypeDeclaration,
  union,
  unknown,
} from "../../server/ir/types.ts";
import { createChecker } from "../../server/typecheck/checker.ts";
import { createTypeText } from "./type-text.ts";

const literal = (value: string | number | boolean): Type => ({ kind: "literal", value });

/** Recursive types: pairs that are equal but for their names, and others that are nearly so. */
const recursive: readonly Type[] = [
  recursiveType("List", (self) => [member("value", integer), member("next", self, false)]),
  recursiveType("Chain", (self) => [member("value", number), member("next", self, false)]),
  recursiveType("Ring", (self) => [member("value", integer), member("next", union([self, nullType]))]),
  recursiveType("Tree", (self) => [member("value", unknown), member("children", { kind: "array", element: self })]),
  recursiveType("Twig", (self) => [
    member("value", string),
    member("children", { kind: "tuple", elements: [self], rest: self }),
  ]),
];

function member(name: string, type: Type, required = true): [string, MemberType] {
  return [name, { type, required }];
}

function recursiveType(name: string, members: (self: Type) => readonly [string, MemberType][]): Type {
  const declaration: TypeDeclaration = { name, type: unknown };
  const self: Type = { kind: "named", declaration };
  declaration.type = { kind: "object", members: new Map(members(self)), additional: null };
  return self;
}

const types = fc.letrec<{ type: Type; member: [string, MemberType] }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom(nullType, boolean, integer, number, string, unknown),
    fc.constantFrom(literal("x"), literal("y"), literal(1), literal(2.5), literal(true), never),
    fc.constantFrom<Type>({ kind: "string", format: "date-time" }, ...recursive),
    tie("type").map((element): Type => ({ kind: "array", element })),
    fc
      .record({ elements: fc.array(tie("type"), { maxLength: 2 }), rest: fc.option(tie("type")) })
      .map(({ elements, rest }): Type => ({ kind: "tuple", elements, rest })),
    fc.array(tie("type"), { minLength: 2, maxLength: 3 }).map(union),
    fc
      .record({
        members: fc.uniqueArray(tie("member"), { selector: ([name]) => name, maxLength: 3 }),
        additional: fc.option(tie("type"), { freq: 3 }),
      })
      .map(({ members, additional }): Type => ({ kind: "object", members: new Map(members), additional })),
  ),
  member: fc
    .tuple(fc.constantFrom("value", "next", "kind", "a"), tie("type"), fc.boolean())
    .map(([name, type, required]) => member(name, type, required)),
}));

/** Changes a type at one place, so that the pair differs in a little. `choose`: a number below its argument. */
function mutate(type: Type, other: Type, choose: (below: number) => number): Type {
  const inner = (of: Type): Type => (choose(3) === 0 ? other : mutate(of, other, choose));
  const one = (list: readonly Type[]): Type[] => {
    const at = choose(list.length);
    return list.map((each, index) => (index === at ? inner(each) : each));
  };
  switch (type.kind) {
    case "array":
      return choose(2) === 0
        ? { kind: "tuple", elements: [type.element], rest: null }
        : { kind: "array", element: inner(type.element) };
    case "tuple":
      return choose(3) === 0
        ? { ...type, elements: [...type.elements, other] }
        : { ...type, elements: one(type.elements) };
    case "union":
      return union(choose(2) === 0 ? type.of.slice(1) : one(type.of));
    case "object":
      return mutateObject(type, other, choose, inner);
    case "named":
      return choose(2) === 0 ? resolve(type) : type;
    default:
      return choose(2) === 0 ? other : type;
  }
}

function mutateObject(
  type: Extract<Type, { kind: "object" }>,
  other: Type,
  choose: (below: number) => number,
  inner: (of: Type) => Type,
): Type {
  const members = [...type.members];
  const at = choose(Math.max(1, members.length));
  const changed = members.map(([name, { type: of, required }], index): [string, MemberType] =>
    index !== at
      ? member(name, of, required)
      : choose(3) === 0
        ? member(name, of, !required)
        : member(name, inner(of), required),
  );
  switch (choose(5)) {
    case 0:
      return { ...type, members: new Map(members.filter((_, index) => index !== at)) };
    case 1:
      return { ...type, members: new Map([...members, member("b", other)]) };
    case 2:
      return { ...type, additional: type.additional === null ? other : null };
    default:
      return { ...type, members: new Map(changed) };
  }
}

interface Pair {
  readonly from: Type;
  readonly to: Type;
}

/** An object with a member of several constants, and the same as alternatives: one for each constant, perhaps less one. */
const discriminated: fc.Arbitrary<Pair> = fc
  .tuple(types.member, fc.constantFrom("x", "y", "z"), fc.boolean(), fc.boolean())
  .map(([other, dropped, isComplete, isReversed]) => {
    const shape = (kind: Type): Type => ({
      kind: "object",
      members: new Map([other, member("kind", kind)]),
      additional: null,
    });
    const constants = ["x", "y", "z"].map(literal);
    const apart = union(
      constants.filter((kind) => isComplete || (kind.kind === "literal" && kind.value !== dropped)).map(shape),
    );
    const together = shape(union(constants));
    return isReversed ? { from: apart, to: together } : { from: together, to: apart };
  });

/** Some pairs have nothing to do with each other; the others differ at a place or two, or not at all. */
const alike: fc.Arbitrary<Pair> = fc
  .tuple(types.type, types.type, fc.array(fc.nat({ max: 1_000 }), { minLength: 12, maxLength: 12 }), fc.nat({ max: 5 }))
  .map(([to, other, numbers, way]) => {
    let next = 0;
    const choose = (below: number): number => (numbers[next++ % numbers.length] ?? 0) % below;
    if (way === 0) return { from: other, to };
    const changed = way === 5 ? to : mutate(to, other, choose);
    return way % 2 === 0
      ? { from: to, to: changed }
      : { from: way === 3 ? mutate(changed, other, choose) : changed, to };
  });

const pairs = fc.oneof({ arbitrary: alike, weight: 40 }, { arbitrary: discriminated, weight: 1 });

/** Which of the pairs TypeScript lets stand for each other. */
function judge(all: readonly Pair[]): readonly boolean[] {
  const printer = createTypeText();
  const lines = all.map(
    ({ from, to }, index) =>
      `export declare const from${index}: ${printer.textOf(from)}; export const to${index}: ${printer.textOf(to)} = from${index};\n`,
  );
  lines.push(
    ...printer.declarations().map(
      (line) => `${line}
`,
    ),
  );
  const checker = createChecker();
  try {
    const problems = checker.check(new Map([["pairs.ts", lines.join("")]]));
    const codes = new Set(problems.map(({ code }) => code));
    for (const expected of [2322, 2559, 2375, 2412, 2739, 2740, 2741]) codes.delete(expected);
    expect([...codes], problems.find(({ code }) => codes.has(code))?.message ?? "").toEqual([]);
    const refused = linesOf(
      lines,
      problems.map(({ offset }) => offset),
    );
    return all.map((_, index) => !refused.has(index));
  } finally {
    checker.close();
  }
}

function linesOf(lines: readonly string[], offsets: readonly number[]): ReadonlySet<number> {
  const sorted = [...offsets].sort((a, b) => a - b);
  const found = new Set<number>();
  let start = 0;
  let next = 0;
  for (const [index, line] of lines.entries()) {
    start += line.length;
    while (next < sorted.length && (sorted[next] ?? 0) < start) {
      found.add(index);
      next++;
    }
  }
  return found;
}

/**
 * Why we refuse what TypeScript accepts: it knows less of the types, or lets more pass.
 * - integer: it has only numbers.
 * - additional: the type of unlisted members is printed only where none are listed.
 * - index signature: it lets `{ [key: string]: string }` stand for `{ a?: number }`.
 * - empty object: it lets all but null stand for `{}`.
 * - alternatives one by one: it lets `{ kind: boolean }` stand for `{ kind: true } | { kind: false }`.
 */
const REASONS = ["integer", "additional", "index signature", "empty object", "alternatives one by one"] as const;
type Reason = (typeof REASONS)[number];

/** The type as far as its printed form tells. Integers are numbers; a type of unlisted members is printed where none are listed. */
function erase(type: Type, what: ReadonlySet<Reason>, seen = new Map<TypeDeclaration, Type>()): Type {
  const inner = (of: Type): Type => erase(of, what, seen);
  switch (type.kind) {
    case "integer":
      return what.has("integer") ? number : type;
    case "array":
      return { kind: "array", element: inner(type.element) };
    case "tuple":
      return { kind: "tuple", elements: type.elements.map(inner), rest: type.rest && inner(type.rest) };
    case "union":
      return union(type.of.map(inner));
    case "object": {
      const members = [...type.members].map(([name, { type: of, required }]) => member(name, inner(of), required));
      const isPrinted = members.length === 0 || !what.has("additional");
      return {
        kind: "object",
        members: new Map(members),
        additional: isPrinted && type.additional !== null ? inner(type.additional) : null,
      };
    }
    case "named": {
      const present = seen.get(type.declaration);
      if (present !== undefined) return present;
      const declaration: TypeDeclaration = { name: type.declaration.name, type: unknown };
      const made: Type = { kind: "named", declaration };
      seen.set(type.declaration, made);
      declaration.type = inner(type.declaration.type);
      return made;
    }
    default:
      return type;
  }
}

function reasonFor({ from, to }: Pair): Reason | null {
  const integers = new Set<Reason>(["integer"]);
  if (isAssignable(erase(from, integers), erase(to, integers)) === null) return "integer";
  const printed = new Set<Reason>(["integer", "additional"]);
  if (isAssignable(erase(from, printed), erase(to, printed)) === null) return "additional";
  const isEmpty = (type: Type): boolean => type.kind === "object" && type.members.size === 0;
  const isMap = (type: Type): boolean => isEmpty(type) && type.kind === "object" && type.additional !== null;
  const hasOptional = (type: Type): boolean =>
    type.kind === "object" && [...type.members.values()].some(({ required }) => !required);
  if (holds(from, isMap) && holds(to, hasOptional)) return "index signature";
  if (holds(to, (type) => isEmpty(type) && !isMap(type))) return "empty object";
  const isAlternatives = (type: Type): boolean =>
    type.kind === "union" && type.of.filter((of) => resolve(of).kind === "object").length > 1;
  if (holds(to, isAlternatives)) return "alternatives one by one";
  return null;
}

function holds(type: Type, test: (type: Type) => boolean, seen = new Set<Type>()): boolean {
  const resolved = resolve(type);
  if (seen.has(resolved)) return false;
  seen.add(resolved);
  if (test(resolved)) return true;
  switch (resolved.kind) {
    case "array":
      return holds(resolved.element, test, seen);
    case "tuple":
      return [...resolved.elements, ...(resolved.rest === null ? [] : [resolved.rest])].some((of) =>
        holds(of, test, seen),
      );
    case "union":
      return resolved.of.some((of) => holds(of, test, seen));
    case "object":
      return (
        [...resolved.members.values()].some((of) => holds(of.type, test, seen)) ||
        (resolved.additional !== null && holds(resolved.additional, test, seen))
      );
    default:
      return false;
  }
}

const show = ({ from, to }: Pair): string => `${showType(from)}  to  ${showType(to)}`;

describe("assignability against the TypeScript compiler", () => {
  const all = fc.sample(pairs, { numRuns: 4_000, seed: 20 });
  const accepted = judge(all);
  const rows = all.map((pair, index) => ({
    pair,
    ours: isAssignable(pair.from, pair.to) === null,
    theirs: accepted[index] === true,
  }));

  test("the pairs put both sides of it to the test", () => {
    expect(rows.filter(({ ours }) => ours).length).toBeGreaterThan(800);
    expect(rows.filter(({ ours }) => !ours).length).toBeGreaterThan(800);
  });

  test("TypeScript accepts all that is assignable", () => {
    expect(rows.filter(({ ours, theirs }) => ours && !theirs).map(({ pair }) => show(pair))).toEqual([]);
  });

  test("TypeScript refuses all that is not, but for what its types do not tell", () => {
    const stricter = rows.filter(({ ours, theirs }) => !ours && theirs);
    expect(stricter.filter(({ pair }) => reasonFor(pair) === null).map(({ pair }) => show(pair))).toEqual([]);
    const counts = REASONS.map((reason) => stricter.filter(({ pair }) => reasonFor(pair) === reason).length);
    process.stdout.write(
      `${all.length} ${rows.filter(({ ours }) => ours).length} ours; stricter ${REASONS.map((r, i) => `${r} ${counts[i]}`).join(", ")}\n${stricter
        .filter(({ pair }) => reasonFor(pair) === "alternatives one by one")
        .map(({ pair }) => show(pair))
        .slice(0, 30)
        .join("\n")}\n`,
    );
    for (const count of counts) expect(count).toBeGreaterThan(0);
  });
});
