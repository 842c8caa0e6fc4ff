import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { fileOf } from "../modules/golden.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const work = {
  type: "test.work",
  inputs: { value: { schema: { type: "number" } } },
  outputs: { out: { schema: { type: "number" } } },
  errors: [{ name: "Flaky" }],
};

function graph(nodes: readonly object[], connections: readonly (readonly [from: string, to: string])[] = []): string {
  return JSON.stringify({
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: "deep" },
    spec: {
      input: { type: "object", required: ["b", "n"], properties: { b: { type: "boolean" }, n: { type: "number" } } },
      components: [work],
      nodes,
      connections: connections.map(([from, to]) => ({ from, to })),
    },
  });
}

const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const call = (id: string): object => ({ id, type: work.type, with: { value: "${ input.n }" } });
const choice = (id: string, index: number): object => ({
  id,
  type: "core.if",
  with: { condition: `\${ input.n > ${index % 99}.0 }` },
});
const machine = (states: object, startAt: string): string => JSON.stringify({ StartAt: startAt, States: states });

/** Definitions that lead so deeply into each other, though their text is flat. */
const flat: Readonly<Record<string, (depth: number) => string>> = {
  "decisions inside of decisions": (depth) =>
    graph(
      times(depth, (index) => choice(`if${index}`, index)),
      times(depth - 1, (index) => [`if${index}.then`, `if${index + 1}`]),
    ),
  "else upon else": (depth) =>
    graph(
      times(depth, (index) => [choice(`if${index}`, index), call(`work${index}`)]).flat(),
      times(depth, (index) => [
        [`if${index}.then`, `work${index}`] as const,
        ...(index + 1 < depth ? [[`if${index}.else`, `if${index + 1}`] as const] : []),
      ]).flat(),
    ),
  "failures that are handled by what may fail": (depth) =>
    graph(
      times(depth, (index) => call(`work${index}`)),
      times(depth - 1, (index) => [`work${index}.Flaky`, `work${index + 1}`]),
    ),
  "forks inside of forks": (depth) =>
    graph(
      times(depth, (index) => [call(`left${index}`), call(`right${index}`)]).flat(),
      times(depth - 1, (index) => [
        [`left${index}`, `left${index + 1}`] as const,
        [`left${index}`, `right${index + 1}`] as const,
      ]).flat(),
    ),
  "a chain of choices": (depth) =>
    machine(
      Object.fromEntries([
        ...times(depth, (index) => {
          const Choices = [{ Variable: "$.x", NumericEquals: index, Next: "Done" }];
          return [
            `Choice${index}`,
            { Type: "Choice", Choices, Default: index + 1 < depth ? `Choice${index + 1}` : "Done" },
          ];
        }),
        ["Done", { Type: "Succeed" }],
      ]),
      "Choice0",
    ),
};

describe("deep nests compile", () => {
  test.each(Object.entries(flat))("%s", (_, make) => {
    const artifact = compiler.artifactOf(make(400));
    const indents = fileOf(artifact, "workflow.ts").match(/^ +/gm) ?? [];
    // Where the definition nests more deeply than a reader can follow, the module does not.
    expect(Math.max(...indents.map(({ length }) => length))).toBeLessThan(200);
  });

  test("many failures that are handled by one step", () => {
    const nodes = [...times(400, (index) => call(`work${index}`)), call("handler")];
    const chain = times(399, (index) => [`work${index}`, `work${index + 1}`] as const);
    const failures = times(400, (index) => [`work${index}.Flaky`, "handler"] as const);
    const module = fileOf(compiler.artifactOf(graph(nodes, [...chain, ...failures])), "workflow.ts");
    expect(module.match(/handlerReached(?= =|: boolean)/g)?.length).toBeGreaterThan(400);
    expect(module).not.toContain("FlakyTaken");
  });
});

/** A nest in one expression or value, and what is said of it at any depth. */
const inOne: readonly (readonly [what: string, definition: (depth: number) => string, code: string, limit: string])[] =
  [
    [
      "lists",
      (depth) => pass({ Result: "@" }).replace('"@"', nested(depth, "[", "1", "]")),
      "WF_SOURCE_004",
      "200 levels",
    ],
    [
      "objects",
      (depth) => pass({ Result: "@" }).replace('"@"', nested(depth, '{"a":', "1", "}")),
      "WF_SOURCE_004",
      "200 levels",
    ],
    ["YAML lists", (depth) => `a: ${nested(depth, "[", "1", "]")}`, "WF_SOURCE_004", "200 levels"],
    ["CEL parentheses", (depth) => cel(nested(depth, "(", "1", ")")), "WF_EXPRESSION_001", "100 levels"],
    ["CEL negations", (depth) => cel(nested(depth, "!", "true", "")), "WF_EXPRESSION_001", "100 levels"],
    ["CEL lists", (depth) => cel(nested(depth, "[", "1", "]")), "WF_EXPRESSION_001", "100 levels"],
    ["CEL members", (depth) => cel(`input${".a".repeat(depth)}`), "WF_EXPRESSION_001", "100 levels"],
    ["CEL conditions", (depth) => cel(nested(depth, "b?1:", "1", "")), "WF_EXPRESSION_001", "100 levels"],
    ["a JSONPath", (depth) => pass({ InputPath: `$${".a".repeat(depth)}` }), "WF_EXPRESSION_003", "200 steps"],
    [
      "JSONPath parentheses",
      (depth) => pass({ InputPath: `$[?(${nested(depth, "(", "@.a", ")")})]` }),
      "WF_EXPRESSION_003",
      "20 levels",
    ],
    [
      "JSONPath filters",
      (depth) => pass({ InputPath: `$${nested(depth, "[?(@", "", ")]")}` }),
      "WF_EXPRESSION_003",
      "20 levels",
    ],
    [
      "intrinsic functions",
      (depth) => pass({ Parameters: { "a.$": nested(depth, "States.Array(", "1", ")") } }),
      "WF_EXPRESSION_004",
      "10 deep",
    ],
  ];

function nested(depth: number, open: string, inner: string, close: string): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

function pass(fields: object): string {
  return machine({ Pass: { Type: "Pass", ...fields, End: true } }, "Pass");
}

function cel(expression: string): string {
  return graph([{ id: "value", type: "core.transform", with: { value: `\${ ${expression} }` } }]);
}

describe.each([300, 2_000])("nests of %i in one value say which limit they meet", (depth) => {
  test.each(inOne)("%s", (_, definition, code, limit) => {
    const { diagnostics } = compiler.compileText(definition(depth));
    expect(diagnostics).toMatchObject([{ code, message: expect.stringContaining(limit) }]);
  });
});
