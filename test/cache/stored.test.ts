import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheOutcome } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CompileCache } from "../../server/cache/cache.ts";
import { createSharedTier } from "../../server/cache/redis-tier.ts";
import { connectRedis } from "../../server/dependencies/redis.ts";
import { openStore, type Store } from "../../server/store/store.ts";
import { startRedis } from "../dependencies/redis.ts";
import { compile, createReplica, createTestPool, type TestPool } from "./replica.ts";

const { CACHE_OUTCOME_MISS, CACHE_OUTCOME_HIT, CACHE_OUTCOME_SHARED_HIT } = CacheOutcome;

let folder: string;
let cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wfc-stored-"));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  cleanUps = [];
  await rm(folder, { recursive: true });
});

interface Life {
  readonly cache: CompileCache;
  readonly pool: TestPool;
  readonly store: Store;
  stop(): Promise<void>;
}

/** One run of a replica on the same file. */
async function start(isShared = false): Promise<Life> {
  const store = await openStore({ kind: "sqlite", path: join(folder, "store.db") });
  const pool = createTestPool();
  const cache = createReplica(pool, { stored: { artifacts: store.artifacts, isShared } });
  const stop = async () => {
    await cache.close();
    await store.close();
  };
  return { cache, pool, store, stop };
}

describe("the store", () => {
  test("gives a restarted replica what was compiled before", async () => {
    const first = await start();
    const made = await compile(first.cache, "one");
    await compile(first.cache, "invalid");
    await first.stop();
    const second = await start();
    const found = await compile(second.cache, "one");
    expect(found.response).toEqual({ ...made.response, cache: CACHE_OUTCOME_HIT });
    expect(found).toMatchObject({ use: "store", ok: true, run: null });
    expect(await compile(second.cache, "invalid")).toMatchObject({ use: "store", errorCodes: ["WF_SOURCE_010"] });
    expect(await compile(second.cache, "one")).toMatchObject({ use: "memory" });
    expect(second.pool.compiled).toEqual([]);
    await second.stop();
  });

  test("is called shared where replicas share it", async () => {
    const first = await start();
    await compile(first.cache, "one");
    await first.stop();
    const second = await start(true);
    expect((await compile(second.cache, "one")).response.cache).toBe(CACHE_OUTCOME_SHARED_HIT);
    await second.stop();
  });

  test("holds nothing after clear, and what it holds by accident is a miss", async () => {
    const first = await start();
    await compile(first.cache, "one");
    await first.cache.close();
    await first.cache.clear("all");
    expect((await first.store.artifacts.stats()).count).toBe(0);
    const put = first.store.artifacts.put;
    first.store.artifacts.put = (key, digest) => put(key, digest, Buffer.from("not an answer"));
    expect((await compile(first.cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
    await first.stop();
    const second = await start();
    expect((await compile(second.cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
    await second.cache.close();
    await second.cache.clear("replica");
    expect((await compile(second.cache, "one")).use).toBe("store");
    await second.stop();
  });

  test("does not delay a compile for long where it does not answer", async () => {
    const { store, stop } = await start();
    const pool = createTestPool();
    const artifacts = { ...store.artifacts, get: () => new Promise<null>(() => {}) };
    const cache = createReplica(pool, { stored: { artifacts, isShared: false } });
    expect((await compile(cache, "one")).response.cache).toBe(CACHE_OUTCOME_MISS);
    await cache.close();
    await stop();
  });

  test("gives what it has to Redis, for the other replicas", async () => {
    const first = await start();
    await compile(first.cache, "one");
    await first.stop();
    const server = await startRedis();
    const redis = connectRedis(server.url, { log: { info() {}, warn() {} }, timeoutMs: 2_000 });
    cleanUps.push(
      () => server.stop(),
      () => redis.close(),
    );
    await new Promise<void>((resolve) => redis.onReady(resolve));
    const shared = () => createSharedTier(redis, { now: Date.now });
    const { store, stop } = await start();
    const pool = createTestPool();
    const second = createReplica(pool, { shared: shared(), stored: { artifacts: store.artifacts, isShared: false } });
    expect((await compile(second, "one")).use).toBe("store");
    await second.close();
    const third = createReplica(pool, { shared: shared() });
    expect((await compile(third, "one")).use).toBe("redis");
    expect(pool.compiled).toEqual([]);
    await stop();
  });
});
