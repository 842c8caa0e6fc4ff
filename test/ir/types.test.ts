import { describe, expect, test } from "vitest";
import { isAssignable } from "../../server/ir/assignable.ts";
import { showType } from "../../server/ir/show-type.ts";
import {
  elementOf,
  integer,
  invalid,
  type MemberType,
  memberOf,
  never,
  nullType,
  number,
  resolve,
  string,
  type Type,
  type TypeDeclaration,
  union,
  unknown,
  widen,
} from "../../server/ir/types.ts";

const literal = (value: string | number | boolean): Type => ({ kind: "literal", value });
const array = (element: Type): Type => ({ kind: "array", element });
const object = (
  members: Readonly<Record<string, Type | { optional: Type }>>,
  additional: Type | null = null,
): Type => ({
  kind: "object",
  members: new Map(
    Object.entries(members).map(([name, member]): [string, MemberType] => [
      name,
      "optional" in member ? { type: member.optional, required: false } : { type: member, required: true },
    ]),
  ),
  additional,
});

describe("union", () => {
  test("flattens, drops duplicates and absorbs literals", () => {
    expect(showType(union([literal("a"), union([literal("b"), literal("a")]), nullType, never]))).toBe(
      '"a" | "b" | null',
    );
    expect(union([literal("a"), string, literal("b")])).toBe(string);
    expect(union([integer, number, literal(1.5)])).toBe(number);
    expect(union([literal(1), integer])).toBe(integer);
    expect(showType(union([literal(true), string, literal(false)]))).toBe("string | boolean");
    expect(union([string, unknown])).toEqual(unknown);
    expect(union([string, invalid])).toBe(invalid);
    expect(union([])).toEqual(never);
    expect(showType(union([object({ a: string }), object({ a: string }), object({ a: string, b: string })]))).toBe(
      "{ a: string } | { a: string; b: string }",
    );
  });

  test("tells texts that look like kinds from the kinds", () => {
    expect(showType(union([literal("number"), literal("true"), literal("unknown"), literal(1)]))).toBe(
      '"number" | "true" | "unknown" | 1',
    );
  });

  test("takes many literals in linear time", () => {
    const many = union(Array.from({ length: 50_000 }, (_, index) => literal(`value ${index}`)));
    const more = union([many, literal("another")]);
    expect(isAssignable(many, more)).toBeNull();
    expect(isAssignable(more, many)?.found).toBe('"another"');
  });
});

test("parts of types", () => {
  const named: Type = { kind: "named", declaration: { name: "Node", type: object({ next: { optional: string } }) } };
  expect(resolve(named).kind).toBe("object");
  expect(memberOf(named, "next")).toEqual({ type: string, required: false });
  expect(memberOf(named, "constructor")).toBeNull();
  expect(memberOf(union([object({ a: string }), object({ a: { optional: integer } })]), "a")).toEqual({
    type: union([string, integer]),
    required: false,
  });
  expect(memberOf(union([object({ a: string }), object({ b: string })]), "a")).toBeNull();
  expect(memberOf(object({}, integer), "any")).toEqual({ type: integer, required: false });
  expect(elementOf({ kind: "tuple", elements: [string, integer], rest: null })).toEqual(union([string, integer]));
  expect(elementOf(union([array(string), nullType]))).toBeNull();
  expect(widen(union([literal("a"), literal(1), literal(2.5), nullType]))).toEqual(union([string, number, nullType]));
});

describe("isAssignable says where", () => {
  test.each<[string, Type, Type, string | null]>([
    [
      "a member",
      object({ customer: object({ name: integer }) }),
      object({ customer: object({ name: string }) }),
      ".customer.name: integer / string",
    ],
    ["a missing member", object({ a: string }), object({ a: string, b: number }), ".b: absent / number"],
    [
      "an optional member",
      object({ a: { optional: string } }),
      object({ a: string }),
      ".a: string, or absent / string",
    ],
    [
      "an element",
      object({ "the list": array(string) }),
      object({ "the list": array(integer) }),
      '["the list"][]: string / integer',
    ],
    [
      "a place in a tuple",
      { kind: "tuple", elements: [string, integer], rest: null },
      array(string),
      "[1]: integer / string",
    ],
    ["an alternative", union([string, nullType]), string, ": null / string"],
    [
      "inside the only object of a union",
      object({ a: string }),
      union([object({ a: integer }), nullType]),
      ".a: string / integer",
    ],
    ["a value of a map", object({ a: string }), object({}, integer), ".a: string / integer"],
    ["unknown", unknown, string, ": unknown / string"],
    ["number for integer", number, integer, ": number / integer"],
    ["integer for number", integer, number, null],
    ["extra members", object({ a: string, b: string }), object({ a: string }), null],
    ["none in common", object({ b: string }), object({ a: { optional: string } }), ": { b: string } / { a?: string }"],
    ["invalid", object({ a: invalid }), object({ a: string }), null],
  ])("%s", (_, from, to, expected) => {
    const mismatch = isAssignable(from, to);
    expect(mismatch && `${mismatch.path}: ${mismatch.found} / ${mismatch.expected}`).toBe(expected);
  });

  test("recursive types are compared as far as they go", () => {
    const list = (name: string, value: Type): Type => {
      const declaration: TypeDeclaration = { name, type: unknown };
      const named: Type = { kind: "named", declaration };
      declaration.type = object({ value, next: { optional: named } });
      return named;
    };
    expect(isAssignable(list("A", integer), list("B", number))).toBeNull();
    expect(isAssignable(list("A", number), list("B", integer))?.path).toBe(".value");
  });

  test("types made to be slow are refused, not followed", () => {
    const chain = (length: number): Type => {
      let type: Type = string;
      for (let index = 0; index < length; index++) {
        const declaration: TypeDeclaration = { name: `T${index}`, type: object({ left: type, right: type }) };
        type = { kind: "named", declaration };
      }
      return type;
    };
    expect(isAssignable(chain(100), chain(100))).toBeNull();
    expect(isAssignable(chain(20_000), chain(20_000))?.found).toBe("a type too large to compare");
  });
});

test("messages stay short", () => {
  const wide = union(Array.from({ length: 1_000 }, (_, index) => literal(`value ${index}`)));
  expect(showType(wide)).toHaveLength(200);
  expect(
    showType(
      object({
        a: { optional: array(union([string, nullType])) },
        "b c": { kind: "tuple", elements: [string], rest: integer },
      }),
    ),
  ).toBe('{ a?: (string | null)[]; "b c": [string, ...integer[]] }');
});
