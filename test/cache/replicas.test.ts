import { CacheOutcome } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CompileCache } from "../../server/cache/cache.ts";
import { createSharedTier } from "../../server/cache/redis-tier.ts";
import { connectRedis, type RedisConnection } from "../../server/dependencies/redis.ts";
import { startRedis, type TestRedis, until } from "../dependencies/redis.ts";
import {
  compilationOf,
  compile,
  createReplica,
  createTestPool,
  diagnostic,
  identity,
  type TestPool,
} from "./replica.ts";

const { CACHE_OUTCOME_MISS, CACHE_OUTCOME_HIT, CACHE_OUTCOME_SHARED_HIT, CACHE_OUTCOME_COALESCED } = CacheOutcome;

const silent = { info() {}, warn() {} };

let server: TestRedis;
let cleanUps: (() => unknown)[] = [];
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  const redis = await connected();
  await redis.command("FLUSHALL");
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  cleanUps = [];
});
afterAll(() => server.stop());

interface Replica {
  readonly cache: CompileCache;
  readonly pool: TestPool;
  readonly redis: RedisConnection;
}

async function connected(openMs = 60_000): Promise<RedisConnection> {
  const redis = connectRedis(server.url, { log: silent, timeoutMs: 2_000, openMs });
  cleanUps.push(() => redis.close());
  await new Promise<void>((resolve) => redis.onReady(resolve));
  return redis;
}

async function replica(
  more: { pool?: TestPool; leaseMs?: number; openMs?: number; version?: string } = {},
): Promise<Replica> {
  const { pool = createTestPool(), leaseMs = 10_000, openMs, version = "1.0.0" } = more;
  const redis = await connected(openMs);
  const shared = createSharedTier(redis, { leaseMs, now: Date.now });
  const cache = createReplica(pool, { shared, identity: { ...identity, version } });
  cleanUps.push(() => cache.close());
  return { cache, pool, redis };
}

const outcome = async (cache: CompileCache, text: string) => (await compile(cache, text)).response.cache;

/** Keys of answers, not of leases. */
async function keysIn(redis: RedisConnection): Promise<string[]> {
  const keys = await redis.command("KEYS", "wfc:1:*");
  return Array.isArray(keys) ? keys.map(String).filter((key) => !key.endsWith(":lease")) : [];
}

describe("two replicas", () => {
  test("use each other's answers, of invalid definitions too", async () => {
    const [a, b] = [await replica(), await replica()];
    for (const text of ["one", "invalid", "x".repeat(100_000)]) {
      const made = await compile(a.cache, text);
      await a.cache.close();
      const found = await compile(b.cache, text, { profile: true });
      expect(found.response).toMatchObject({
        ...made.response,
        cache: CACHE_OUTCOME_SHARED_HIT,
        profile: { totalMs: 4 },
      });
      expect(found).toMatchObject({
        ok: made.ok,
        errorCodes: made.errorCodes,
        format: "graph",
        use: "redis",
        run: null,
      });
      expect(await outcome(b.cache, text)).toBe(CACHE_OUTCOME_HIT);
    }
    expect(b.pool.compiled).toEqual([]);
    expect(b.cache.stats().uses).toMatchObject({ redis: 3, memory: 3, miss: 0 });
  });

  test("share answers compressed, and for a bounded time", async () => {
    const { cache, redis } = await replica();
    await compile(cache, "x".repeat(100_000));
    await cache.close();
    const [key = ""] = await keysIn(redis);
    expect(await redis.command("STRLEN", key)).toBeLessThan(2_000);
    expect(Number(await redis.command("PTTL", key))).toBeGreaterThan(3_600_000);
    expect(Number(await redis.command("PTTL", key))).toBeLessThanOrEqual(86_400_000);
  });

  test("of different versions do not", async () => {
    const [a, b] = [await replica(), await replica({ version: "1.0.1" })];
    await compile(a.cache, "one");
    await a.cache.close();
    expect(await outcome(b.cache, "one")).toBe(CACHE_OUTCOME_MISS);
  });

  test("compile once what both are asked for at the same time", async () => {
    const [a, b] = [await replica(), await replica()];
    a.pool.hold();
    const first = compile(a.cache, "one");
    await until(() => a.pool.underWay === 1);
    const others = [0, 1, 2].map(() => outcome(b.cache, "one"));
    a.pool.release();
    expect((await first).response.cache).toBe(CACHE_OUTCOME_MISS);
    expect(await Promise.all(others)).toEqual(Array(3).fill(CACHE_OUTCOME_COALESCED));
    expect([a.pool.compiled.length, b.pool.compiled.length]).toEqual([1, 0]);
  });

  test("do not wait for one that failed, or whose answer is not kept", async () => {
    const failing = createTestPool(() => {
      throw new Error("a fault");
    });
    const limited = createTestPool((text) => ({
      ...compilationOf(text),
      artifact: null,
      diagnostics: [diagnostic("job limit")],
    }));
    const b = await replica();
    for (const pool of [failing, limited]) {
      const a = await replica({ pool });
      pool.hold();
      const first = compile(a.cache, `of ${pool === failing}`);
      const ended = pool === failing ? expect(first).rejects.toThrow("a fault") : first;
      await until(() => pool.underWay === 1);
      const other = outcome(b.cache, `of ${pool === failing}`);
      pool.release();
      await ended;
      expect(await other).toBe(CACHE_OUTCOME_MISS);
    }
  });

  test("wait for one that died no longer than its lease", async () => {
    const dead = await replica({ leaseMs: 300 });
    dead.pool.hold();
    const lost = compile(dead.cache, "one").catch(() => null);
    await until(() => dead.pool.underWay === 1);
    const { cache, pool } = await replica({ leaseMs: 300 });
    expect(await outcome(cache, "one")).toBe(CACHE_OUTCOME_MISS);
    expect(pool.compiled).toHaveLength(1);
    dead.pool.release();
    await lost;
  });

  test("a caller who leaves while another replica compiles is let go", async () => {
    const [a, b] = [await replica(), await replica()];
    a.pool.hold();
    const first = compile(a.cache, "one");
    await until(() => a.pool.underWay === 1);
    const leaving = new AbortController();
    const left = expect(compile(b.cache, "one", {}, leaving.signal)).rejects.toThrow("left");
    leaving.abort(new Error("left"));
    await left;
    a.pool.release();
    await first;
    expect(b.pool.compiled).toEqual([]);
  });
});

