import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfo, RetryInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import { HealthClient } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import {
  type CompileStreamResponse,
  CompilerServiceService as Contract,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, describe, expect, test } from "vitest";
import { createAdaptiveLimit } from "../../server/admission/adaptive-limit.ts";
import {
  type ConcurrencyLimit,
  type ConcurrencyOptions,
  createConcurrencyLimit,
  limitPool,
} from "../../server/admission/concurrency.ts";
import type { Compilation, CompilePool } from "../../server/artifact.ts";
import type { Concurrency } from "../../server/config/settings.ts";
import { emptyCompilation, failureOf, type Harness, call as send, sourceOf, startHarness } from "../service/harness.ts";

describe("the adaptive limit", () => {
  const bounds = { min: 3, initial: 20, max: 1_000 };

  /** `workers` that take `workMs` for each job, and as much work as the limit lets in. */
  function saturate(
    limit: ReturnType<typeof createAdaptiveLimit>,
    workers: number,
    workMs: () => number,
    jobs = 3_000,
  ) {
    for (let index = 0; index < jobs; index++) {
      const work = workMs();
      limit.sample((work * Math.max(limit.limit, workers)) / workers, work, limit.limit);
    }
    return limit.limit;
  }

  test.each([
    [1, 8],
    [2, 8],
    [8, 20],
  ])("with %i busy workers settles where work waits about as long as it takes", (workers, settled) => {
    for (const initial of [3, 20, 900]) {
      const found = saturate(createAdaptiveLimit({ ...bounds, initial }), workers, () => 10);
      expect(Math.abs(found - settled)).toBeLessThanOrEqual(1);
    }
  });

  test("does not take larger definitions for load", () => {
    const limit = createAdaptiveLimit(bounds);
    const before = saturate(limit, 4, () => 2);
    let turn = 0;
    expect(saturate(limit, 4, () => 300)).toBe(before);
    expect(saturate(limit, 4, () => (turn++ % 7 === 0 ? 400 : 3))).toBe(before);
  });

  test("grows while nothing waits, and does not while little is asked for", () => {
    const limit = createAdaptiveLimit(bounds);
    for (let index = 0; index < 1_000; index++) limit.sample(10, 10, 2);
    expect(limit.limit).toBe(20);
    for (let index = 0; index < 1_000; index++) limit.sample(10, 10, limit.limit);
    expect(limit.limit).toBeGreaterThan(80);
  });

  test("stays within its bounds, whatever is measured", () => {
    const limit = createAdaptiveLimit(bounds);
    for (let index = 0; index < 1_000; index++) limit.sample(1e9, 0, 1_000);
    expect(limit.limit).toBe(8);
    for (let index = 0; index < 100_000; index++) limit.sample(0.001, 100, 1_000);
    expect(limit.limit).toBe(1_000);
  });
});

let harness: Harness;
let health: HealthClient;

/** A service whose compiler finishes when the test says so. */
async function start(setting: Concurrency, options: Partial<ConcurrencyOptions> = {}) {
  const held = new Map<string, () => void>();
  const pool: CompilePool = {
    ready: () => Promise.resolve(),
    validate: () => Promise.reject(new Error("is not asked")),
    compile: ({ name }) =>
      new Promise<Compilation>((resolve) => {
        held.set(name, () => {
          held.delete(name);
          resolve(emptyCompilation);
        });
      }),
    close: () => Promise.resolve(),
  };
  const limit: ConcurrencyLimit = createConcurrencyLimit(setting, { workers: 1, ...options });
  harness = await startHarness(limitPool(pool, limit));
  health = new HealthClient(harness.address, credentials.createInsecure());
  return {
    held,
    limit,
    compile: (name: string) =>
      send(harness.client, Contract.compile, { source: sourceOf("x", { name }), options: undefined }),
  };
}

const one: Concurrency = { kind: "fixed", limit: 1 };

