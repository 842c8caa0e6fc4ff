import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { patterns } from "./patterns.ts";
import { codesOf, exampleOf, runPattern } from "./run.ts";

/** The 43 control-flow patterns: each example is compiled and run, and what it did is compared event by event. */
const root = new URL("../../", import.meta.url);
let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

test("all 43 are there, in their order", () => {
  expect(patterns.map(({ number }) => number)).toEqual(Array.from({ length: 43 }, (_, index) => index + 1));
});

test("every example belongs to a pattern, and the page has a row for each", () => {
  const files = readdirSync(new URL("docs/examples/patterns/", root)).map((name) => `docs/examples/patterns/${name}`);
  const had = patterns.filter(({ refused }) => refused === undefined);
  expect(files.sort()).toEqual(had.map(exampleOf).sort());
  const rows = readFileSync(new URL("docs/patterns.md", root), "utf8").split("\n");
  for (const pattern of patterns) {
    const row = rows.find((line) => line.startsWith(`| ${pattern.number} |`)) ?? "";
    expect(row).toContain(`| ${pattern.name} |`);
    const shown = pattern.refused === undefined ? exampleOf(pattern).replace("docs/", "") : pattern.refused.code;
    expect(row).toContain(shown);
  }
});

describe("runs as its pattern says", () => {
  for (const pattern of patterns) {
    for (const run of pattern.runs) {
      test.concurrent(`WCP-${pattern.number} ${pattern.name}: ${run.shows}`, async () => {
        const { trace, output = null, failure } = await runPattern(compiler, pattern, run);
        expect(trace).toEqual(run.trace);
        expect(failure).toBe(run.failure);
        expect(output).toEqual(run.output ?? null);
      });
    }
  }
});

describe("is refused with the diagnostic that the page names", () => {
  for (const pattern of patterns) {
    const { refused } = pattern;
    if (refused === undefined) continue;
    test(`WCP-${pattern.number} ${pattern.name}`, () => {
      expect(existsSync(new URL(exampleOf(pattern), root))).toBe(true);
      expect(codesOf(compiler, pattern)).toContain(refused.code);
    });
  }
});
