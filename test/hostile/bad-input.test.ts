import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { examples } from "./definitions.ts";
import { expectSound } from "./sound.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

/** `CODE line:column` of each problem. */
function problems(content: string | Uint8Array): readonly string[] {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  expect(expectSound(compiler, bytes)).toBeNull();
  return compiler
    .validate({ format: null, content: bytes, name: "bad" })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code, location }) => `${code} ${location.line}:${location.column}`);
}

/** The place of the text that `marked` has between `«` and `»`, and the definition without these marks. */
function marked(definition: string): { readonly text: string; readonly place: string } {
  const before = definition.slice(0, definition.indexOf("«")).split("\n");
  return { text: definition.replace(/[«»]/g, ""), place: `${before.length}:${(before.at(-1)?.length ?? 0) + 1}` };
}

const graph = (spec: string): string =>
  `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: example, version: 1.0.0 }\nspec:\n${spec}\n`;

const yaml = examples[0]?.text ?? "";
const json = JSON.stringify({ StartAt: "A", States: { A: { Type: "Succeed" } } }, null, 2);

describe("bytes that are no definition", () => {
  test.each<[string, string | Uint8Array, readonly string[]]>([
    ["nothing", "", ["WF_SOURCE_001 1:1"]],
    ["white space", " \n\t\n", ["WF_SOURCE_001 1:1"]],
    ["a comment", "# nothing else\n", ["WF_SOURCE_001 1:1"]],
    ["JSON cut short inside a string", json.slice(0, json.indexOf("Succeed") + 3), ["WF_SOURCE_001 5:15"]],
    ["JSON cut short between values", json.slice(0, json.indexOf('"States"')), ["WF_SOURCE_001 1:1"]],
    ["YAML cut short inside a string", 'a: 1\nb: "text\n', ["WF_SOURCE_001 3:1"]],
    ["an image", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13), ["WF_SOURCE_002 1:1"]],
    ["an executable", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), ["WF_SOURCE_002 1:8"]],
    ["UTF-16", Buffer.from("\ufeffkind: Workflow", "utf16le"), ["WF_SOURCE_002 1:1"]],
    ["Latin-1 in a string", Buffer.from(`${json.slice(0, 20)}\xe9`, "latin1"), ["WF_SOURCE_002 3:1"]],
    ["a number", "42", ["WF_SOURCE_013 1:1"]],
    ["text", "just some words", ["WF_SOURCE_013 1:1"]],
    ["a list", "[1, 2]", ["WF_SOURCE_013 1:1"]],
    ["an object of another kind", '{ "name": "x" }', ["WF_SOURCE_010 1:1"]],
  ])("%s", (_what, content, expected) => {
    expect(problems(content)).toEqual(expected);
  });

  test("100 MB", () => {
    expect(problems(Buffer.alloc(100 * 1024 * 1024, "a"))).toEqual(["WF_SOURCE_003 1:1"]);
  });
});

