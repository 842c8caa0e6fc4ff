import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { showType } from "../../server/ir/show-type.ts";
import type { Json } from "../../server/source/tree.ts";
import { cel, compile, evaluate, run, runtimeFiles, variablesOf } from "./cel-fixture.ts";
import { printType } from "./print-expression.ts";

const order: Json = {
  type: "object",
  required: ["total", "count", "name", "status", "items", "pay", "maybe", "any", "labels", "pair", "ok", "node"],
  properties: {
    total: { type: "number" },
    count: { type: "integer" },
    name: { type: "string" },
    note: { type: "string" },
    constructor: { type: "string" },
    toString: { type: ["string", "null"] },
    status: { enum: ["paid", "open", "void"] },
    maybe: { type: ["string", "null"] },
    opt: { type: ["string", "null"] },
    any: true,
    ok: { type: "boolean" },
    labels: { type: "object", additionalProperties: { type: "string" } },
    pair: { prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
    address: { type: "object", required: ["city"], properties: { city: { type: "string" }, zip: { type: "string" } } },
    items: {
      type: "array",
      items: {
        type: "object",
        required: ["sku", "qty"],
        properties: {
          sku: { type: "string" },
          qty: { type: "integer" },
          price: { type: "number" },
          tag: { type: ["string", "null"] },
        },
      },
    },
    pay: {
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
    node: { $ref: "#/$defs/Node" },
  },
  $defs: {
    Node: {
      type: "object",
      required: ["value"],
      properties: { value: { type: "integer" }, next: { $ref: "#/$defs/Node" } },
    },
  },
};
const schemas = { input: order };

const value = {
  total: 10.5,
  count: 7,
  name: "Ada",
  status: "paid",
  maybe: null,
  any: { list: [1, "two", { three: 3 }], flag: true, n: 4, s: "x" },
  ok: true,
  labels: { team: "blue" },
  pair: ["left", 2],
  items: [
    { sku: "a", qty: 2, price: 1.5 },
    { sku: "b", qty: 1, tag: null },
    { sku: "c", qty: 3, price: 4, tag: "hot" },
  ],
  pay: { kind: "bank", iban: "DE1" },
  node: { value: 1, next: { value: 2 } },
};

/** Each expression, the TypeScript that it becomes, its type and its value. */
const CASES: readonly (readonly [string, string, string, unknown])[] = [
  ["input.total * 1.2 - 1.0", "(input.total * 1.2) - 1", "number", 11.6],
  ["input.count * 2", "input.count * 2", "integer", 14],
  ["input.count / 2", "divideIntegers(input.count, 2)", "integer", 3],
  ["-input.count / 2", "divideIntegers(-input.count, 2)", "integer", -3],
  ["input.count % 4", "remainder(input.count, 4)", "integer", 3],
  ["input.count / 2.0", "input.count / 2", "number", 3.5],
  ["1.0 / 2.0", "1 / 2", "number", 0.5],
  [
    '"Order " + input.name + " of " + string(input.count)',
    "`Order ${input.name} of ${input.count}`",
    "string",
    "Order Ada of 7",
  ],
  ["input.name + input.name", "input.name + input.name", "string", "AdaAda"],
  ["input.total > input.count && input.ok", "(input.total > input.count) && input.ok", "boolean", true],
  ['input.status == "paid"', 'input.status === ("paid")', "boolean", true],
  ["input.items.size() > 2", "input.items.length > 2", "boolean", true],
  ["size(input.name) > 0", "input.name.length > 0", "boolean", true],
  ["size('a😀')", 'textSize("a😀")', "integer", 2],
  ['has(input.note) ? input.note : "none"', 'input.note ?? ("none")', "string", "none"],
  ['input.maybe != null ? input.maybe : "none"', 'input.maybe ?? ("none")', "string", "none"],
  ["has(input.note) && input.note == 'x'", '(has(input.note)) && (input.note === ("x"))', "boolean", false],
  [
    "!has(input.note) || input.note.size() > 3",
    "(!(has(input.note))) || ((textSize(input.note)) > 3)",
    "boolean",
    true,
  ],
  [
    "has(input.opt) && input.opt != null && input.opt.startsWith('a')",
    '((has(input.opt)) && (input.opt !== null)) && (startsWith(input.opt, "a"))',
    "boolean",
    false,
  ],
  [
    "has(input.address) && has(input.address.zip) ? input.address.zip : input.name",
    "((has(input.address)) && (has(input.address.zip))) ? input.address.zip : input.name",
    "string",
    "Ada",
  ],
  [
    'input.pay.kind == "card" ? input.pay.number : input.pay.iban',
    '(input.pay.kind === ("card")) ? input.pay.number : input.pay.iban',
    "string",
    "DE1",
  ],
  ["input.items.map(i, i.qty)", "mapList(input.items, (i) => (i.qty))", "integer[]", [2, 1, 3]],
  [
    "input.items.map(i, has(i.price), i.price)",
    "mapList(filterList(input.items, (i) => (has(i.price))), (i) => (present(i.price)))",
    "number[]",
    [1.5, 4],
  ],
  [
    "input.items.filter(i, has(i.price)).map(j, j.price)",
    "mapList(filterList(input.items, (i) => (has(i.price))), (j) => (present(j.price)))",
    "number[]",
    [1.5, 4],
  ],
  [
    "input.items.filter(i, i.tag != null).map(j, j.tag)",
    "mapList(filterList(input.items, (i) => (isSet(i.tag))), (j) => (nonNull(j.tag)))",
    "string[]",
    ["hot"],
  ],
  [
    "input.items.exists(i, has(i.price) && i.price > 3.0)",
    "some(input.items, (i) => ((has(i.price)) && (i.price > 3)))",
    "boolean",
    true,
  ],
  ["input.items.exists_one(i, i.qty == 1)", "exactlyOne(input.items, (i) => (i.qty === 1))", "boolean", true],
  ["input.items.all(i, i.qty > 1)", "every(input.items, (i) => (i.qty > 1))", "boolean", false],
  [
    "has(input.note) && input.items.exists(i, i.sku == input.note)",
    "(has(input.note)) && (some(input.items, (i) => (i.sku === (present(input.note)))))",
    "boolean",
    false,
  ],
  ["input.items[1].sku", "(at(input.items, 1)).sku", "string", "b"],
  ["input.pair[1] + 1", '(input.pair["1"]) + 1', "integer", 3],
  ["input.labels['team']", 'entry(input.labels, "team")', "string", "blue"],
  [
    "has(input.labels.team) ? input.labels.team : ''",
    '(hasKey(input.labels, "team")) ? (entry(input.labels, "team")) : ("")',
    "string",
    "blue",
  ],
  ["'constructor' in input.labels", 'hasKey(input.labels, "constructor")', "boolean", false],
  [
    "input.labels.map(k, input.labels[k])",
    "mapList(keys(input.labels), (k) => (entry(input.labels, k)))",
    "string[]",
    ["blue"],
  ],
  ["input.status in ['paid', 'void']", 'isIn(input.status, ["paid", "void"])', "boolean", true],
  ["[1, 2] + [3]", "concat([1, 2], [3])", "integer[]", [1, 2, 3]],
  [
    "input.any.list[2].three + 1",
    '(asNumber(dynamicMember(dynamicEntry(dynamicMember(input.any, "list"), 2), "three"))) + 1',
    "number",
    4,
  ],
  [
    "input.any.flag && input.any.n > 3",
    'allTrue(() => (asBoolean(dynamicMember(input.any, "flag"))), () => ((asNumber(dynamicMember(input.any, "n"))) > 3))',
    "boolean",
    true,
  ],
  // The left operand can fail, so that the right one may decide all the same.
  [
    "input.items[5].qty > 1 || input.ok",
    "anyTrue(() => (((at(input.items, 5)).qty) > 1), () => (input.ok))",
    "boolean",
    true,
  ],
  [
    "input.items[9].qty > 1 && has(input.note) && input.note == 'x'",
    'allTrue(() => (((at(input.items, 9)).qty) > 1), () => (has(input.note)), () => ((present(input.note)) === ("x")))',
    "boolean",
    false,
  ],
  // What tells alternatives apart works only in TypeScript's own `&&`.
  [
    "input.items[0].qty > 1 && input.pay.kind == 'bank' && input.pay.iban == 'DE1'",
    '((((at(input.items, 0)).qty) > 1) && (input.pay.kind === ("bank"))) && (input.pay.iban === ("DE1"))',
    "boolean",
    true,
  ],
  ["input.ok && input.items[5].qty > 1 && false", "false", "false", false],
  [
    "input.items.exists(i, 6 / (i.qty - 1) == 6)",
    "some(input.items, (i) => ((divideIntegers(6, i.qty - 1)) === 6))",
    "boolean",
    true,
  ],
  [
    "input.items.all(i, v, v.qty > i)",
    "every(indexed(input.items), (item) => (item.value.qty > item.key))",
    "boolean",
    false,
  ],
  [
    "input.labels.exists(k, v, k == 'team' && v == 'blue')",
    'some(entries(input.labels), (entry) => ((entry.key === ("team")) && (entry.value === ("blue"))))',
    "boolean",
    true,
  ],
  [
    "input.items.transformList(i, v, v.qty > 1, i)",
    "mapList(filterList(indexed(input.items), (item) => (item.value.qty > 1)), (item) => (item.key))",
    "integer[]",
    [0, 2],
  ],
  [
    "input.labels.transformMap(k, v, v + '!')",
    "fromEntries(mapList(entries(input.labels), (entry) => ([entry.key, `${entry.value}!`])))",
    "{ [key: string]: string }",
    { team: "blue!" },
  ],
  [
    "cel.bind(total, input.count * 2, total > 10 && total < 20)",
    "bindTo(input.count * 2, (total) => ((total > 10) && (total < 20)))",
    "boolean",
    true,
  ],
  ["'%s: %.2f'.format(['a', 1.5])", 'printFormat("%s: %.2f", ["a", 1.5])', "string", "a: 1.50"],
  ["math.greatest(input.items.map(i, i.qty))", "greatestOf(mapList(input.items, (i) => (i.qty)))", "integer", 3],
  // Every object inherits these members in JavaScript: they must be its own.
  [
    "has(input.constructor) ? input.constructor : 'none'",
    '(ownMember(input, "constructor")) ?? ("none")',
    "string",
    "none",
  ],
  [
    "has(input.constructor) && input.constructor == 'x'",
    '(has(ownMember(input, "constructor"))) && ((present(input.constructor)) === ("x"))',
    "boolean",
    false,
  ],
  [
    "input.toString != null && input.toString.size() > 0",
    '(isSet(ownMember(input, "toString"))) && (((nonNull(input.toString)).length) > 0)',
    "boolean",
    false,
  ],
  ["'constructor' in input", 'has(ownMember(input, "constructor"))', "boolean", false],
  ["math.bitAnd(input.count, 3) + math.sign(-2)", "(bitAnd(input.count, 3)) + (signOf(-2))", "integer", 2],
  ["strings.quote('a\\n')", 'quoteText("a\\n")', "string", '"a\\n"'],
  [
    "timestamp('2026-03-01T08:15:00Z').getHours('Asia/Kathmandu')",
    'timestampPart(inZone(parseTimestamp("2026-03-01T08:15:00Z"), "Asia/Kathmandu"), "hours")',
    "integer",
    14,
  ],
  ["duration('1.25s').getMilliseconds()", 'durationIn(parseDuration("1.25s"), "milliseconds")', "integer", 250],
  ["string(timestamp(0))", "formatTimestamp(timestampOfSeconds(0))", "string", "1970-01-01T00:00:00Z"],
  ["1 == 2", "false", "false", false],
  ["[] == null", "equals([], null)", "boolean", false],
  ["[].all(x, x > 1)", "every([], (x) => ((asNumber(x)) > 1))", "boolean", true],
  ["input.any.s == 'x'", '(dynamicMember(input.any, "s")) === ("x")', "boolean", true],
  ["int(input.any.n) % 3", 'remainder(toInteger(dynamicMember(input.any, "n")), 3)', "integer", 1],
  [
    "input.any.n < input.any.n",
    '(compareDynamic(dynamicMember(input.any, "n"), dynamicMember(input.any, "n"))) < 0',
    "boolean",
    false,
  ],
  ["has(input.any.nope)", 'hasMember(input.any, "nope")', "boolean", false],
  ["input.items == input.items", "equals(input.items, input.items)", "boolean", true],
  ["{'a': 1, 'b': [input.name]}", '{ "a": 1, "b": [input.name] }', "{ a: integer; b: string[] }", { a: 1, b: ["Ada"] }],
  ["{input.name: input.count}", "fromEntries([[input.name, input.count]])", "{ [key: string]: integer }", { Ada: 7 }],
  [
    "has(input.node.next) ? input.node.next.value : 0",
    "(has(input.node.next)) ? input.node.next.value : 0",
    "integer",
    2,
  ],
  ["input.name.upperAscii().substring(1, 3)", "substring(upperAscii(input.name), 1, 3)", "string", "DA"],
  ["'a,b,c'.split(',').join('-')", 'joinTexts(splitText("a,b,c", ","), "-")', "string", "a-b-c"],
  ["' a '.trim().replace('a', '$&')", 'replaceText(trimText(" a "), "a", "$&")', "string", "$&"],
  [
    "'banana'.indexOf('an', 2) + 'banana'.lastIndexOf('an')",
    '(indexOfText("banana", "an", 2)) + (lastIndexOfText("banana", "an"))',
    "integer",
    6,
  ],
  ["input.name.matches('^[A-Z][a-z]+$')", 'matches(input.name, "^[A-Z][a-z]+$")', "boolean", true],
  ["math.greatest(1, 2.5, input.count)", "greatest(1, 2.5, input.count)", "number", 7],
  ["math.round(2.5) + math.abs(-2)", "(roundHalfAway(2.5)) + (absolute(-2))", "integer", 5],
  ["int('42') + int(2.9)", '(toInteger("42")) + (toInteger(2.9))', "integer", 44],
  ["double(input.count) / 2.0", "input.count / 2", "number", 3.5],
  ["string(input.ok) + '!'", "`${input.ok}!`", "string", "true!"],
  [
    "timestamp('2026-01-31T23:30:00Z') + duration('1h')",
    'formatTimestamp((parseTimestamp("2026-01-31T23:30:00Z")) + (parseDuration("1h")))',
    "string",
    "2026-02-01T00:30:00Z",
  ],
  [
    "timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') > duration('23h')",
    '((parseTimestamp("2026-01-02T00:00:00Z")) - (parseTimestamp("2026-01-01T00:00:00Z"))) > (parseDuration("23h"))',
    "boolean",
    true,
  ],
  [
    "timestamp('2026-03-01T08:15:00+01:00').getHours()",
    'timestampPart(parseTimestamp("2026-03-01T08:15:00+01:00"), "hours")',
    "integer",
    7,
  ],
  ["duration('1h30m').getMinutes()", 'durationIn(parseDuration("1h30m"), "minutes")', "integer", 90],
  ["[duration('90s')]", '[formatDuration(parseDuration("90s"))]', "string[]", ["90s"]],
  ["input.ok ? [1] : []", "input.ok ? ([1]) : ([])", "integer[]", [1]],
];

describe("what is well typed", () => {
  test.each(CASES)("%s", (expression, code, type, result) => {
    const compiled = cel(expression, schemas);
    expect(compiled.problems).toEqual([]);
    expect(compiled.code).toBe(code);
    expect(compiled.type && showType(compiled.type)).toBe(type);
    expect(compiled.expression && evaluate(compiled.expression, { input: value })).toEqual(result);
  });

  test("the TypeScript compiler agrees", () => expect(typeErrors(CASES.map(([expression]) => expression))).toBe(""));
});

/** Expressions over the order, most of them well typed. `a`, `b`: variables of macros around them. */
const expressions = fc.letrec<{ bool: string; num: string; text: string }>((tie) => {
  const [bool, num, text] = [tie("bool"), tie("num"), tie("text")];
  const join2 = (left: fc.Arbitrary<string>, operators: readonly string[], right: fc.Arbitrary<string>) =>
    fc.tuple(left, fc.constantFrom(...operators), right).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const when = (value: fc.Arbitrary<string>) =>
    fc.tuple(bool, value, value).map(([test, a, b]) => `(${test} ? ${a} : ${b})`);
  return {
    bool: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(
        "input.ok",
        "has(input.note)",
        "has(input.opt)",
        "input.opt != null",
        "input.maybe != null",
        "input.maybe == null",
        "input.status == 'paid'",
        "input.status != 'open'",
      ),
      fc.constantFrom(
        "input.pay.kind == 'card'",
        "input.pay.kind != 'bank'",
        "has(input.address)",
        "has(input.address.zip)",
        "has(input.labels.team)",
        "'note' in input",
        "has(input.constructor)",
        "input.toString != null",
        "input.items[0].qty > 1",
        "input.items.all(a, b, b.qty > a)",
        "has(input.node.next)",
        "input.any.flag",
        "input.items == input.items",
      ),
      join2(bool, ["&&", "||"], bool),
      join2(num, ["<", ">=", "=="], num),
      join2(text, ["==", "!=", "<"], text),
      bool.map((test) => `!${test}`),
      bool.map((test) => `input.items.exists(a, ${test})`),
      bool.map((test) => `input.items.filter(a, ${test}).all(b, has(b.price) || ${test})`),
      bool.map((test) => `input.items.exists(a, b, ${test})`),
      fc.tuple(num, bool).map(([value, test]) => `cel.bind(a, {'qty': ${value}, 'sku': 'x'}, ${test})`),
      when(bool),
    ),
    num: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(
        "1",
        "2.5",
        "input.count",
        "input.total",
        "input.node.next.value",
        "a.price",
        "b.price",
        "a.qty",
        "size(input.items)",
        "input.any.n",
        "input.pair[1]",
      ),
      join2(num, ["+", "-", "*", "/"], num),
      text.map((value) => `size(${value})`),
      num.map((value) => `input.items.filter(a, has(a.price)).map(b, ${value})[0]`),
      when(num),
    ),
    text: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(
        "'x'",
        "input.name",
        "input.note",
        "input.opt",
        "input.maybe",
        "input.status",
        "input.pay.iban",
        "input.pay.number",
        "input.pay.kind",
        "input.address.zip",
        "input.labels.team",
        "input.labels['team']",
        "input.constructor",
        "input.toString",
        "a.sku",
        "a.tag",
        "b.tag",
      ),
      join2(text, ["+"], text),
      num.map((value) => `string(${value})`),
      when(text),
    ),
  };
}).bool;

