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

/** A machine may have an endless loop: a run is cancelled after so many events. */
const maxEvents = 3_000;

/**
 * Activities take the time that the step's name says, and some calls fail of steps whose failures are caught. What is told at
 * one time may be told in any order, so that of a cancelled run all counts that was told before that time.
 */
function driverOf(text: string): string {
  const definition: unknown = JSON.parse(text);
  return `${prelude}
  const caught = new Set(${JSON.stringify(caughtSteps(definition))});
  const calls = new Map();
  const hash = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const activities = new Proxy({}, { get: () => async (input, { step }) => {
    const call = (calls.get(step) ?? 0) + 1;
    calls.set(step, call);
    await sleep(1 + (hash(step) % 5));
    if (caught.has(step) && hash(step + call) % 3 === 0) throw error("Flaky");
    return typeof input?.value === "number" ? (input.value * 7 + hash(step)) % 100 : hash(step + call) % 100;
  } });
  const controller = new AbortController();
  let cancelledAt = Infinity;
  const cancelling = (event) => {
    onEvent(event);
    if (events.length < ${maxEvents} || controller.signal.aborted) return;
    cancelledAt = now;
    controller.abort();
  };
  const running = run({ start: 5, list: [3, 4], total: 50 }, activities, { ...options, onEvent: cancelling, signal: controller.signal });
  await finish(running.catch((failure) => {
    if (!controller.signal.aborted) throw failure;
    events.splice(0, Infinity, ...events.filter(([, , at]) => at < cancelledAt));
    now = cancelledAt;
    return "cancelled";
  }));`;
}

/** Of a graph the nodes, and of a state machine the states, whose failure has a path of its own. */
function caughtSteps(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Object.entries(value).flatMap(([key, inner]): string[] => {
    if (key === "from" && typeof inner === "string" && inner.endsWith(".Flaky"))
      return [inner.slice(0, -".Flaky".length)];
    return typeof inner === "object" && inner !== null && "Catch" in inner ? [key] : [];
  });
  return [...own, ...Object.values(value).flatMap(caughtSteps)];
}

interface Ended {
  readonly events: readonly string[];
  readonly [other: string]: unknown;
}

async function runOf(artifact: Artifact, driver: string): Promise<Ended> {
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
        const driver = driverOf(text);
        const expected = await runOf(whole.artifactOf(text), driver);
        expect(expected.events.length).toBeGreaterThan(20);
        for (const compiler of cut) {
          const artifact = compiler.artifactOf(text);
          const module = fileOf(artifact, "workflow.ts");
          expect(module.match(/^(async )?function /gm)?.length).toBeGreaterThan(2);
          expect(await format(module, { parser: "typescript" })).toBe(module);
          expect(await runOf(artifact, driver)).toEqual(expected);
          compiler.artifactOf(text, null, "temporal");
        }
      }),
      // The same ones each time: each takes seconds, and is run four times over. The second machine has an endless loop.
      { numRuns: 2, seed: 867_143_297, endOnFailure: true },
    );
  });
});