describe("what stands in Redis", () => {
  const damages: Readonly<Record<string, (value: Buffer) => Buffer>> = {
    "cut short": (value) => value.subarray(0, value.length - 1),
    "nothing but a header": (value) => value.subarray(0, 57),
    empty: () => Buffer.alloc(0),
    foreign: () => Buffer.from("hello"),
    "of a changed byte": (value) => flipped(value, value.length - 3),
    "of a changed checksum": (value) => flipped(value, 30),
    "of another length": (value) => flipped(value, 23),
    "of another form": (value) => flipped(value, 20),
    "of a huge length": (value) => Buffer.concat([value.subarray(0, 21), Buffer.alloc(4, 255), value.subarray(25)]),
    "too large": (value) => Buffer.concat([value, Buffer.alloc(9 * 1024 * 1024)]),
  };

  test.each(Object.keys(damages))("is a miss where it is %s, and is mended", async (name) => {
    const { redis, cache } = await replica();
    await compile(cache, "one and then some".repeat(100));
    await cache.close();
    const [key = ""] = await keysIn(redis);
    const value = await redis.command("GET", key);
    await redis.command("SET", key, damages[name]?.(Buffer.from(value as Buffer)) ?? "");
    const other = await replica();
    const { response } = await compile(other.cache, "one and then some".repeat(100));
    expect(response.cache).toBe(CACHE_OUTCOME_MISS);
    expect(response.artifact?.files[0]?.content).toBe("one and then some".repeat(100));
    await other.cache.close();
    expect(await outcome((await replica()).cache, "one and then some".repeat(100))).toBe(CACHE_OUTCOME_SHARED_HIT);
  });

  test("is a miss where it belongs to another key, or is of another type", async () => {
    const { redis, cache } = await replica();
    await compile(cache, "one");
    await cache.close();
    const [one = ""] = await keysIn(redis);
    await compile(cache, "two");
    await cache.close();
    const two = (await keysIn(redis)).find((key) => key !== one) ?? "";
    await redis.command("COPY", one, two, "REPLACE");
    const { response } = await compile((await replica()).cache, "two");
    expect(response).toMatchObject({ cache: CACHE_OUTCOME_MISS, artifact: { workflowName: "two" } });
    await redis.command("DEL", one);
    await redis.command("LPUSH", one, "x");
    const mending = await replica();
    expect(await outcome(mending.cache, "one")).toBe(CACHE_OUTCOME_MISS);
    expect(mending.redis.guard.state()).toBe("closed");
    await mending.cache.close();
    expect(await outcome((await replica()).cache, "one")).toBe(CACHE_OUTCOME_SHARED_HIT);
  });
});

