import {
  CacheOutcome,
  CompileResponse,
  ValidateResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { describe, expect, test } from "vitest";
import { until } from "../dependencies/redis.ts";
import {
  compilationOf,
  compile,
  createReplica,
  createTestPool,
  diagnostic,
  moduleOptions,
  never,
  plain,
  sourceOf,
} from "./replica.ts";

const { CACHE_OUTCOME_MISS, CACHE_OUTCOME_HIT, CACHE_OUTCOME_BYPASSED, CACHE_OUTCOME_COALESCED } = CacheOutcome;

describe("an answer", () => {
  test("is compiled once and then known, with the same bytes but for the outcome", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool);
    const first = await compile(cache, "one");
    const second = await compile(cache, "one");
    expect(first.response.cache).toBe(CACHE_OUTCOME_MISS);
    expect(second.response).toEqual({ ...first.response, cache: CACHE_OUTCOME_HIT });
    expect(second.response.artifact?.files).toEqual([{ path: "workflow.ts", content: "one" }]);
    expect(second.reply).toEqual(Buffer.from(CompileResponse.encode(second.response).finish()));
    expect(pool.compiled).toEqual(["one"]);
  });

  test("is sent as the very bytes that are kept", async () => {
    const cache = createReplica(createTestPool());
    expect(cache.known(sourceOf("one"), moduleOptions, plain)).toBeNull();
    await compile(cache, "one");
    const [a, b] = [0, 1].map(() => cache.known(sourceOf("one"), moduleOptions, plain));
    expect(a?.reply).toBe(b?.reply);
    expect(a).toMatchObject({ use: "memory", ok: true, format: "graph", diagnostics: 0, errorCodes: [], run: null });
  });

  test("does not depend on what the caller calls the source", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool);
    await compile(cache, "one");
    const renamed = { ...sourceOf("one"), name: "other.yaml" };
    expect(cache.known(renamed, moduleOptions, plain)?.use).toBe("memory");
  });

  test("is kept where the definition is invalid", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool);
    await compile(cache, "invalid");
    const { response, ok, errorCodes, diagnostics } = await compile(cache, "invalid");
    expect(response.cache).toBe(CACHE_OUTCOME_HIT);
    expect(response.diagnostics.map(({ code }) => code)).toEqual(["WF_SOURCE_010"]);
    expect({ ok, errorCodes, diagnostics }).toEqual({ ok: false, errorCodes: ["WF_SOURCE_010"], diagnostics: 1 });
    expect(pool.compiled).toHaveLength(1);
  });

  test.each(["WF_COMPILE_002", "job limit"] as const)(
    "is not kept where it is a fault or a limit: %s",
    async (code) => {
      const pool = createTestPool((text) => ({
        ...compilationOf(text),
        artifact: null,
        diagnostics: [diagnostic(code)],
      }));
      const cache = createReplica(pool);
      await compile(cache, "one");
      expect((await compile(cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
      expect(pool.compiled).toHaveLength(2);
    },
  );

  test("tells the audit log the digest of the source, and metrics of each run once", async () => {
    const cache = createReplica(createTestPool());
    const miss = await compile(cache, "one");
    expect(miss.sourceDigest).toBe("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    expect(miss.run).toMatchObject({ workflowType: "order", stages: [{ name: "source" }, { name: "emit" }] });
    expect((await compile(cache, "one")).run).toBeNull();
  });

  test("has the profile of the run that made it, also when it is known", async () => {
    const cache = createReplica(createTestPool());
    const miss = await compile(cache, "one", { profile: true });
    const hit = await compile(cache, "one", { profile: true });
    expect(miss.response.profile).toMatchObject({ totalMs: 4, bottleneck: "emit" });
    expect(hit.response).toEqual({ ...miss.response, cache: CACHE_OUTCOME_HIT });
    expect((await compile(cache, "one")).response.profile).toBeUndefined();
  });
});

describe("no_cache", () => {
  test("compiles what is known and keeps the fresh answer", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool);
    expect((await compile(cache, "one", { noCache: true })).response.cache).toBe(CACHE_OUTCOME_BYPASSED);
    expect((await compile(cache, "one", { noCache: true })).response.cache).toBe(CACHE_OUTCOME_BYPASSED);
    expect((await compile(cache, "one")).response.cache).toBe(CACHE_OUTCOME_HIT);
    expect(pool.compiled).toHaveLength(2);
  });
});

