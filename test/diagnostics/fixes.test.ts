import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { applyPatch } from "./json-patch.ts";

const folder = new URL("./", import.meta.url).pathname;
const files = globSync("WF_*/*.{yaml,json}", { cwd: folder }).sort();

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const diagnose = (text: string) =>
  compiler.validate({ format: null, content: Buffer.from(text), name: "" }).diagnostics;

describe("each fix makes its diagnostic go away", () => {
  test.each(files)("%s", (file) => {
    expectFixesHold(readFileSync(folder + file, "utf8"));
  });
});

/** Applied alone to the document as sent, each takes away its own diagnostic. It may uncover what was hidden behind it. */
function expectFixesHold(text: string): void {
  const before = diagnose(text);
  for (const diagnostic of before) {
    const count = before.filter(({ code }) => code === diagnostic.code).length;
    for (const { title, patch } of diagnostic.fixes) {
      const after = diagnose(JSON.stringify(applyPatch(parse(text, { uniqueKeys: false }), patch)));
      const left = after.filter(({ code }) => code === diagnostic.code).length;
      expect([title, left]).toEqual([title, count - 1]);
    }
  }
}

const graph = (spec: string, head = "apiVersion: workflow.compiler/v1\nkind: Workflow") =>
  `${head}\nmetadata: { name: example, version: 1.0.0 }\nspec: ${spec}`;
const machine = (states: string, start = "Done") => `{ "StartAt": "${start}", "States": { ${states} } }`;
const wait = "{ id: pause, type: core.wait, with: { duration: 5s } }";
const valueNode = (id: string) => `{ id: ${id}, type: core.transform, with: { value: 1 } }`;

describe("a fix is offered for", () => {
  test.each([
    [
      "a misspelt field of a node",
      graph('{ nodes: [{ id: a, type: http.request, wiht: { url: "https://example.com" }, retries: {} }] }'),
    ],
    ["a wrong kind", graph(`{ nodes: [${wait}] }`, "apiVersion: workflow.compiler/v1\nkind: Workfow")],
    ["a wrong version", graph(`{ nodes: [${wait}] }`, "apiVersion: workflow.compiler/v2\nkind: Workflow")],
    [
      "a misspelt join",
      graph(`{ nodes: [${valueNode("a")}, { id: b, type: core.merge, join: al }], connections: [{ from: a, to: b }] }`),
    ],
    ["a misspelt component", graph("{ nodes: [{ id: a, type: core.wiat, with: { duration: 5s } }] }")],
    [
      "a misspelt node in an expression",
      graph(`{ output: "\${ total.out + totl.out }", nodes: [${valueNode("total")}] }`),
    ],
    [
      "a misspelt member in an expression with text around it",
      graph(
        `{ input: { type: object, properties: { total: { type: number } }, required: [total], additionalProperties: false }, output: "it is \${ input.totl } and \${ input.total }", nodes: [${wait}] }`,
      ),
    ],
    [
      "a value that is given twice",
      graph(
        `{ components: [{ type: a.b, version: 1.0.0, inputs: { in: { schema: { type: integer } } } }], nodes: [${valueNode("a")}, { id: b, type: a.b, with: { in: 2 } }], connections: [{ from: a.out, to: b.in }] }`,
      ),
    ],
    ["a misspelt start", machine('"Done": { "Type": "Succeed" }', "Doen")],
    ["a misspelt type of a state", machine('"Done": { "Type": "Suceed" }')],
    ["a misspelt field of a state", machine('"Done": { "Type": "Pass", "Reslt": 1, "End": true }')],
    ["a misspelt transition", machine('"Done": { "Type": "Pass", "Next": "Finsh" }, "Finish": { "Type": "Succeed" }')],
    [
      "a path that is taken as text",
      machine('"Done": { "Type": "Pass", "Parameters": { "a/b~c": "$.order" }, "End": true }'),
    ],
  ])("%s, and it holds", (_what, text) => {
    const before = diagnose(text);
    expect(before.flatMap(({ fixes }) => fixes).length).toBeGreaterThan(0);
    expectFixesHold(text);
  });
});
