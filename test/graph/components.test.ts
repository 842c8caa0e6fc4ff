import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../server/components/catalogue.ts";
import { analyse, flowOf, stepOf, taskOf, workflow } from "./analyse.ts";

function problemsOf(component: string, options: { allowInlineCode?: boolean } = {}): readonly string[] {
  return analyse(workflow(`nodes: []\ncomponents:\n  - ${component}`), options).problems;
}

describe("components of definitions", () => {
  const cases: readonly (readonly [name: string, component: string, ...problems: string[]])[] = [
    [
      "a whole one",
      "{ type: a.b, version: 1.0.0, inputs: { in: { schema: { type: string }, required: true } }, outputs: { out: {} }, errors: [E, { name: F }] }",
    ],
    ["one without a type", "{ version: 1.0.0 }", "WF_VALIDATION_001 /spec/components/0"],
    ["a misspelt field", "{ type: a, inptus: {} }", "WF_VALIDATION_004 /spec/components/0/inptus"],
    ["a type that is no name", "{ type: 'a b' }", "WF_VALIDATION_014 /spec/components/0/type"],
    ["a built-in type", "{ type: core.if }", "WF_SCHEMA_004 /spec/components/0/type"],
    [
      "a port that is no name",
      "{ type: a, outputs: { 'x.y': {} } }",
      "WF_VALIDATION_014 /spec/components/0/outputs/x.y",
    ],
    [
      "a port that stands for failures",
      "{ type: a, outputs: { error: {} } }",
      "WF_VALIDATION_014 /spec/components/0/outputs/error",
    ],
    [
      "an error that is a port",
      "{ type: a, outputs: { E: {} }, errors: [E] }",
      "WF_VALIDATION_014 /spec/components/0/errors/0",
    ],
    [
      "an input that is a config field",
      "{ type: a, config: { type: object, properties: { x: {} } }, inputs: { x: {} } }",
      "WF_VALIDATION_014 /spec/components/0/inputs/x",
    ],
    ["a config that is no object", "{ type: a, config: { type: string } }", "WF_SCHEMA_002 /spec/components/0/config"],
    [
      "two implementations",
      "{ type: a, implementation: { activity: {}, template: 'return 1' } }",
      "WF_VALIDATION_013 /spec/components/0/implementation",
      "WF_COMPILE_005 /spec/components/0/implementation/template",
    ],
    [
      "code that is not allowed",
      "{ type: a, implementation: { template: 'return 1' } }",
      "WF_COMPILE_005 /spec/components/0/implementation/template",
    ],
  ];

  it.each(cases)("%s", (_name, component, ...problems) => {
    expect(problemsOf(component)).toEqual(problems);
  });

  it("are declared once", () => {
    expect(problemsOf("{ type: a }\n  - { type: a }")).toEqual(["WF_SCHEMA_004 /spec/components/1/type"]);
  });
});

describe("templates", () => {
  const component = (template: string): string =>
    `{ type: t.twice, inputs: { value: { schema: { type: number }, required: true } }, outputs: { out: { schema: { type: number } } }, implementation: { template: ${JSON.stringify(template)} } }`;

  it("read config fields and ports as members of their parameter", () => {
    const spec = `components:\n  - ${component("return {{ value }} * 2;")}\nnodes: [{ id: a, type: t.twice, with: { value: 4 } }]`;
    const { template, activity } = stepOf(
      taskOf(flowOf(analyse(workflow(spec), { allowInlineCode: true })), "a").steps,
      "call",
    );
    expect(template?.body).toBe("return input.value * 2;");
    expect(activity).toBe("t.twice");
  });

  it.each([
    ["a hole that names nothing", "return {{ valeu }};"],
    ["text that is no TypeScript", "return 1 +;"],
    ["a brace too many", "return 1; } export function evil() {"],
    ["a brace that stays open", "if (input.value) {"],
  ])("are refused with %s", (_name, template) => {
    expect(problemsOf(component(template), { allowInlineCode: true })).toEqual([
      "WF_COMPILE_001 /spec/components/0/implementation/template",
    ]);
  });
});

describe("the catalogue", () => {
  const file =
    "type: shop.price\nversion: 1.0.0\noutputs: { out: { schema: { type: number } } }\nimplementation: { template: return 3; }\n";

  it("holds built-in components and those of files", () => {
    const catalogue = createCatalogue(new Map([["price.yaml", file]]));
    expect(catalogue.get("shop.price")).toMatchObject({
      version: "1.0.0",
      origin: null,
      implementation: { kind: "template" },
    });
    expect(catalogue.types()).toContain("core.forEach");
    expect(catalogue.get("constructor")).toBeUndefined();
  });

  it("has a digest that follows from the files alone", () => {
    const of = (...files: [string, string][]): string => createCatalogue(new Map(files)).digest;
    const other = file.replaceAll("price", "cost");
    expect(of(["a.yaml", file], ["b.yaml", other])).toBe(of(["b.yaml", other], ["a.yaml", file]));
    expect(of(["a.yaml", file])).not.toBe(of(["a.yaml", other]));
  });

  it("says what is wrong with each file", () => {
    const files = new Map([
      ["a.yaml", "type: a\noutput: {}\n"],
      ["b.yaml", "type: core.if\n"],
      ["c.yaml", "type: [\n"],
    ]);
    expect(() => createCatalogue(files)).toThrow(
      /a\.yaml:2:1: WF_VALIDATION_004[\s\S]*b\.yaml: component core\.if is already there[\s\S]*c\.yaml:\d/,
    );
  });
});
