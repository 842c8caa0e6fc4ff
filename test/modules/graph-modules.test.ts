import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "./compiler.ts";
import { runInFreshProcess } from "./fresh-process.ts";
import { prelude } from "./virtual-clock.ts";

/** Modules as callers use them: compiled, written to a folder, imported by a fresh Node process, run with activities. */
let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const work = {
  type: "test.work",
  version: "1.0.0",
  inputs: { value: { schema: { type: "number" }, required: true } },
  outputs: { out: { schema: { type: "number" } } },
  errors: [{ name: "Flaky" }, { name: "Fatal" }],
  implementation: { activity: {} },
};

function graph(spec: object): string {
  return JSON.stringify({
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: "module-test", version: "1.0.0" },
    spec: {
      input: {
        type: "object",
        properties: { start: { type: "number" }, list: { type: "array", items: { type: "number" } } },
        required: ["start", "list"],
      },
      components: [work],
      ...spec,
    },
  });
}

const node = (id: string, value: string, more: object = {}) => ({
  id,
  type: "test.work",
  with: { value: `\${ ${value} }` },
  ...more,
});

describe("a module of a graph", () => {
  test("runs independent nodes at the same time and dependent ones in order", async () => {
    const artifact = compiler.artifactOf(
      graph({
        nodes: [
          node("a", "input.start"),
          node("b", "a.out"),
          node("c", "a.out + 10.0"),
          { ...node("d", "b.out + c.out"), join: "all" },
        ],
        connections: [
          { from: "a", to: "b" },
          { from: "a", to: "c" },
          { from: "b", to: "d" },
          { from: "c", to: "d" },
        ],
        output: "${ d.out }",
      }),
    );
    const driver = `${prelude}
      const activities = { "test.work": async ({ value }, { step }) => { await sleep(step === "b" ? 30 : 20); return value * 2; } };
      await finish(run({ start: 1, list: [] }, activities, options));`;
    expect(await runInFreshProcess(artifact, driver)).toEqual({
      output: 56,
      now: 70,
      events: [
        ["started", "a", 0],
        ["finished", "a", 20],
        ["started", "b", 20],
        ["started", "c", 20],
        ["finished", "c", 40],
        ["finished", "b", 50],
        ["started", "d", 50],
        ["finished", "d", 70],
      ],
    });
  });

  test("tries again after growing pauses, under the same idempotency key, and then fails with the activity's error", async () => {
    const retry = { maxAttempts: 3, initialInterval: "100ms", multiplier: 2, maxInterval: "10s" };
    const artifact = compiler.artifactOf(graph({ nodes: [node("a", "input.start", { retry })], output: "${ a.out }" }));
    const driver = (failures: number) => `${prelude}
      const attempts = [];
      const activities = { "test.work": async (_input, context) => {
        attempts.push([context.attempt, now, context.idempotencyKey]);
        if (attempts.length <= ${failures}) throw error("Flaky", "try " + attempts.length);
        return 1;
      } };
      await finish(run({ start: 1, list: [] }, activities, options).then((output) => ({ output, attempts }), (failure) => { failure.message += " " + JSON.stringify(attempts.map(([, at]) => at)); throw failure; }));`;
    const mended = (await runInFreshProcess(artifact, driver(2))) as {
      output: { attempts: [number, number, string][] };
    };
    expect(mended.output).toMatchObject({ output: 1 });
    expect(mended.output.attempts.map(([attempt, at]) => [attempt, at])).toEqual([
      [1, 0],
      [2, 100],
      [3, 300],
    ]);
    expect(new Set(mended.output.attempts.map(([, , key]) => key)).size).toBe(1);
    expect(await runInFreshProcess(artifact, driver(3))).toMatchObject({
      name: "Flaky",
      message: "try 3 [0,100,300]",
      step: "a",
    });
  });

  test("fails an attempt that takes too long, and tells the activity", async () => {
    const artifact = compiler.artifactOf(
      graph({ nodes: [node("slow", "input.start", { timeout: "5s" })], output: "${ slow.out }" }),
    );
    const driver = `${prelude}
      let aborted = false;
      const activities = { "test.work": (_input, { signal }) => { signal.addEventListener("abort", () => { aborted = true; }); return new Promise(() => {}); } };
      await finish(run({ start: 1, list: [] }, activities, options).catch((failure) => { failure.message = String(aborted); throw failure; }));`;
    expect(await runInFreshProcess(artifact, driver)).toMatchObject({
      name: "Timeout",
      message: "true",
      step: "slow",
      now: 5000,
    });
  });

  test("is cancelled by its signal at once, whatever its activities do", async () => {
    const artifact = compiler.artifactOf(
      graph({
        nodes: [
          node("a", "input.start"),
          { id: "pause", type: "core.wait", with: { duration: "1h" } },
          node("b", "input.start"),
        ],
        connections: [
          { from: "a", to: "pause" },
          { from: "pause", to: "b" },
        ],
        output: "${ b.out }",
      }),
    );
    const driver = `${prelude}
      const controller = new AbortController();
      sleep(50).then(() => controller.abort());
      await finish(run({ start: 1, list: [] }, { "test.work": async () => { await sleep(20); return 1; } }, { ...options, signal: controller.signal }));`;
    const result = (await runInFreshProcess(artifact, driver)) as { events: [string, string][] };
    expect(result).toMatchObject({ name: "Cancelled", now: 50 });
    expect(result.events.map(([type, step]) => `${type} ${step}`)).not.toContain("started b");
  });

  test("stops the other branches when one fails", async () => {
    const artifact = compiler.artifactOf(
      graph({ nodes: [node("good", "input.start"), node("bad", "input.start")], output: "${ good.out + bad.out }" }),
    );
    const driver = `${prelude}
      let stopped = "";
      const activities = { "test.work": async (_input, { step, signal }) => {
        if (step === "bad") { await sleep(10); throw error("Fatal", "no"); }
        signal.addEventListener("abort", () => { stopped = step; });
        await sleep(1000, signal);
        return 1;
      } };
      await finish(run({ start: 1, list: [] }, activities, options).catch((failure) => { failure.message += " " + stopped; throw failure; }));`;
    expect(await runInFreshProcess(artifact, driver)).toMatchObject({
      name: "Fatal",
      message: "no good",
      step: "bad",
      now: 10,
    });
  });

  test("takes one way at a decision and skips the other, with what only that leads to", async () => {
    const artifact = compiler.artifactOf(
      graph({
        nodes: [
          { id: "decide", type: "core.if", with: { condition: "${ input.start > 10.0 }" } },
          node("large", "input.start"),
          node("after-large", "large.out"),
          node("small", "input.start"),
          { ...node("last", "input.start"), join: "any" },
        ],
        connections: [
          { from: "decide.then", to: "large" },
          { from: "large", to: "after-large" },
          { from: "decide.else", to: "small" },
          { from: "after-large", to: "last" },
          { from: "small", to: "last" },
        ],
        output: "${ last.out }",
      }),
    );
    const driver = (start: number) => `${prelude}
      await finish(run({ start: ${start}, list: [] }, { "test.work": async ({ value }) => value }, options));`;
    const steps = async (start: number) =>
      ((await runInFreshProcess(artifact, driver(start))) as { events: [string, string][] }).events.map(
        ([type, step]) => `${type} ${step}`,
      );
    const large = await steps(11);
    expect(large).toEqual(
      expect.arrayContaining(["finished large", "finished after-large", "skipped small", "finished last"]),
    );
    expect(large).not.toContain("started small");
    const small = await steps(10);
    expect(small).toEqual(
      expect.arrayContaining(["skipped large", "skipped after-large", "finished small", "finished last"]),
    );
    expect(small).not.toContain("started large");
  });

  test("loops over a list with a bound on what runs at once, and keeps the order of results", async () => {
    const artifact = compiler.artifactOf(
      graph({
        nodes: [
          {
            id: "each",
            type: "core.forEach",
            with: { items: "${ input.list }", concurrency: 2 },
            nodes: [node("one", "item")],
            output: "${ one.out }",
          },
        ],
        output: "${ each.out }",
      }),
    );
    const driver = `${prelude}
      let running = 0, most = 0;
      const activities = { "test.work": async ({ value }) => { most = Math.max(most, ++running); await sleep(100 - value); running--; return value * 10; } };
      await finish(run({ start: 1, list: [1, 2, 3, 4, 5] }, activities, options).then((list) => ({ list, most })));`;
    expect(await runInFreshProcess(artifact, driver)).toMatchObject({
      output: { list: [10, 20, 30, 40, 50], most: 2 },
    });
  });

  test("catches a declared error by its port and goes on", async () => {
    const artifact = compiler.artifactOf(
      graph({
        nodes: [node("try", "input.start"), node("mend", "input.start"), { id: "value", type: "core.merge" }],
        connections: [
          { from: "try.Flaky", to: "mend" },
          { from: "try", to: "value" },
          { from: "mend", to: "value" },
        ],
        output: "${ value.out }",
      }),
    );
    const driver = (name: string) => `${prelude}
      const activities = { "test.work": async (_input, { step }) => { if (step === "try") throw error("${name}"); return 7; } };
      await finish(run({ start: 1, list: [] }, activities, options));`;
    expect(await runInFreshProcess(artifact, driver("Flaky"))).toMatchObject({ output: 7 });
    expect(await runInFreshProcess(artifact, driver("Fatal"))).toMatchObject({ name: "Fatal", step: "try" });
  });
});
