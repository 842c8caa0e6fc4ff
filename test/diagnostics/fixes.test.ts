import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { diagnose, expectFixesHold } from "./healing.ts";

const folder = new URL("./", import.meta.url).pathname;
const files = globSync("WF_*/*.{yaml,json}", { cwd: folder }).sort();

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

describe("each fix of a failing definition makes its diagnostic go away", () => {
  test.each(files)("%s", (file) => {
    expectFixesHold(compiler, readFileSync(folder + file, "utf8"));
  });
});

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
    ["a state without an end", machine('"Done": { "Type": "Pass" }')],
    [
      "a state that both ends and leads on",
      machine('"Done": { "Type": "Pass", "Next": "Last", "End": true }, "Last": { "Type": "Succeed" }'),
    ],
    [
      "states that nothing leads to",
      machine(
        '"Done": { "Type": "Succeed" }, "One": { "Type": "Pass", "Next": "Two" }, "Two": { "Type": "Pass", "Next": "Done" }',
      ),
    ],
    [
      "a catcher that comes too late",
      machine(
        `"Done": { "Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "End": true,
          "Catch": [{ "ErrorEquals": ["A"], "Next": "Last" }, { "ErrorEquals": ["A"], "Next": "Last" }] }, "Last": { "Type": "Succeed" }`,
      ),
    ],
    ["a missing header", "spec: { nodes: [] }\napiVersion: workflow.compiler/v1\nkind: Workflow\n"],
    ["a spec without nodes", graph("{}")],
    ["a retry without attempts", graph(`{ nodes: [{ id: a, type: http.request, with: { url: x }, retry: {} }] }`)],
    [
      "a required field with a default",
      graph(
        "{ components: [{ type: a.b, config: { type: object, required: [unit], properties: { unit: { type: string, default: kg } } }, inputs: { n: { required: true, schema: { type: integer, default: 1 } } } }], nodes: [{ id: a, type: a.b }, { id: b, type: a.b, with: { n: 2 } }] }",
      ),
    ],
    ["a path without its beginning", machine('"Done": { "Type": "Pass", "InputPath": "order.items[0]", "End": true }')],
    ["a timeout in words", graph(`{ nodes: [{ id: a, type: http.request, with: { url: x }, timeout: 30 seconds }] }`)],
    [
      "a number in quotes",
      graph(`{ nodes: [{ id: a, type: http.request, with: { url: x }, retry: { maxAttempts: "3" } }] }`),
    ],
    [
      "a join in capitals",
      graph(
        `{ nodes: [${valueNode("a")}, { id: b, type: core.merge, join: ANY }], connections: [{ from: a, to: b }] }`,
      ),
    ],
    [
      "a field in other case",
      graph(`{ nodes: [{ id: a, type: http.request, with: { url: x }, retry: { Maxattempts: 3 } }] }`),
    ],
    ["a value of an enumeration", graph("{ nodes: [{ id: a, type: http.request, with: { url: x, method: GTE } }] }")],
    ["a number where text is needed", graph("{ nodes: [{ id: a, type: http.request, with: { url: 17 } }] }")],
    [
      "text where a number is needed",
      graph(
        '{ components: [{ type: a.b, inputs: { n: { schema: { type: integer } } } }], nodes: [{ id: b, type: a.b, with: { n: "17" } }] }',
      ),
    ],
    [
      "an expression of another type",
      graph(
        '{ input: { type: object, properties: { n: { type: integer } }, required: [n] }, nodes: [{ id: a, type: http.request, with: { url: "${ input.n }" } }] }',
      ),
    ],
    ["a function in an expression", graph('{ output: "${ sting(1) }", nodes: [] }')],
    ["a misspelt port in an expression", graph(`{ output: "\${ total.outt }", nodes: [${valueNode("total")}] }`)],
    ["an expression that is not closed", graph('{ output: "${ 1 + 2", nodes: [] }')],
    ["a type in a schema", graph("{ input: { type: strng }, nodes: [] }")],
    ["an id that stands twice", graph(`{ nodes: [${wait}, ${wait}] }`)],
    [
      "a result that nothing waits for",
      graph(
        `{ nodes: [${valueNode("a")}, { id: b, type: http.request, with: { url: "u\${ a.out }" } }, ${wait}], connections: [{ from: pause, to: b }] }`,
      ),
    ],
    [
      "a connection that was meant to bring data",
      graph(
        `{ components: [{ type: a.b, inputs: { n: { required: true, schema: { type: integer } } } }], nodes: [${valueNode("a")}, { id: b, type: a.b }], connections: [{ from: a, to: b }] }`,
      ),
    ],
    ...(
      [
        ["integer", "string"],
        ["string", "number"],
        ["number", "integer"],
      ] as const
    ).map(([from, to]): [string, string] => [
      `a connection from ${from} to ${to}`,
      graph(
        `{ components: [{ type: a.from, outputs: { out: { schema: { type: ${from} } } } }, { type: a.to, inputs: { in: { schema: { type: ${to} } } } }], nodes: [{ id: my-source, type: a.from }, { id: b, type: a.to }], connections: [{ from: my-source, to: b }] }`,
      ),
    ]),
    [
      "a connection from an object to one of its members",
      graph(
        "{ components: [{ type: a.from, outputs: { out: { schema: { type: object, required: [n, m], properties: { n: { type: string }, m: { type: number } } } } } }, { type: a.to, inputs: { in: { schema: { type: string } } } }], nodes: [{ id: a, type: a.from }, { id: b, type: a.to }], connections: [{ from: a, to: b }] }",
      ),
    ],
    [
      "a connection from a value to a list",
      graph(
        "{ components: [{ type: a.from, outputs: { out: { schema: { type: string } } } }, { type: a.to, inputs: { in: { schema: { type: array, items: { type: string } } } } }], nodes: [{ id: a, type: a.from }, { id: b, type: a.to }], connections: [{ from: a, to: b }] }",
      ),
    ],
    [
      "nodes that can never run",
      graph(
        `{ nodes: [{ id: i, type: core.if, with: { condition: true } }, ${wait}, { id: then, type: core.wait, with: { duration: 1s } }], connections: [{ from: i.else, to: pause }, { from: pause, to: then }] }`,
      ),
    ],
    [
      "a path that is taken as text",
      machine('"Done": { "Type": "Pass", "Parameters": { "a/b~c": "$.order" }, "End": true }'),
    ],
  ])("%s, and it holds", (_what, text) => {
    expect(diagnose(compiler, text).length).toBeGreaterThan(0);
    expect(expectFixesHold(compiler, text)).toBeGreaterThan(0);
  });
});