describe("without a cache", () => {
  test("everything is compiled, and the outcome is unspecified", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool, { memoryBytes: 0 });
    for (const use of [{}, {}, { noCache: true }]) {
      const { response } = await compile(cache, "one", use);
      expect(response.cache).toBe(CacheOutcome.CACHE_OUTCOME_UNSPECIFIED);
      expect(response.artifact?.workflowName).toBe("one");
    }
    await cache.validate(sourceOf("one"), moduleOptions, plain, never);
    await cache.validate(sourceOf("one"), moduleOptions, plain, never);
    expect([pool.compiled.length, pool.validated.length]).toEqual([3, 2]);
    expect(cache.stats()).toMatchObject({ entries: 0, capacityBytes: 0 });
  });
});

describe("equal compiles under way", () => {
  test("are compiled once", async () => {
    const pool = createTestPool();
    pool.hold();
    const cache = createReplica(pool);
    const answers = Promise.all(Array.from({ length: 20 }, () => compile(cache, "one")));
    await until(() => pool.underWay === 1);
    pool.release();
    const outcomes = (await answers).map(({ response }) => response.cache);
    expect(outcomes.sort()).toEqual([CACHE_OUTCOME_MISS, ...Array(19).fill(CACHE_OUTCOME_COALESCED)].sort());
    expect((await answers).filter(({ run }) => run !== null)).toHaveLength(1);
    expect(pool.compiled).toHaveLength(1);
    expect(cache.stats().uses).toMatchObject({ miss: 1, coalesced: 19 });
  });

  test("go on for the others when one caller leaves, the one that started it included", async () => {
    const pool = createTestPool();
    pool.hold();
    const cache = createReplica(pool);
    const leaving = new AbortController();
    const first = compile(cache, "one", {}, leaving.signal);
    const second = compile(cache, "one");
    await until(() => pool.underWay === 1);
    leaving.abort(new Error("left"));
    await expect(first).rejects.toThrow("left");
    pool.release();
    const { response, run } = await second;
    expect(response.cache).toBe(CACHE_OUTCOME_COALESCED);
    expect(run).not.toBeNull();
    expect(pool.givenUp).toBe(0);
  });

  test("are given up when the last caller leaves, and started anew for the next", async () => {
    const pool = createTestPool();
    pool.hold();
    const cache = createReplica(pool);
    const leaving = new AbortController();
    const calls = [0, 1].map(() => compile(cache, "one", {}, leaving.signal));
    await until(() => pool.underWay === 1);
    leaving.abort(new Error("left"));
    for (const call of calls) await expect(call).rejects.toThrow("left");
    expect(pool.givenUp).toBe(1);
    pool.release();
    expect((await compile(cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
  });

  test("fail together, and the next one is compiled", async () => {
    let fail = true;
    const pool = createTestPool((text) => {
      if (fail) throw new Error("a fault");
      return compilationOf(text);
    });
    const cache = createReplica(pool);
    const calls = [0, 1].map(() => compile(cache, "one"));
    for (const call of calls) await expect(call).rejects.toThrow("a fault");
    fail = false;
    expect((await compile(cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
  });

  test("a caller who has left already starts nothing", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool);
    await expect(compile(cache, "one", {}, AbortSignal.abort(new Error("left")))).rejects.toThrow("left");
    expect(pool.compiled).toEqual([]);
  });
});

describe("validations", () => {
  test("are kept too, apart from compiles", async () => {
    const pool = createTestPool();
    const cache = createReplica(pool);
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push(await cache.validate(sourceOf("invalid"), moduleOptions, plain, never));
    const [first, second] = answers.map(({ reply }) => ValidateResponse.decode(reply));
    expect(first).toMatchObject({ valid: false, diagnostics: [{ code: "WF_SOURCE_010" }], profile: undefined });
    expect(second).toEqual(first);
    expect(answers.map(({ run }) => run !== null)).toEqual([true, false]);
    const profiled = await cache.validate(sourceOf("invalid"), moduleOptions, { profile: true }, never);
    expect(ValidateResponse.decode(profiled.reply)).toMatchObject({ valid: false, profile: { totalMs: 4 } });
    expect((await compile(cache, "invalid")).response.cache).toBe(CACHE_OUTCOME_MISS);
    expect([pool.validated.length, pool.compiled.length]).toEqual([1, 1]);
  });
});

describe("statistics", () => {
  test("count where answers came from, over all time and over five minutes", async () => {
    let now = 1_000_000_000_000;
    const cache = createReplica(createTestPool(), { now: () => now });
    await compile(cache, "one");
    await compile(cache, "one", { noCache: true });
    for (let i = 0; i < 3; i++) await compile(cache, "one");
    expect(cache.stats()).toMatchObject({
      uses: { memory: 3, redis: 0, store: 0, coalesced: 0, miss: 1, bypassed: 1 },
      hitRate: 0.75,
      recentHitRate: 0.75,
      entries: 1,
      evictions: 0,
    });
    now += 200_000;
    await compile(cache, "two");
    expect(cache.stats()).toMatchObject({ hitRate: 0.6, recentHitRate: 0.6 });
    now += 150_000;
    expect(cache.stats()).toMatchObject({ hitRate: 0.6, recentHitRate: 0 });
    await compile(cache, "two");
    expect(cache.stats().recentHitRate).toBe(0.5);
  });
});

describe("clear", () => {
  test("forgets all of this replica", async () => {
    const cache = createReplica(createTestPool());
    await compile(cache, "one");
    await compile(cache, "two");
    expect(await cache.clear("replica")).toEqual({ entries: 2, everywhere: false });
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
    expect((await compile(cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
  });

  test("does not keep what was under way", async () => {
    const pool = createTestPool();
    pool.hold();
    const cache = createReplica(pool);
    const under = compile(cache, "one");
    await until(() => pool.underWay === 1);
    await cache.clear("replica");
    pool.release();
    expect((await under).response.artifact).toBeDefined();
    expect(cache.stats().entries).toBe(0);
  });
});

describe("warm-up", () => {
  test("compiles what is not known, and is not counted", async () => {
    const pool = createTestPool((text) => {
      if (text === "broken") throw new Error("a fault");
      return compilationOf(text);
    });
    const cache = createReplica(pool);
    await compile(cache, "one");
    const list = ["one", "two", "broken", "invalid"].map((text) => ({
      source: sourceOf(text),
      options: moduleOptions,
    }));
    expect(await cache.warm(list, never)).toEqual({ known: 1, compiled: 2, failed: 1 });
    expect(pool.compiled).toEqual(["one", "two", "broken", "invalid"]);
    expect(cache.stats().uses).toMatchObject({ memory: 0, miss: 1 });
    expect((await compile(cache, "two")).response.cache).toBe(CACHE_OUTCOME_HIT);
  });

  test("waits while callers wait, and ends when it is told to", async () => {
    const pool = createTestPool();
    pool.hold();
    const cache = createReplica(pool);
    const call = compile(cache, "one");
    const stop = new AbortController();
    const warming = cache.warm([{ source: sourceOf("two"), options: moduleOptions }], stop.signal);
    const warmed = expect(warming).rejects.toThrow();
    await until(() => pool.underWay === 1);
    stop.abort(new Error("stopped"));
    await warmed;
    pool.release();
    await call;
    expect(pool.compiled).toEqual(["one"]);
  });
});
