import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { coerce } from "../../server/expressions/coerce.ts";
import { compileValue } from "../../server/expressions/template.ts";
import { typeOfSchema } from "../../server/ir/schema.ts";
import { showType } from "../../server/ir/show-type.ts";
import type { Json } from "../../server/source/tree.ts";
import { compile, environmentOf, evaluate, treeOf, variablesOf } from "./cel-fixture.ts";
import { printExpression } from "./print-expression.ts";

const schemas = {
  input: {
    type: "object",
    required: ["n", "name", "list", "any", "cur"],
    properties: {
      n: { type: "integer" },
      name: { type: "string" },
      list: { type: "array", items: { type: "string" } },
      any: true,
      cur: { enum: ["EUR", "USD"] },
    },
  },
};
const input = { n: 3, name: "Ada", list: ["x"], any: { a: true }, cur: "EUR" };

describe("values", () => {
  test.each<[Json, string, unknown]>([
    ["${ input.n }", "integer", 3],
    ["plain", '"plain"', "plain"],
    ["", '""', ""],
    ["n = ${input.n}; ${ input.name }!", "string", "n = 3; Ada!"],
    ["$${ input.n }", '"${ input.n }"', "${ input.n }"],
    ["a $${x} ${input.n}", "string", "a ${x} 3"],
    ["${ {'a': {'b': '}'}}.a.b }", '"}"', "}"],
    ["${ '''it's }''' + \"}\" }", '"it\'s }}"', "it's }}"],
    ["${ r'\\' + input.name }", "string", "\\Ada"],
    ["${ input.n // the count }\n }", "integer", 3],
    ["$ { } $", '"$ { } $"', "$ { } $"],
    ["${'a'}${'b'}", '"ab"', "ab"],
    ["${input.any.a}?", "string", "true?"],
    [
      { a: ["${ input.n }", 1.5, null, true], b: { c: "x${ input.n }" } },
      "{ a: (number | null | boolean)[]; b: { c: string } }",
      { a: [3, 1.5, null, true], b: { c: "x3" } },
    ],
  ])("%j", (value, type, result) => {
    const { expression, problems } = compile(value, schemas);
    expect(problems).toEqual([]);
    expect(expression && showType(expression.type)).toBe(type);
    expect(expression && evaluate(expression, { input })).toEqual(result);
  });

  test("problems stand where they are written, behind escapes too", () => {
    expect(compile('say \\"\n${ input.nme } and ${ foo }', schemas).problems).toEqual([
      "WF_TYPE_003 ‹nme› `input` has no member `nme`; did you mean `name`?",
      "WF_EXPRESSION_002 ‹foo› `foo` is not known here. Known: input",
    ]);
    expect(compile("a ${ input.n", schemas).problems[0]).toContain("WF_EXPRESSION_001 ‹${›");
    expect(compile("a ${}", schemas).problems[0]).toContain("a value is missing at its end");
    expect(compile("a ${ input.list }", schemas).problems[0]).toContain(
      "only strings, numbers and booleans can stand in text",
    );
  });

  test("any text is text or has problems", () => {
    const piece = fc.constantFrom("${", "$${", "}", "{", "'", '"', "\\", "a", " ", "//", "\n", "1", "r", "input.n");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
        (text) => {
          const { expression, findings } = compile(text, schemas);
          expect(expression === null).toBe(findings.failed);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("names in two parts", () => {
  test("are asked as one first", () => {
    const { text, tree } = treeOf('${ nodes["send-mail"].out + nodes.nope }');
    const findings = createFindings();
    const base = environmentOf(variablesOf(schemas).variables, findings);
    const expression = compileValue(tree, {
      ...base,
      resolveMember(name, member, origin) {
        if (name !== "nodes") return null;
        if (member !== "send-mail") {
          findings.report("WF_EXPRESSION_002", origin, { name: member, known: "send-mail", nearest: "" });
          return "reported";
        }
        const value = { kind: "literal", value: "sent", type: { kind: "string" }, origin } as const;
        return {
          kind: "object",
          members: [{ key: "out", value }],
          type: { kind: "object", members: new Map(), additional: null },
          origin,
        };
      },
    });
    expect(expression).toBeNull();
    expect(
      findings.list.map(({ code, origin }) => `${code} ${text.slice(origin.span.start, origin.span.end)}`),
    ).toEqual(["WF_EXPRESSION_002 nodes.nope"]);
  });
});

function coerced(value: Json, schema: Json) {
  const { text, tree } = treeOf(value);
  const findings = createFindings();
  const to = typeOfSchema(treeOf(schema).tree, { findings, node: "", name: "T", declare: () => {} });
  const expression = compileValue(tree, environmentOf(variablesOf(schemas).variables, findings));
  const fitted = expression && coerce(expression, to, "`with` of `pay`", findings);
  const problems = render(findings.list, text).map(
    ({ code, location, message }) => `${code} ‹${text.slice(location.column - 1, location.endColumn - 1)}› ${message}`,
  );
  return {
    problems,
    code: fitted === null ? "" : printExpression(fitted),
    type: fitted === null ? "" : showType(fitted.type),
  };
}

const payment: Json = {
  type: "object",
  required: ["amount", "currency"],
  properties: {
    amount: { type: "number" },
    currency: { enum: ["EUR", "USD"] },
    to: {
      oneOf: [
        {
          type: "object",
          required: ["kind", "iban"],
          properties: { kind: { const: "bank" }, iban: { type: "string" } },
        },
        {
          type: "object",
          required: ["kind", "number"],
          properties: { kind: { const: "card" }, number: { type: "string" } },
        },
        { type: "null" },
      ],
    },
    pair: { prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
    tags: { type: "array", items: { type: "object", required: ["kind"], properties: { kind: { enum: ["a", "b"] } } } },
  },
};

describe("coerce", () => {
  test.each<Json>([
    { amount: 1, currency: "EUR" },
    { amount: "${ input.n * 2 }", currency: "${ input.cur }", pair: ["a", 2] },
    { amount: 2.5, currency: "${ input.n > 2 ? 'EUR' : 'USD' }", to: null },
    { amount: 1, currency: "EUR", to: { kind: "card", number: "${ input.name }" } },
    { amount: 1, currency: "EUR", tags: [{ kind: "a" }] },
    { amount: 1, currency: "EUR", tags: "${ input.list.map(x, {'kind': x == 'x' ? 'a' : 'b'}) }" },
  ])("%j fits", (value) => expect(coerced(value, payment).problems).toEqual([]));

  test.each<[Json, readonly string[]]>([
    [
      { amount: 1, currency: "GBP" },
      ['WF_TYPE_001 ‹"GBP"› `currency` of `with` of `pay` is "GBP", but "EUR" | "USD" is needed'],
    ],
    [
      { amount: "1", currency: "${ input.name }" },
      [
        'WF_TYPE_001 ‹"1"› `amount` of `with` of `pay` is "1", but number is needed',
        'WF_TYPE_001 ‹input.name› `currency` of `with` of `pay` is string, but "EUR" | "USD" is needed',
      ],
    ],
    [
      { amount: 1 },
      ['WF_TYPE_001 ‹{"amount":1}› `currency` of `with` of `pay` is absent, but "EUR" | "USD" is needed'],
    ],
    [
      { amount: 1, currency: "EUR", amont: 2 },
      ["WF_TYPE_003 ‹2› `with` of `pay` has no member `amont`; did you mean `amount`?"],
    ],
    [
      { amount: 1, currency: "EUR", to: { kind: "card", iban: "x" } },
      [
        'WF_TYPE_001 ‹{"kind":"card","iban":"x"}› `to.number` of `with` of `pay` is absent, but string is needed',
        'WF_TYPE_003 ‹"x"› `to` of `with` of `pay` has no member `iban`',
      ],
    ],
    [
      { amount: 1, currency: "EUR", pair: ["a"] },
      ['WF_TYPE_001 ‹["a"]› `pair` of `with` of `pay` is ["a"], but [string, integer] is needed'],
    ],
    [
      { amount: 1, currency: "EUR", pair: ["a", 1.5] },
      ["WF_TYPE_001 ‹1.5› `pair[1]` of `with` of `pay` is 1.5, but integer is needed"],
    ],
    ["${ input.name }", ["WF_TYPE_001 ‹input.name› `with` of `pay` is string, but { amount: number; currency: "]],
    [
      { amount: "${ input.any }", currency: "EUR" },
      ["WF_TYPE_001 ‹input.any› `amount` of `with` of `pay` is unknown, but number is needed"],
    ],
  ])("%j does not", (value, problems) => {
    const found = coerced(value, payment).problems;
    expect(found.map((text, index) => text.slice(0, problems[index]?.length))).toEqual(problems);
  });

  test("alternatives within alternatives do not multiply", () => {
    const schema: Json = {
      $ref: "#/$defs/A",
      $defs: {
        A: {
          anyOf: [
            { type: "object", required: ["v"], properties: { v: { $ref: "#/$defs/A" } } },
            { type: "object", required: ["v", "w"], properties: { v: { $ref: "#/$defs/A" }, w: { type: "string" } } },
            { type: "null" },
          ],
        },
      },
    };
    let value: Json = "end";
    for (let depth = 0; depth < 100; depth++) value = { v: value };
    expect(coerced(value, schema).problems).toHaveLength(1);
  });
});
