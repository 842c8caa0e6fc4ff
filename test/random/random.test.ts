import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { definitions } from "./definitions.ts";
import { judge } from "./judge.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

/**
 * The same definitions each time: `npm run random -- 10000` draws others. A fault that shows in one of thousands must not come up
 * in an unrelated change.
 */
const seeds = [20_260, 7] as const;

describe.each(["graph", "amazon-states"] as const)("random definitions of format %s", (format) => {
  test.each(seeds)("compile where Validate accepts them, and say where they are wrong where not (seed %i)", (seed) => {
    let accepted = 0;
    let rejected = 0;
    fc.assert(
      fc.property(definitions[format], (text) => {
        const { codes, fault } = judge(compiler, text, format);
        expect(fault).toBe("");
        if (codes.length === 0) accepted++;
        else rejected++;
      }),
      // Shrinking ends after a while with what it has: each try is a compile.
      { numRuns: 100, seed, interruptAfterTimeLimit: 45_000 },
    );
    // Else the generator has lost its aim.
    expect(accepted).toBeGreaterThan(rejected / 5);
  });
});

test("a member of a union can be read where tests have left none of its kinds", () => {
  const kind = (name: string) =>
    `{ type: object, properties: { kind: { const: ${name} } }, required: [kind], additionalProperties: false }`;
  const text = `
apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: kinds, version: 1.0.0 }
spec:
  input: { type: object, properties: { pay: { oneOf: [${kind("card")}, ${kind("bank")}] } }, required: [pay] }
  nodes:
    - { id: card, type: core.if, with: { condition: "\${ input.pay.kind == 'card' }" } }
    - { id: bank, type: core.if, with: { condition: "\${ input.pay.kind == 'bank' }" } }
    - { id: again, type: http.request, with: { url: "\${ input.pay.kind }" } }
  connections: [{ from: card.else, to: bank }, { from: bank.else, to: again }]
`;
  expect(judge(compiler, text, "graph")).toEqual({ codes: [], fault: "" });
});
