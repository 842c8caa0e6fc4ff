import { describe, expect, test } from "vitest";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { typeOfSchema } from "../../server/ir/schema.ts";
import type { Json } from "../../server/source/tree.ts";
import { cel, run, treeOf } from "../expressions/cel-fixture.ts";
import { createTypeText } from "./type-text.ts";

/** The TypeScript that a schema becomes, its declarations after it, and what was found. */
function printed(schema: Json) {
  const { text, tree } = treeOf(schema);
  const findings = createFindings();
  const type = typeOfSchema(tree, { findings, node: "", name: "Input", declare: () => {} });
  const printer = createTypeText();
  const problems = render(findings.list, text).map(({ code, message }) => `${code} ${message}`);
  return { lines: [printer.textOf(type), ...printer.declarations()], problems };
}

const address: Json = {
  type: "object",
  required: ["city"],
  properties: { city: { type: "string" }, zip: { type: "string" } },
};

describe("each schema has its exact TypeScript type", () => {
  test.each<[string, Json, readonly string[]]>([
    ["required and optional", address, ["{ city: string; zip?: string }"]],
    ["enum", { enum: ["a", 'b"c', 1, -2.5, true, null] }, [`"a" | 'b"c' | 1 | -2.5 | true | null`]],
    ["both booleans", { enum: [true, false] }, ["boolean"]],
    ["const", { const: "EUR" }, ['"EUR"']],
    ["const of parts", { const: { unit: "kg", range: [0, 5] } }, ['{ unit: "kg"; range: [0, 5] }']],
    [
      "formats are strings, and comments name them",
      {
        type: "object",
        properties: {
          at: { type: "string", format: "date-time", description: "When it was paid." },
          by: { type: "string", format: "email" },
        },
      },
      ["{ /** When it was paid. (Format: date-time) */ at?: string; /** Format: email. */ by?: string; }"],
    ],
    [
      "a format does not keep strings apart",
      { anyOf: [{ type: "string", format: "uuid" }, { type: "string" }] },
      ["string"],
    ],
    ["integers and numbers", { type: ["integer", "number"] }, ["number"]],
    [
      "nullable by type",
      { type: ["object", "null"], required: ["a"], properties: { a: true } },
      ["{ a: unknown } | null"],
    ],
    [
      "nullable of OpenAPI",
      { $ref: "#/$defs/A", nullable: true, $defs: { A: address } },
      ["A | null", "export type A = { city: string; zip?: string };"],
    ],
    [
      "oneOf whose alternatives name themselves",
      {
        oneOf: [
          {
            type: "object",
            required: ["kind", "number"],
            properties: { kind: { const: "card" }, number: { type: "string" } },
          },
          {
            type: "object",
            required: ["kind", "iban"],
            properties: { kind: { const: "bank" }, iban: { type: "string" } },
          },
        ],
      },
      ['{ kind: "card"; number: string } | { kind: "bank"; iban: string }'],
    ],
    [
      "oneOf with a discriminator",
      {
        oneOf: [{ $ref: "#/$defs/card" }, { $ref: "#/$defs/Transfer" }, { $ref: "#/$defs/cash" }],
        discriminator: { propertyName: "kind", mapping: { bank: "#/$defs/Transfer", wire: "Transfer" } },
        $defs: {
          card: {
            type: "object",
            required: ["number"],
            properties: { kind: { type: "string" }, number: { type: "string" } },
          },
          Transfer: {
            type: "object",
            required: ["kind"],
            properties: { kind: { enum: ["bank", "wire", "other"] }, iban: { type: "string" } },
          },
          cash: { type: "object", required: ["kind"], properties: { kind: { const: "notes" } } },
        },
      },
      [
        '{ kind: "card"; number: string } | Transfer | Cash',
        'export type Transfer = { kind: "bank" | "wire" | "other"; iban?: string };',
        'export type Cash = { kind: "notes" };',
      ],
    ],
    [
      "$ref and recursion",
      {
        type: "object",
        required: ["tree"],
        properties: { tree: { $ref: "#/$defs/tree-node" } },
        $defs: {
          "tree-node": {
            type: "object",
            required: ["children"],
            properties: {
              value: { type: "number" },
              children: { type: "array", items: { $ref: "#/$defs/tree-node" } },
            },
          },
        },
      },
      ["{ tree: TreeNode }", "export type TreeNode = { value?: number; children: TreeNode[] };"],
    ],
    [
      "types that need each other",
      {
        $ref: "#/$defs/Even",
        $defs: {
          Even: { type: "object", properties: { next: { $ref: "#/$defs/Odd" } } },
          Odd: { type: "object", required: ["next"], properties: { next: { $ref: "#/$defs/Even" } } },
        },
      },
      ["Even", "export type Even = { next?: Odd };", "export type Odd = { next: Even };"],
    ],
    [
      "$anchor",
      { $ref: "#place", $defs: { Address: { $anchor: "place", ...address } } },
      ["Place", "export type Place = { city: string; zip?: string };"],
    ],
    [
      "additionalProperties: a schema",
      { type: "object", additionalProperties: address },
      ["{ [key: string]: { city: string; zip?: string } }"],
    ],
    [
      "additionalProperties: false",
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
      ["{ a?: string }"],
    ],
    [
      "additionalProperties beside properties are left to the schema",
      { ...address, additionalProperties: { type: "integer" } },
      ["{ city: string; zip?: string }"],
    ],
    ["any object", { type: "object" }, ["{ [key: string]: unknown }"]],
    [
      "tuple",
      { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
      ["[string, number]"],
    ],
    [
      "tuple with more",
      { prefixItems: [{ type: "string" }], items: { type: ["integer", "null"] } },
      ["[string, ...Array<number | null>]"],
    ],
    ["array of alternatives", { type: "array", items: { enum: ["a", "b"] } }, ['Array<"a" | "b">']],
    ["array of arrays", { type: "array", items: { type: "array", items: { type: "boolean" } } }, ["boolean[][]"]],
    [
      "allOf merges",
      {
        allOf: [
          { $ref: "#/$defs/Base" },
          { required: ["id", "at"], properties: { at: { type: "string" }, state: { enum: ["open", "paid"] } } },
          { properties: { state: { enum: ["paid", "void"] } } },
        ],
        $defs: { Base: { type: "object", properties: { id: { type: "string" }, state: { type: "string" } } } },
      },
      ['{ id: string; state?: "paid"; at: string }'],
    ],
    [
      "allOf of alternatives",
      {
        allOf: [
          {
            oneOf: [
              { required: ["a"], properties: { a: { type: "string" } } },
              { required: ["b"], properties: { b: { type: "string" } } },
            ],
          },
          { required: ["id"], properties: { id: { type: "integer" } } },
        ],
      },
      ["{ a: string; id: number } | { b: string; id: number }"],
    ],
    [
      "large enumerations are combined exactly",
      {
        allOf: [{ enum: numbers(0, 9_000) }, { enum: numbers(8_998, 9_000) }],
      },
      ["8998 | 8999"],
    ],
    [
      "names that are no identifiers",
      { properties: { "first name": { type: "string" }, constructor: { type: "integer" } } },
      ['{ "first name"?: string; constructor?: number }'],
    ],
  ])("%s", (_, schema, lines) => {
    const found = printed(schema);
    expect(found.problems).toEqual([]);
    expect(found.lines.map((line) => line.replace(/^\| /, ""))).toEqual(lines);
  });
});

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe("the alternatives of oneOf in expressions", () => {
  const payment: Json = {
    oneOf: [{ $ref: "#/$defs/card" }, { $ref: "#/$defs/bank" }],
    discriminator: { propertyName: "kind" },
    $defs: {
      card: {
        type: "object",
        required: ["kind", "number"],
        properties: { kind: { type: "string" }, number: { type: "string" } },
      },
      bank: {
        type: "object",
        required: ["kind", "iban"],
        properties: { kind: { type: "string" }, iban: { type: "string" } },
      },
    },
  };
  const schemas = { payment };

  test.each([
    ['payment.kind == "card" ? payment.number : ""', { kind: "card", number: "42" }, "42"],
    ['payment.kind == "card" ? payment.number : payment.iban', { kind: "bank", iban: "DE" }, "DE"],
    ['payment.kind != "card" && payment.iban == "DE"', { kind: "bank", iban: "DE" }, true],
  ])("%s", (expression, value, result) => {
    expect(run(expression, schemas, { payment: value })).toBe(result);
  });

  test("are not told apart without a test, or by a value that there is not", () => {
    expect(cel("payment.number", schemas).problems).toEqual([
      "WF_TYPE_003 ‹number› one alternative of `payment` has no member `number`",
    ]);
    expect(cel('payment.kind == "crad" ? payment.number : ""', schemas).problems[0]).toContain('did you mean "card"?');
  });
});

/** `levels` schemas, each made of the next. */
function tower(levels: number, level: (next: Json, index: number) => Json, base: Json): Json {
  const definitions: [string, Json][] = Array.from({ length: levels }, (_, index) => [
    `d${index}`,
    level({ $ref: `#/$defs/d${index + 1}` }, index),
  ]);
  return { $ref: "#/$defs/d0", $defs: { ...Object.fromEntries(definitions), [`d${levels}`]: base } };
}

function nested(levels: number, level: (inner: Json) => Json, base: Json): Json {
  return Array.from({ length: levels }).reduce<Json>((inner) => level(inner), base);
}

/** Bounds are on work: none of these may take longer than the test's own limit, or much memory. */
describe("hostile schemas", () => {
  test.each<[string, Json, string]>([
    [
      "a remote reference",
      { $ref: "https://example.com/a.json" },
      "is outside of this document, and nothing is fetched",
    ],
    ["a reference to a file", { $ref: "file:///etc/passwd" }, "is outside of this document, and nothing is fetched"],
    [
      "a loop of references",
      { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/B" }, B: { $ref: "#/$defs/A" } } },
      "`A` refers to nothing but itself",
    ],
    [
      "recursion without a base",
      {
        $ref: "#/$defs/A",
        $defs: {
          A: { type: "object", required: ["b"], properties: { b: { $ref: "#/$defs/B" } } },
          B: { prefixItems: [{ $ref: "#/$defs/A" }] },
        },
      },
      "no value can satisfy `A`, for it requires another of its own kind without end",
    ],
    [
      "a chain of names",
      tower(10_000, (next) => next, { type: "string" }),
      "more than 100 references lead to each other",
    ],
    [
      "a tower of allOf",
      tower(10_000, (next) => ({ allOf: [next, { required: ["a"] }] }), { type: "object" }),
      "nested more than 500 levels deep",
    ],
    [
      "alternatives that multiply",
      {
        allOf: Array.from({ length: 30 }, (_, index) => ({
          oneOf: [0, 1, 2, 3].map((value) => ({
            required: [`k${index}`],
            properties: { [`k${index}`]: { const: value } },
          })),
        })),
      },
      "its parts make more than 1,000 combinations, so that some are left out and the type is wider than the schema",
    ],
  ])("%s is reported, and names its bound", (_, schema, problem) => {
    const { problems } = printed(schema);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThan(5);
    expect(problems.join("\n")).toContain(problem);
  });

  test.each<[string, Json, number]>([
    ["an enumeration of 50,000", { enum: Array.from({ length: 50_000 }, (_, index) => `value ${index}`) }, 1],
    [
      "10,000 alternatives",
      { oneOf: numbers(0, 10_000).map((value) => ({ required: ["k"], properties: { k: { const: value } } })) },
      1,
    ],
    [
      "10,000 definitions in a chain",
      tower(9_999, (next) => ({ type: "object", properties: { next } }), { type: "string" }),
      10_001,
    ],
    [
      "10,000 definitions that nothing uses",
      { type: "string", $defs: Object.fromEntries(numbers(0, 10_000).map((index) => [`d${index}`, address])) },
      1,
    ],
    [
      "allOf of 20,000 parts",
      { allOf: numbers(0, 20_000).map((index) => ({ properties: { [`p${index}`]: true } })) },
      1,
    ],
    [
      "allOf of the same thing twice, 60 times over",
      tower(60, (next) => ({ allOf: [next, next, { required: ["a"] }] }), { type: "object" }),
      2,
    ],
    ["objects 90 deep", nested(90, (inner) => ({ type: "object", properties: { a: inner } }), { type: "string" }), 1],
    ["lists 90 deep", nested(90, (inner) => ({ type: "array", items: inner }), { type: "string" }), 1],
    ["a pattern that would backtrack", { type: "string", pattern: "^(a+)+$" }, 1],
    [
      "a pattern that is none",
      {
        type: "object",
        patternProperties: { "(": { type: "string" } },
        properties: { a: { type: "string", pattern: "[" } },
      },
      1,
    ],
  ])("%s is read", (_, schema, lines) => {
    const found = printed(schema);
    expect(found.problems).toEqual([]);
    expect(found.lines).toHaveLength(lines);
  });
});
