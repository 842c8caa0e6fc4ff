import fc from "fast-check";
import { format } from "prettier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../../server/artifact.ts";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { runInFreshProcess } from "../modules/fresh-process.ts";
import { fileOf } from "../modules/golden.ts";
import { prelude } from "../modules/virtual-clock.ts";
import { type Draw, longGraph, longMachine } from "./long-definitions.ts";

/** Long functions are cut into parts: what such a module does is what it does in one piece. */
const limits = [3, 12] as const;

let whole: TestCompiler;
let cut: readonly TestCompiler[];
beforeAll(() => {
  whole = createTestCompiler(Number.POSITIVE_INFINITY);
  cut = limits.map((limit) => createTestCompiler(limit));
});
afterAll(() => {
  for (const compiler of [whole, ...cut]) compiler.close();
});

/** Activities take the time that the step's name says, and some of their calls fail; what is told at one time may be told in any order. */
const driver = `${prelude}
  const calls = new Map();
  const hash = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const activities = new Proxy({}, { get: () => async (input, { step }) => {
    const call = (calls.get(step) ?? 0) + 1;
    calls.set(step, call);
    await sleep(1 + (hash(step) % 5));
    if (hash(step + call) % 11 === 0) throw error("Flaky");
    return typeof input?.value === "number" ? (input.value * 7 + hash(step)) % 100 : hash(step + call) % 100;
  } });
  await finish(run({ start: 5, list: [3, 4], total: 50 }, activities, options));`;

async function runOf(artifact: Artifact): Promise<unknown> {
  const result = await runInFreshProcess(artifact, driver);
  if (typeof result !== "object" || result === null || !("events" in result) || !Array.isArray(result.events))
    throw new Error("the driver gives events");
  return { ...result, events: result.events.map((event) => JSON.stringify(event)).toSorted() };
}

const draws = fc.infiniteStream(fc.nat()).map((numbers): Draw => {
  return (below) => (numbers.next().value ?? 0) % below;
});

describe.each([
  ["a graph", (draw: Draw) => longGraph(250, draw)],
  ["a state machine", (draw: Draw) => longMachine(150, draw)],
] as const)("%s in parts", (_, make) => {
  test("does what it does in one piece", async () => {
    await fc.assert(
      fc.asyncProperty(draws, async (draw) => {
        const text = make(draw);
        const expected = await runOf(whole.artifactOf(text));
        for (const compiler of cut) {
          const artifact = compiler.artifactOf(text);
          const module = fileOf(artifact, "workflow.ts");
          expect(module.match(/^(async )?function /gm)?.length).toBeGreaterThan(2);
          expect(await format(module, { parser: "typescript" })).toBe(module);
          expect(await runOf(artifact)).toEqual(expected);
          compiler.artifactOf(text, null, "temporal");
        }
      }),
      // The same ones each time: each takes seconds, and is run four times over.
      { numRuns: 2, seed: 20_260, endOnFailure: true },
    );
  });
});