test("the TypeScript compiler accepts what is made of well-typed expressions", () => {
  const samples = fc.sample(expressions, { numRuns: 6_000, seed: 3 });
  const fine = samples.filter((expression) => cel(expression, schemas).expression !== null);
  expect(fine.length).toBeGreaterThan(500);
  expect(typeErrors(fine)).toBe("");
});

/** What the TypeScript compiler says against the code of these expressions, under the settings of generated modules. */
function typeErrors(expressions: readonly string[]): string {
  const { variables, declarations } = variablesOf(schemas);
  const input = variables.get("input");
  const compiled = expressions.map((expression) => cel(expression, schemas));
  const lines = compiled.map(
    ({ code, type }, index) =>
      `export function f${index}(input: Input) { const value: ${type === null ? "never" : printType(type)} = ${code}; return value; }`,
  );
  const runtime = resolvePath(import.meta.dirname, "../../server/emit/runtime");
  const imports = Object.entries(runtimeFiles).map(
    ([file, functions]) =>
      `import { ${Object.keys(functions).join(", ")} } from ${JSON.stringify(`${runtime}/${file}.ts`)};`,
  );
  const types = declarations.map(({ name, type }) => `interface ${name} ${printType(type)}`);
  const text = [
    ...imports,
    `interface Input ${input === undefined ? "{}" : printType(input.type)}`,
    ...types,
    ...lines,
  ].join("\n");
  const folder = mkdtempSync(join(tmpdir(), "cel-"));
  writeFileSync(join(folder, "cases.ts"), text);
  const flags = [
    "--strict",
    "--noUncheckedIndexedAccess",
    "--exactOptionalPropertyTypes",
    "--noEmit",
    "--allowImportingTsExtensions",
    "--ignoreConfig",
  ];
  const options = [...flags, "--target", "es2023", "--module", "nodenext", "cases.ts"];
  const tsc = resolvePath(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, ...options], { cwd: folder, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return stdout.replace(/cases\.ts\((\d+),/g, (_, line: string) => `${text.split("\n")[Number(line) - 1]}\n  (`);
}

describe("what is not", () => {
  test.each([
    ["input.nme", "WF_TYPE_003 ‹nme› `input` has no member `nme`; did you mean `name`?"],
    ["input.note", "WF_TYPE_007 ‹note› member `note` of `input` may be absent"],
    ["input.address.city", "WF_TYPE_007 ‹address›"],
    ["has(input.address.city)", "WF_TYPE_007 ‹address›"],
    ["has(input.note) || input.note == 'x'", "WF_TYPE_007 ‹note›"],
    ["input.labels.team", "WF_TYPE_007 ‹team›"],
    ["input.pay.iban", "WF_TYPE_003 ‹iban› one alternative of `input.pay` has no member `iban`"],
    ["inpt.total", "WF_EXPRESSION_002 ‹inpt› `inpt` is not known here; did you mean `input`?"],
    ["input.total == 'x'", "WF_TYPE_004 ‹input.total == 'x'›"],
    ["input.status == 'payd'", 'did you mean "paid"?'],
    ["input.status == 'paid' && input.status == 'open'", "WF_TYPE_004 ‹input.status == 'open'›"],
    ["input.maybe.size()", "may be null: test it first with `!= null`"],
    [
      "'n: ' + input.count",
      "WF_TYPE_004 ‹'n: ' + input.count› `+` cannot be applied to \"n: \" and integer; write `string(…)`",
    ],
    ["!input.count", "WF_TYPE_004 ‹input.count›"],
    ["input.count && true", "it takes bool"],
    ["input.total % 2", "WF_TYPE_004 ‹input.total % 2›"],
    ["input.count / 0", "WF_TYPE_004 ‹0› `/` cannot be applied to integer and 0: division by zero always fails"],
    ["input.count()", "WF_TYPE_005 ‹count› `count`: there is no such function"],
    ["input.name.startWith('a')", "did you mean `startsWith`?"],
    ["startsWith(input.name, 'a')", "it is called on a value: `value.startsWith(…)`"],
    ["input.name.double()", "it is called `double(…)`, without a value before it"],
    ["input.name.startsWith(1)", "WF_TYPE_005 ‹1› `startsWith`: 1 is given where string is needed"],
    ["input.name.substring()", "it takes 1 to 2 arguments, not 0"],
    ["int(input.items)", "WF_TYPE_005 ‹input.items› `int`: it cannot convert"],
    ["input.count.map(i, i)", "WF_TYPE_005 ‹map› `map`: it goes over a list, not integer"],
    ["input.items.filter(i, i.qty)", "WF_TYPE_004 ‹i.qty›"],
    ["input.items.map(i.x, 1)", "it takes a variable"],
    ["input.items.map(i, i.nope) == [1]", "WF_TYPE_003 ‹nope›"],
    ["input.items['a']", "WF_TYPE_004 ‹input.items['a']›"],
    ["input.name[0]", "`charAt(…)`"],
    [
      "input.name.matches('a(b')",
      "WF_TYPE_005 ‹'a(b'› `matches`: the pattern is invalid at character 4: `)` is missing",
    ],
    ["input.name.matches(input.name)", "WF_COMPILE_003 ‹input.name›"],
    ["timestamp('yesterday')", "WF_TYPE_005 ‹'yesterday'› `timestamp`: a timestamp is written in RFC 3339"],
    ["duration('5 minutes')", "WF_TYPE_005 ‹'5 minutes'›"],
    ["timestamp('2026-01-01T00:00:00Z') + 5", "`+` cannot be applied to timestamp and 5"],
    ["{'a': 1, 'a': 2}", "WF_VALIDATION_014 ‹'a'›"],
    ["{'__proto__': 1}", "WF_VALIDATION_014 ‹'__proto__'›"],
    ["b'x'", "WF_COMPILE_003 ‹b'x'›"],
    ["has(input)", "WF_TYPE_005 ‹input› `has`: it takes a member"],
  ])("%s", (expression, problem) => {
    const { problems } = cel(expression, schemas);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test("all problems of an expression are reported", () => {
    const { problems } = cel("input.nme + foo + size(1) > 0 && input.items.all(i, i.x) && bar()", schemas);
    expect(problems.map((text) => text.slice(0, text.indexOf("›")))).toEqual([
      "WF_TYPE_003 ‹nme",
      "WF_EXPRESSION_002 ‹foo",
      "WF_TYPE_005 ‹1",
      "WF_TYPE_003 ‹x",
      "WF_TYPE_005 ‹bar",
    ]);
  });

  test("a misspelling has a fix that makes it go away", () => {
    for (const wrong of [
      "a: ${ input.nme }!",
      "${ inpt.name }",
      "${ input.name.startWith('A') }",
      "${ math.gretest(1, 2) }",
    ]) {
      const [finding] = compile(wrong, schemas).findings.list;
      const [operation] = finding?.fixes[0]?.patch ?? [];
      expect(operation).toMatchObject({ op: "replace", path: "" });
      if (operation?.op === "replace") expect(compile(String(operation.value), schemas).problems).toEqual([]);
    }
  });

  test("failures at run time say why", () => {
    expect(() => run("input.labels['nope']", schemas, { input: value })).toThrow('there is no key "nope"');
    expect(() => run("input.items[9].sku", schemas, { input: value })).toThrow("there is no index 9 in a list of 3");
    expect(() => run("input.count / (input.count - 7)", schemas, { input: value })).toThrow("division by zero");
    expect(() => run("input.any.s + 1", schemas, { input: value })).toThrow(
      "a number is needed, not a value of type string",
    );
    expect(() => run("input.any.zip", schemas, { input: value })).toThrow('there is no key "zip"');
    expect(() => run("int('4x')", schemas, { input: value })).toThrow('"4x" is no integer');
  });
});

test("any text gives an expression or a problem", () => {
  const word = fc.constantFrom(
    "input",
    "input.items",
    ".map(i, ",
    ".all(i, ",
    "i",
    ".note",
    "has(",
    ")",
    "(",
    "1",
    "2.5",
    "'a'",
    " + ",
    " && ",
    " == ",
    " ? ",
    " : ",
    "[",
    "]",
    "{",
    "}",
    ".pay.kind",
    "null",
    "!",
    "-",
    " in ",
    ", ",
    ".size()",
    "duration('1s')",
    "input.any",
  );
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 25 }).map((words) => words.join("")),
      (text) => {
        const { expression, findings, problems } = cel(text, schemas);
        expect(expression === null).toBe(findings.failed);
        expect(problems.length > 0).toBe(findings.failed);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("a long expression is refused, not parsed", () => {
  expect(cel(`'${"a".repeat(10_000)}'`).problems[0]).toContain("longer than 10000 characters");
  expect(createFindings().failed).toBe(false);
});