describe("over the limit", () => {
  afterEach(async () => {
    health.close();
    await harness.stop();
  });

  test("work waits its turn; what finds no room is UNAVAILABLE and safe to send again", async () => {
    const { held, limit, compile } = await start(one, { maxWaiting: 2, maxWaitMs: 60_000 });
    const first = compile("first");
    await until(() => held.has("first"));
    const second = compile("second");
    await until(() => limit.state().waiting === 1);
    const third = compile("third");
    await until(() => limit.state().waiting === 2);

    const { code, rich, status: whole } = await failureOf(compile("fourth"));
    expect([code, whole?.code]).toEqual([status.UNAVAILABLE, status.UNAVAILABLE]);
    expect(RetryInfo.decode(rich.get("RetryInfo") ?? Buffer.alloc(0)).retryDelay?.seconds).toBe(1n);
    expect(ErrorInfo.decode(rich.get("ErrorInfo") ?? Buffer.alloc(0)).reason).toBe("OVERLOADED");
    expect(limit.state()).toMatchObject({ limit: 1, underWay: 1, waiting: 2, shed: 1 });

    for (const [name, answer] of [
      ["first", first],
      ["second", second],
      ["third", third],
    ] as const) {
      await until(() => held.has(name));
      expect([...held.keys()]).toEqual([name]);
      held.get(name)?.();
      await answer;
    }
    expect(limit.state()).toMatchObject({ underWay: 0, waiting: 0 });
  });

  test("work does not wait long", async () => {
    const { held, compile } = await start(one, { maxWaitMs: 20 });
    const first = compile("first");
    await until(() => held.has("first"));
    expect((await failureOf(compile("second"))).code).toBe(status.UNAVAILABLE);
    held.get("first")?.();
    await first;
  });

  test("who leaves while waiting gives up its place", async () => {
    const { held, limit, compile } = await start(one, { maxWaitMs: 60_000 });
    const first = compile("first");
    await until(() => held.has("first"));
    const leaving = harness.client.compile({ source: sourceOf("x", { name: "gone" }), options: undefined }, () => {});
    await until(() => limit.state().waiting === 1);
    leaving.cancel();
    await until(() => limit.state().waiting === 0);
    held.get("first")?.();
    await first;
    expect([...held.keys()]).toEqual([]);
  });

  test("health, listings and explanations are served", async () => {
    const { held, limit, compile } = await start(one, { maxWaiting: 0 });
    const first = compile("first");
    await until(() => held.has("first"));
    expect((await failureOf(compile("second"))).code).toBe(status.UNAVAILABLE);
    const serving = await new Promise((resolve) => health.check({ service: "" }, (_error, answer) => resolve(answer)));
    expect(serving).toMatchObject({ status: 1 });
    expect((await send(harness.client, Contract.explainDiagnostic, { code: "WF_TYPE_001" })).code).toBe("WF_TYPE_001");
    expect((await send(harness.client, Contract.listComponents, { typePrefix: "core.if" })).components).toHaveLength(1);
    expect(limit.state().shed).toBe(1);
    held.get("first")?.();
    await first;
  });

  test("messages of a stream give way and ask again", async () => {
    const { held, limit, compile } = await start(one, { maxWaiting: 0 });
    const first = compile("first");
    await until(() => held.has("first"));
    const stream = harness.client.compileStream();
    const answered = new Promise<CompileStreamResponse>((resolve, reject) => {
      stream.on("data", resolve);
      stream.on("error", (error: ServiceError) => reject(error));
    });
    stream.write({ id: "bulk", source: sourceOf("x", { name: "bulk" }), options: undefined });
    await until(() => limit.state().shed > 0);
    held.get("first")?.();
    await first;
    await until(() => held.has("bulk"));
    held.get("bulk")?.();
    expect((await answered).result?.$case).toBe("response");
    stream.end();
  });

  test("the limit changes at run time", async () => {
    const { held, limit, compile } = await start(one, { maxWaitMs: 60_000 });
    const answers = ["a", "b", "c"].map(compile);
    await until(() => held.size === 1 && limit.state().waiting === 2);
    limit.set({ kind: "fixed", limit: 2 });
    await until(() => held.size === 2 && limit.state().waiting === 1);
    limit.set({ kind: "off" });
    await until(() => held.size === 3);
    expect(limit.state()).toMatchObject({ setting: { kind: "off" }, limit: null, underWay: 3, waiting: 0 });
    limit.set({ kind: "adaptive" });
    expect(limit.state().limit).toBe(20);
    for (const finish of [...held.values()]) finish();
    await Promise.all(answers);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
