import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch } from "../diagnostics/json-patch.ts";
import { analyse } from "./analyse.ts";

const examples = ["order-fulfilment", "swift-payment", "payroll", "atm-withdrawal"].map((name) =>
  readFileSync(new URL(`../../docs/examples/${name}/workflow.yaml`, import.meta.url), "utf8"),
);
const fragments = [
  "${",
  "}",
  "'",
  '"',
  "`",
  "*/",
  "\u2028",
  "\u202e",
  "constructor",
  "__proto__",
  "nodes",
  "- ",
  "{",
  "[",
  "null",
  "1e9",
  "input",
  ".",
  "\n",
];

/** Pieces of the text taken out, doubled or replaced. */
const mutated = fc
  .record({
    text: fc.constantFrom(...examples),
    changes: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.nat(40),
        put: fc.oneof(fc.constantFrom("", ...fragments), fc.string({ maxLength: 8 })),
      }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  })
  .map(({ text, changes }) =>
    changes.reduce((all, { at, cut, put }) => {
      const start = Math.floor(at * all.length);
      return all.slice(0, start) + put + all.slice(start + cut);
    }, text),
  );

describe("mutated definitions", () => {
  it("give findings, each within the text, and never a fault", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const { findings } = analyse(text);
        for (const { origin } of findings) {
          expect(origin.span.start).toBeGreaterThanOrEqual(0);
          expect(origin.span.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Graphs of random nodes and connections, many of them wrong. */
const nodeIds = ["a", "b", "c", "d", "e"];
const node = fc.record({
  id: fc.constantFrom(...nodeIds),
  type: fc.constantFrom("core.if", "core.merge", "core.transform", "core.fail", "core.wait", "t.any", "core.nope"),
  with: fc.dictionary(
    fc.constantFrom("condition", "value", "error", "duration", "in"),
    fc.constantFrom<Json>(true, 1, "x", "${ a.out }", "${ b.then }", "${ input }", "1s"),
  ),
  join: fc.constantFrom<Json>("all", "any", "first", { n: 2 }),
});
const connection = fc.record({
  from: fc.constantFrom("a", "b.then", "b.else", "c.out", "d.error", "e.x"),
  to: fc.constantFrom("a", "b", "c.in", "d", "e", "f"),
});
const graph = fc.record({
  nodes: fc.array(node, { maxLength: 6 }),
  connections: fc.array(connection, { maxLength: 8 }),
});

describe("fixes", () => {
  it("make their finding go away", () => {
    const component = { type: "t.any", inputs: { in: {} }, outputs: { out: {} } };
    let tried = 0;
    fc.assert(
      fc.property(graph, ({ nodes, connections }) => {
        const document: Json = {
          apiVersion: "workflow.compiler/v1",
          kind: "Workflow",
          metadata: { name: "x" },
          spec: { components: [component], nodes, connections },
        };
        const { findings, diagnostics } = analyse(JSON.stringify(document));
        for (const { code, fixes, location, message } of diagnostics.slice(0, 5)) {
          for (const { patch } of fixes) {
            tried++;
            const after = analyse(JSON.stringify(applyPatch(document, patch)));
            const same = after.diagnostics.filter(
              (one) => one.code === code && one.location.field === location.field && one.message === message,
            );
            expect(same).toEqual([]);
          }
        }
        expect(findings.length).toBeGreaterThanOrEqual(diagnostics.length);
      }),
      { numRuns: 150 },
    );
    expect(tried).toBeGreaterThan(10);
  });
});
