import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Principal } from "../../server/admission/call.ts";
import { createRateLimiter, type RateLimiter } from "../../server/admission/rate-limit.ts";
import { type SharedBuckets, shareBuckets } from "../../server/admission/shared-buckets.ts";
import { connectRedis, type RedisConnection } from "../../server/dependencies/redis.ts";
import { startRedis, type TestRedis, until } from "../dependencies/redis.ts";
import { noRates } from "../service/harness.ts";

interface Replica {
  readonly limiter: RateLimiter;
  readonly shared: SharedBuckets;
  readonly redis: RedisConnection;
}

let server: TestRedis;
let replicas: Replica[] = [];
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(() => server.restart());
afterEach(() => {
  for (const { shared, redis } of replicas) {
    shared.close();
    redis.close();
  }
  replicas = [];
});
afterAll(() => server.stop());

const burst = 6;
const hourly = { count: 1, perMs: 3_600_000, burst };

async function startReplica(): Promise<Replica> {
  const redis = connectRedis(server.url, { log: pino({ level: "silent" }), openMs: 50 });
  const shared = shareBuckets(redis);
  const limiter = createRateLimiter({ ...noRates, call: hourly }, { sharing: shared });
  const replica = { limiter, shared, redis };
  replicas.push(replica);
  await until(() => answers(redis));
  return replica;
}

const answers = (redis: RedisConnection): Promise<boolean> =>
  redis.check().then(
    () => true,
    () => false,
  );

const call = (name: string) => {
  const principal: Principal = { name, kind: "token", roles: new Set() };
  return { principal, address: "10.0.0.1", method: "M" };
};
const takes = ({ limiter }: Replica, name = "a"): boolean => limiter.takeCall(call(name)) === null;

describe("two replicas with one Redis", () => {
  test("have one bucket, where each call is told of before the next", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    let letIn = 0;
    for (let index = 0; index < 4 * burst; index++) {
      const replica = index % 2 === 0 ? a : b;
      if (takes(replica)) letIn++;
      await replica.shared.sync();
    }
    // Each learns with its own next call what the other took: one more for the second.
    expect(letIn).toBeGreaterThanOrEqual(burst);
    expect(letIn).toBeLessThanOrEqual(burst + 1);
  });

  test("let in a burst each at the same moment, at most, and owe what was too much", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    for (let index = 0; index < burst; index++) expect([takes(a), takes(b)]).toEqual([true, true]);
    expect([takes(a), takes(b)]).toEqual([false, false]);
    await Promise.all([a.shared.sync(), b.shared.sync()]);
    const third = await startReplica();
    expect(takes(third)).toBe(true);
    await third.shared.sync();
    expect(takes(third)).toBe(false);
    // As full as two bursts are, and no fuller: more is not held against a caller.
    expect(third.limiter.takeCall(call("a"))?.retryAfterMs).toBeGreaterThan(burst * 3_600_000);
  });

  test("tell each other without being asked", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    for (let index = 0; index < burst; index++) takes(a);
    await until(async () => Number(await a.redis.command("DBSIZE")) === 1);
    expect(takes(b)).toBe(true);
    await until(() => !takes(b));
  });

  test("keep callers apart", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    for (let index = 0; index < burst; index++) takes(a, "spent");
    takes(a, "other");
    await a.shared.sync();
    takes(b, "spent");
    takes(b, "other");
    await b.shared.sync();
    expect([takes(b, "spent"), takes(b, "other")]).toEqual([false, true]);
  });

  test("fill buckets together", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    for (const replica of [a, b]) {
      while (takes(replica, "x"));
      while (takes(replica, "y"));
      await replica.shared.sync();
    }
    a.limiter.reset("x");
    await until(() => takes(b, "x"));
    expect([takes(a, "x"), takes(a, "y"), takes(b, "y")]).toEqual([true, false, false]);
    b.limiter.reset();
    await until(() => takes(a, "y"));
  });

  test("forget in Redis what is full again", async () => {
    const a = await startReplica();
    a.limiter.set("call", { count: 1_000, perMs: 1_000, burst: 5 });
    takes(a);
    await a.shared.sync();
    await until(async () => Number(await a.redis.command("DBSIZE")) === 0);
  });
});

describe("when Redis goes away", () => {
  test("each replica limits for itself, and nothing fails; when it is back they share again", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    for (let index = 0; index < burst - 1; index++) takes(a);
    await a.shared.sync();
    await server.kill();
    expect([takes(a), takes(a), takes(b)]).toEqual([true, false, true]);
    await Promise.all([a.shared.sync(), b.shared.sync()]);
    expect(takes(a)).toBe(false);

    await server.restart();
    await until(async () => (await answers(a.redis)) && (await answers(b.redis)));
    while (takes(a, "later"));
    await a.shared.sync();
    expect(takes(b, "later")).toBe(true);
    await b.shared.sync();
    expect(takes(b, "later")).toBe(false);
  });

  test("one that hangs holds up nobody", async () => {
    const a = await startReplica();
    server.pause();
    for (let index = 0; index < burst; index++) expect(takes(a)).toBe(true);
    expect(takes(a)).toBe(false);
    await a.shared.sync();
    server.resume();
  });
});
