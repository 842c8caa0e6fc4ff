import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { isAssignable } from "../../server/ir/assignable.ts";
import { typeOfSchema } from "../../server/ir/schema.ts";
import { showType } from "../../server/ir/show-type.ts";
import { memberOf, resolve, type TypeDeclaration } from "../../server/ir/types.ts";
import type { Json } from "../../server/source/tree.ts";
import { treeOf } from "../expressions/cel-fixture.ts";

function read(schema: Json) {
  const { text, tree } = treeOf(schema);
  const findings = createFindings();
  const declarations: TypeDeclaration[] = [];
  const type = typeOfSchema(tree, {
    findings,
    node: "",
    name: "Input",
    declare: (declaration) => declarations.push(declaration),
  });
  const problems = render(findings.list, text).map(
    ({ code, location, message }) => `${code} ‹${text.slice(location.column - 1, location.endColumn - 1)}› ${message}`,
  );
  return {
    type,
    shown: showType(type),
    declarations: declarations.map((declaration) => `${declaration.name} = ${showType(declaration.type)}`),
    problems,
  };
}

describe("schemas", () => {
  test.each<[string, Json, string]>([
    ["true", true, "unknown"],
    ["false", false, "never"],
    ["nothing said", {}, "unknown"],
    ["a type", { type: "integer", minimum: 1, maximum: 5 }, "integer"],
    ["several types", { type: ["string", "null"] }, "string | null"],
    ["a const", { const: "EUR" }, '"EUR"'],
    ["an enum", { enum: ["a", 1, true, null, "a"] }, '"a" | 1 | true | null'],
    ["an enum with a type", { type: "string", enum: ["a", "b"] }, '"a" | "b"'],
    ["an enum with values of other types", { type: "string", enum: ["a", 1] }, '"a"'],
    ["a const of parts", { const: { a: [1, null] } }, "{ a: [1, null] }"],
    [
      "an object",
      { type: "object", required: ["a"], properties: { a: { type: "string" }, b: { type: "number" } } },
      "{ a: string; b?: number }",
    ],
    ["an object without a type", { properties: { a: true } }, "{ a?: unknown }"],
    ["any object", { type: "object" }, "{ [key: string]: unknown }"],
    ["a map", { type: "object", additionalProperties: { type: "integer" } }, "{ [key: string]: integer }"],
    [
      "an open object",
      { properties: { a: { type: "string" } }, additionalProperties: true },
      "{ a?: string; [key: string]: unknown }",
    ],
    ["an empty object", { type: "object", additionalProperties: false }, "{}"],
    [
      "patterns of names",
      { type: "object", patternProperties: { "(a+)+$": { type: "string" } }, additionalProperties: false },
      "{ [key: string]: string }",
    ],
    ["required without properties", { type: "object", required: ["id"] }, "{ id: unknown }"],
    ["an array", { type: "array", items: { enum: ["a", "b"] } }, '("a" | "b")[]'],
    ["any array", { type: "array" }, "unknown[]"],
    ["a tuple", { prefixItems: [{ type: "string" }, { type: "integer" }], items: false }, "[string, integer]"],
    [
      "a tuple with more",
      { type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" } },
      "[string, ...integer[]]",
    ],
    ["alternatives", { oneOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
    ["a nullable one of OpenAPI", { type: "string", nullable: true }, "string | null"],
    [
      "all of",
      {
        allOf: [{ properties: { a: { type: "string" } } }, { properties: { b: { type: "integer" } }, required: ["a"] }],
      },
      "{ a: string; b?: integer }",
    ],
    [
      "alternatives beside properties",
      {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "string" } },
        anyOf: [{ required: ["a"] }, { required: ["b"] }],
      },
      "{ a: string; b?: string } | { a?: string; b: string }",
    ],
    ["a narrower type by all of", { allOf: [{ type: "number" }, { type: "integer" }] }, "integer"],
    [
      "names of Object.prototype",
      { properties: { constructor: { type: "string" }, toString: { type: "integer" } } },
      "{ constructor?: string; toString?: integer }",
    ],
  ])("%s", (_, schema, shown) => {
    const { problems, ...found } = read(schema);
    expect(problems).toEqual([]);
    expect(found.shown).toBe(shown);
  });

  test("descriptions and formats are kept", () => {
    const { type } = read({
      properties: {
        at: { type: "string", format: "date-time", description: "When it was paid." },
        id: { title: "Its id", type: "string" },
      },
    });
    expect(memberOf(type, "at")).toEqual({
      type: { kind: "string", format: "date-time" },
      required: false,
      description: "When it was paid. (Format: date-time)",
    });
    expect(memberOf(type, "id")?.description).toBe("Its id");
  });
});

describe("references", () => {
  test("become declared types, in the order of use", () => {
    const schema = {
      type: "object",
      properties: { to: { $ref: "#/$defs/Party" }, from: { $ref: "#/$defs/Party" }, tree: { $ref: "#/$defs/Node" } },
      $defs: {
        Node: {
          type: "object",
          description: "A node.",
          required: ["children"],
          properties: { children: { type: "array", items: { $ref: "#/$defs/Node" } } },
        },
        Party: { type: "object", properties: { name: { type: "string" } } },
        Unused: { type: "string" },
      },
    };
    const { shown, declarations, problems } = read(schema);
    expect(problems).toEqual([]);
    expect(shown).toBe("{ to?: Party; from?: Party; tree?: Node }");
    expect(declarations).toEqual(["Party = { name?: string }", "Node = { children: Node[] }"]);
  });

  test("the whole schema may refer to itself", () => {
    const { type, declarations, problems } = read({ type: "object", properties: { next: { $ref: "#" } } });
    expect(problems).toEqual([]);
    expect(type.kind).toBe("named");
    expect(declarations).toEqual(["Input = { next?: Input }"]);
    expect(isAssignable(type, type)).toBeNull();
  });

  test("pointers are unescaped, and may lead anywhere", () => {
    const { shown, declarations, problems } = read({
      properties: { a: { type: "string" }, b: { $ref: "#/properties/a" }, c: { $ref: "#/$defs/x~1y%20z" } },
      $defs: { "x/y z": { type: "integer" } },
    });
    expect(problems).toEqual([]);
    expect(shown).toBe("{ a?: string; b?: a; c?: x/y z }");
    expect(declarations).toEqual(["a = string", "x/y z = integer"]);
  });

  test("allOf extends a definition, wherever that stands", () => {
    const { shown, problems } = read({
      allOf: [{ $ref: "#/$defs/Base" }, { required: ["id"], properties: { extra: { $ref: "#/$defs/Base" } } }],
      $defs: { Base: { properties: { id: { type: "string" }, parent: { $ref: "#/$defs/Base" } } } },
    });
    expect(problems).toEqual([]);
    expect(shown).toBe("{ id: string; parent?: Base; extra?: Base }");
  });

  test.each<[string, Json, string]>([
    [
      "dangling",
      { $ref: "#/$defs/Nope" },
      'WF_SCHEMA_002 ‹"#/$defs/Nope"› the schema is invalid: `#/$defs/Nope` leads nowhere in this schema',
    ],
    ["remote", { properties: { a: { $ref: "https://example.com/x.json" } } }, "is outside of this document"],
    ["to itself", { $ref: "#" }, "`Input` refers to nothing but itself"],
    [
      "in a circle",
      {
        $ref: "#/$defs/A",
        $defs: { A: { $ref: "#/$defs/B" }, B: { anyOf: [{ $ref: "#/$defs/A" }, { type: "null" }] } },
      },
      "refers to nothing but itself",
    ],
    [
      "made up of itself",
      { $ref: "#/$defs/A", $defs: { A: { allOf: [{ $ref: "#/$defs/A" }, { required: ["a"] }] } } },
      "is made up of itself",
    ],
    ["no string", { $ref: 1 }, "WF_SCHEMA_002 ‹1›"],
  ])("%s", (_, schema, problem) => {
    const { problems, type } = read(schema);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(() => resolve(type)).not.toThrow();
  });

  test("long chains and many alternatives are refused, not followed", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`d${index}`, { $ref: `#/$defs/d${index + 1}` }] as const),
    );
    expect(read({ $ref: "#/$defs/d0", $defs: { ...chain, d3000: { type: "string" } } }).problems).toHaveLength(1);
    const deep = Object.fromEntries(
      Array.from(
        { length: 3_000 },
        (_, index) => [`d${index}`, { properties: { next: { $ref: `#/$defs/d${index + 1}` } } }] as const,
      ),
    );
    expect(read({ $ref: "#/$defs/d0", $defs: { ...deep, d3000: { type: "string" } } }).problems).toEqual([]);
    const inherits = Object.fromEntries(
      Array.from(
        { length: 3_000 },
        (_, index) => [`d${index}`, { allOf: [{ $ref: `#/$defs/d${index + 1}` }, { required: ["a"] }] }] as const,
      ),
    );
    expect(
      read({ $ref: "#/$defs/d0", $defs: { ...inherits, d3000: { type: "object" } } }).problems.length,
    ).toBeGreaterThan(0);
    const doubling = Object.fromEntries(
      Array.from(
        { length: 60 },
        (_, index) =>
          [`d${index}`, { anyOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/e${index + 1}` }] }] as const,
      ).flatMap(([name, schema]) => [[name, schema] as const, [name.replace("d", "e"), schema] as const]),
    );
    expect(
      read({ $ref: "#/$defs/d0", $defs: { ...doubling, d60: { type: "string" }, e60: { type: "null" } } }).problems,
    ).toHaveLength(1);
  });
});

describe("what is no schema", () => {
  test.each<[string, Json, string]>([
    [
      "a string",
      { properties: { a: "string" } },
      'WF_SCHEMA_002 ‹"string"› the schema is invalid: a schema is an object, true or false, not a string',
    ],
    [
      "an unknown type",
      { type: "strng" },
      'WF_SCHEMA_002 ‹"strng"› the schema is invalid: there is no type `strng`; did you mean `string`?',
    ],
    ["a type that is none", { type: 5 }, "WF_SCHEMA_002 ‹5›"],
    ["no types", { type: [] }, "WF_SCHEMA_002 ‹[]›"],
    ["properties as a list", { type: "object", properties: [] }, "WF_SCHEMA_002 ‹[]›"],
    ["required as in draft 3", { properties: { a: { type: "string", required: true } } }, "WF_SCHEMA_002 ‹true›"],
    ["required names", { type: "object", required: ["a", 1] }, "WF_SCHEMA_002 ‹1›"],
    ["an empty enum", { enum: [] }, "WF_SCHEMA_002 ‹[]›"],
    ["items as a list", { type: "array", items: [{ type: "string" }] }, "`prefixItems`"],
    ["an empty oneOf", { oneOf: [] }, "WF_SCHEMA_002 ‹[]›"],
    ["a contradiction", { type: "integer", const: "a" }, "no value can satisfy all of its keywords at once"],
    [
      "a misspelt keyword",
      { type: "object", propertes: {} },
      'WF_SCHEMA_003 ‹"propertes"› schema keyword `propertes` is not used: it is no keyword of JSON Schema; `properties` is',
    ],
    ["a keyword without effect", { type: "string", not: { const: "a" } }, 'WF_SCHEMA_003 ‹"not"›'],
    ["a fault in an unused definition", { $defs: { A: { type: "strin" } } }, "did you mean `string`?"],
  ])("%s", (_, schema, problem) => {
    const { problems } = read(schema);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test("what was reported makes no further noise", () => {
    const { type } = read({ properties: { a: { type: "strng" } }, required: ["a"] });
    expect(isAssignable(type, read({ properties: { a: { type: "integer" } }, required: ["a"] }).type)).toBeNull();
  });
});

test("any JSON is a schema or has problems", () => {
  const keyword = fc.constantFrom(
    "type",
    "properties",
    "required",
    "items",
    "anyOf",
    "allOf",
    "oneOf",
    "$ref",
    "$defs",
    "enum",
    "const",
    "additionalProperties",
    "prefixItems",
    "nullable",
    "a",
  );
  const { schema } = fc.letrec<{ schema: Json }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>("string", "object", "#", "#/$defs/a", "#/properties/a", true, false, null, 1, "a"),
      fc.array(tie("schema"), { maxLength: 3 }),
      fc
        .uniqueArray(fc.tuple(keyword, tie("schema")), { selector: ([name]) => name, maxLength: 4 })
        .map((members): Json => Object.fromEntries(members)),
    ),
  }));
  fc.assert(
    fc.property(schema, (json) => {
      const { type } = read(json);
      expect(isAssignable(type, type)).toBeNull();
    }),
    { numRuns: 3_000 },
  );
});