describe("clear", () => {
  test("on all replicas forgets everywhere", async () => {
    const [a, b] = [await replica(), await replica()];
    await compile(a.cache, "one");
    await a.cache.close();
    await compile(b.cache, "one");
    expect(await a.cache.clear("all")).toEqual({ entries: 1, everywhere: true });
    await until(() => b.cache.stats().entries === 0);
    expect(await outcome(b.cache, "one")).toBe(CACHE_OUTCOME_MISS);
    await b.cache.close();
    expect(await outcome(a.cache, "one")).toBe(CACHE_OUTCOME_SHARED_HIT);
  });

  test("on one replica leaves the others and Redis alone", async () => {
    const [a, b] = [await replica(), await replica()];
    await compile(a.cache, "one");
    await a.cache.close();
    await compile(b.cache, "one");
    expect(await a.cache.clear("replica")).toEqual({ entries: 1, everywhere: false });
    expect(await outcome(b.cache, "one")).toBe(CACHE_OUTCOME_HIT);
    expect(await outcome(a.cache, "one")).toBe(CACHE_OUTCOME_SHARED_HIT);
  });

  test("reaches a compile that was under way on another replica", async () => {
    const [a, b] = [await replica(), await replica()];
    b.pool.hold();
    const under = compile(b.cache, "one");
    await until(() => b.pool.underWay === 1);
    await a.cache.clear("all");
    b.pool.release();
    await under;
    await b.cache.close();
    expect(await keysIn(a.redis)).toEqual([]);
    expect(await outcome(a.cache, "one")).toBe(CACHE_OUTCOME_MISS);
  });

  test("reaches a replica that was cut off meanwhile, when it is back", async () => {
    const a = await replica();
    const b = await replica({ openMs: 20 });
    await compile(b.cache, "one");
    await b.cache.close();
    await a.redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await a.redis.command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes").catch(() => null);
    await until(async () => (await a.cache.clear("all")).everywhere);
    await until(() => b.cache.stats().entries === 0);
    expect(await outcome(b.cache, "one")).toBe(CACHE_OUTCOME_MISS);
  });

  test("says that nobody was told where Redis is away", async () => {
    const { cache } = await replica();
    await compile(cache, "one");
    await server.kill();
    expect(await cache.clear("all")).toEqual({ entries: 1, everywhere: false });
    await server.restart();
  });

  test("is not undone by a Redis that has lost its data", async () => {
    const a = await replica({ openMs: 20 });
    await a.cache.clear("all");
    await compile(a.cache, "one");
    await server.restart();
    await until(async () =>
      a.redis.check().then(
        () => true,
        () => false,
      ),
    );
    expect(await outcome(a.cache, "one")).toBe(CACHE_OUTCOME_HIT);
    await compile(a.cache, "two");
    await a.cache.close();
    const b = await replica();
    expect(await outcome(b.cache, "two")).toBe(CACHE_OUTCOME_SHARED_HIT);
    await compile(b.cache, "three");
    await b.cache.clear("all");
    await until(() => a.cache.stats().entries === 0);
  });
});

describe("Redis killed, restarted and hung under load", () => {
  test("fails no compile and gives no wrong answer", async () => {
    const [a, b] = [await replica({ openMs: 100 }), await replica({ openMs: 100 })];
    let going = true;
    let answered = 0;
    const uses = new Set<string>();
    const caller = async (number: number): Promise<void> => {
      for (let i = 0; going; i++) {
        const text = `${i % 3 === 0 ? "invalid " : ""}definition ${Math.floor(i / 2)} ${number % 2}`;
        const { response, use } = await compile((i + number) % 4 < 2 ? a.cache : b.cache, text, {
          noCache: i % 11 === 0,
        });
        if (text.startsWith("invalid")) expect(response.diagnostics[0]?.code).toBe("WF_SOURCE_010");
        else expect(response.artifact?.files[0]?.content).toBe(text);
        uses.add(use ?? "none");
        answered++;
        await new Promise(setImmediate);
      }
    };
    const callers = Promise.all(Array.from({ length: 8 }, (_, number) => caller(number)));
    const more = async (count: number) => {
      const goal = answered + count;
      await until(() => answered >= goal);
    };
    const closed = () => a.redis.guard.state() === "closed" && b.redis.guard.state() === "closed";
    await more(150);
    for (let i = 0; i < 2; i++) {
      await server.kill();
      await more(150);
      await server.restart();
      await until(closed);
      await more(150);
    }
    server.pause();
    // Each new definition waits for the timeout, until the circuit opens.
    await more(100);
    server.resume();
    await until(closed);
    await more(150);
    going = false;
    await callers;
    expect([...uses].sort()).toEqual(["bypassed", "coalesced", "memory", "miss", "redis"]);
  });
});

function flipped(value: Buffer, at: number): Buffer {
  const copy = Buffer.from(value);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