describe("definitions that are made to exhaust", () => {
  const levels = 10_000;
  test.each<[string, string, string]>([
    ["JSON lists", `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`, "WF_SOURCE_004 1:205"],
    ["JSON objects", `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`, "WF_SOURCE_004 1:1001"],
    ["JSON that is never closed", `{"a":${"[".repeat(levels)}`, "WF_SOURCE_004 1:205"],
    ["YAML in brackets", `a: ${"[".repeat(levels)}${"]".repeat(levels)}`, "WF_SOURCE_004 1:204"],
    ["a YAML list in a list", `a:\n  ${"- ".repeat(levels)}x`, "WF_SOURCE_004 2:403"],
    [
      "YAML by indentation",
      Array.from({ length: 1_000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
      "WF_SOURCE_004 202:202",
    ],
  ])("%s, nested deeply", (_what, text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  test("aliases of aliases", () => {
    const bomb = Array.from({ length: 9 }, (_, level) => {
      const inside = level === 0 ? "lol" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array(9).fill(inside).join(", ")}]`;
    });
    const [problem, ...rest] = problems(bomb.join("\n"));
    expect(rest).toEqual([]);
    expect(problem).toMatch(/^WF_SOURCE_006 5:\d+$/);
  });

  test("an alias that holds itself", () => {
    expect(problems("a: &x [1, *x]\n")).toEqual(["WF_SOURCE_006 1:11"]);
  });

  test("a schema that refers to itself without end", () => {
    const { text, place } = marked(
      graph(
        '  input: { $ref: "#/$defs/A", $defs: { A: «{ $ref: "#/$defs/B" }», B: { $ref: "#/$defs/A" } } }\n  nodes: [{ id: a, type: core.wait, with: { duration: 1s } }]',
      ),
    );
    const found = problems(text);
    expect(found.every((problem) => problem.startsWith("WF_SCHEMA_002 "))).toBe(true);
    expect(found).toContain(`WF_SCHEMA_002 ${place}`);
  });

  test("an expression that nests deeply", () => {
    const { text, place } = marked(
      graph(
        `  nodes: [{ id: a, type: core.transform, with: { value: "\${ ${"(".repeat(250)}«${"(".repeat(5_000)}1${")".repeat(5_250)} }" } }]`,
      ),
    );
    const [problem, ...rest] = problems(text);
    expect(rest).toEqual([]);
    expect(problem).toMatch(/^WF_EXPRESSION_001 5:\d+$/);
    expect(place).toMatch(/^5:/);
  });
});

const transform = "{ id: one, type: core.transform, with: { value: 1 } }";
const takesText = `  components:
    - { type: mail.send, version: 1.0.0, inputs: { in: { schema: { type: string }, required: true } } }
`;

describe("definitions that say what cannot be", () => {
  test.each<[string, string, string]>([
    ["an unknown component", "WF_SCHEMA_001", "  nodes:\n    - id: a\n      type: «http.reqest»"],
    [
      "a connection from nowhere",
      "WF_VALIDATION_006",
      `  nodes: [${transform}]\n  connections:\n    - { from: «nobody», to: one }`,
    ],
    [
      "a connection to nowhere",
      "WF_VALIDATION_006",
      `  nodes: [${transform}]\n  connections:\n    - { from: one, to: «nobody.in» }`,
    ],
    [
      "a connection to a port that is not there",
      "WF_VALIDATION_007",
      `  nodes: [${transform}, { id: two, type: core.merge }]\n  connections:\n    - { from: one.«size», to: two }`,
    ],
    [
      "a circle",
      "WF_VALIDATION_003",
      `  nodes: [${transform}, { id: two, type: core.merge }]\n  connections:\n    - { from: one, to: two }\n    - «{ from: two, to: one }»`,
    ],
    [
      "a node that waits for itself",
      "WF_VALIDATION_003",
      `  nodes: [${transform}]\n  connections:\n    - «{ from: one, to: one }»`,
    ],
    [
      "a connection between types that do not fit",
      "WF_TYPE_002",
      `${takesText}  nodes: [${transform}, { id: send, type: mail.send }]\n  connections:\n    - «{ from: one.out, to: send.in }»`,
    ],
    [
      "a value of the wrong type",
      "WF_TYPE_001",
      `${takesText}  nodes:\n    - { id: send, type: mail.send, with: { in: «5» } }`,
    ],
    [
      "an expression that does not parse",
      "WF_EXPRESSION_001",
      '  nodes: [{ id: a, type: core.transform, with: { value: "${ 1 + «}»" } }]',
    ],
    [
      "an expression that is never closed",
      "WF_EXPRESSION_001",
      '  nodes: [{ id: a, type: core.transform, with: { value: "«${ 1 + 2»" } }]',
    ],
    [
      "an expression that names an unknown node",
      "WF_EXPRESSION_002",
      `  nodes:\n    - ${transform}\n    - { id: a, type: core.transform, with: { value: "\${ 1 + «onne».out }" } }`,
    ],
    ["an unknown join", "WF_VALIDATION_002", "  nodes: [{ id: one, type: core.merge, join: «sometimes» }]"],
    ["a missing field", "WF_VALIDATION_001", "  nodes:\n    - «id: one»"],
    [
      "an id twice",
      "WF_VALIDATION_005",
      `  nodes:\n    - ${transform}\n    - { id: «one», type: core.transform, with: { value: 2 } }`,
    ],
    [
      "an id that would break out",
      "WF_VALIDATION_014",
      "  nodes:\n    - { id: «'\"); globalThis.pwned = true; (\"'», type: core.merge }",
    ],
    ["an id of bidirectional controls", "WF_VALIDATION_014", '  nodes:\n    - { id: «"\\u202Ea"», type: core.merge }'],
    ["a forbidden key", "WF_SOURCE_008", "  nodes: []\n  «__proto__»: {}"],
    ["a key twice", "WF_SOURCE_007", "  nodes: []\n  «nodes»: []"],
  ])("%s", (_what, code, spec) => {
    const { text, place } = marked(graph(spec));
    expect(problems(text)).toContain(`${code} ${place}`);
  });

  test("an optional member that every object of JavaScript has", () => {
    const { text, place } = marked(
      graph(
        `  input: { type: object, required: [a], properties: { a: { type: string } } }
  output: { type: object, properties: { a: { type: string }, toString: { type: string } } }
  returns: «{ a: "\${ input.a }" }»
  nodes: [${transform}]`,
      ),
    );
    expect(problems(text)).toEqual([`WF_TYPE_001 ${place}`]);
  });

  test("a transition to a state that is not there", () => {
    const { text, place } = marked('{\n "StartAt": "A",\n "States": { "A": { "Type": "Pass", "Next": «"B"» } }\n}');
    expect(problems(text)).toEqual([`WF_VALIDATION_008 ${place}`]);
  });
});

test("after all that, the compiler still compiles", () => {
  expect(expectSound(compiler, new TextEncoder().encode(yaml))).not.toBeNull();
});
