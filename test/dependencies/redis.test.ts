import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { connectRedis, type RedisConnection } from "../../server/dependencies/redis.ts";
import { redisScript } from "../../server/dependencies/redis-script.ts";
import { createAuthority, issueServer } from "../tls/certificates.ts";
import { freePort, startRedis, type TestRedis, until } from "./redis.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function redisServer(options: Parameters<typeof startRedis>[0] = {}): Promise<TestRedis> {
  const server = await startRedis(options);
  cleanUps.push(() => server.stop());
  return server;
}

function connection(url: string, openMs = 60_000): { redis: RedisConnection; lines: unknown[] } {
  const lines: unknown[] = [];
  const log = {
    info: (...line: unknown[]) => void lines.push(line),
    warn: (...line: unknown[]) => void lines.push(line),
  };
  const redis = connectRedis(url, { log, openMs, timeoutMs: 1_000 });
  cleanUps.push(() => redis.close());
  return { redis, lines };
}

function ready(redis: RedisConnection): Promise<void> {
  return new Promise((resolve) => redis.onReady(resolve));
}

describe("a connection to Redis", () => {
  test("sends commands and gives strings as bytes", async () => {
    const { redis } = connection((await redisServer()).url);
    await ready(redis);
    const value = Buffer.from([0, 255, 13, 10]);
    await redis.command("SET", "key", value);
    expect(await redis.command("GET", "key")).toEqual(value);
    expect(await redis.command("GET", "absent")).toBeNull();
  });

  test("runs scripts, also after Redis has forgotten them", async () => {
    const { redis } = connection((await redisServer()).url);
    await ready(redis);
    const script = redisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    expect(await redis.script(script, ["counter"], ["2"])).toBe(2);
    await redis.command("SCRIPT", "FLUSH");
    expect(await redis.script(script, ["counter"], ["3"])).toBe(5);
  });

  test("an error that Redis answers with does not open the circuit", async () => {
    const { redis } = connection((await redisServer()).url);
    await ready(redis);
    await redis.command("SET", "key", "text");
    for (let i = 0; i < 10; i++) await expect(redis.command("LPUSH", "key", "1")).rejects.toThrow("WRONGTYPE");
    expect(redis.guard.state()).toBe("closed");
  });

  test("messages come from other connections", async () => {
    const server = await redisServer();
    const { redis } = connection(server.url);
    const { redis: other } = connection(server.url);
    const messages: string[] = [];
    redis.subscribe("news", (message) => messages.push(message));
    await Promise.all([ready(redis), ready(other)]);
    await until(async () => (await other.command("PUBLISH", "news", "hello")) === 1);
    await until(() => messages.length > 0);
    expect(messages).toEqual(["hello"]);
  });

  test("where Redis is away commands fail at once, the circuit opens, and the start is not held up", async () => {
    const { redis } = connection(`redis://127.0.0.1:${await freePort()}`);
    const states: string[] = [];
    redis.guard.onState((state) => states.push(state));
    for (let i = 0; i < 5; i++) await expect(redis.command("GET", "key")).rejects.toThrow();
    await expect(redis.command("GET", "key")).rejects.toMatchObject({ dependency: "redis", reason: "open" });
    expect(states).toEqual(["open"]);
  });

  test("is made again after Redis was killed, with its subscriptions", async () => {
    const server = await redisServer();
    const { redis, lines } = connection(server.url, 50);
    const messages: string[] = [];
    redis.subscribe("news", (message) => messages.push(message));
    await ready(redis);
    await server.kill();
    await until(async () =>
      redis.check().then(
        () => false,
        () => redis.guard.state() === "open",
      ),
    );
    await server.restart();
    await until(async () =>
      redis.check().then(
        () => true,
        () => false,
      ),
    );
    expect(redis.guard.state()).toBe("closed");
    const { redis: other } = connection(server.url);
    await ready(other);
    await until(async () => (await other.command("PUBLISH", "news", "again")) === 1);
    await until(() => messages.length > 0);
    expect(messages).toEqual(["again"]);
    expect(lines.filter((line) => JSON.stringify(line).includes("redis is away")).length).toBeGreaterThan(0);
  });

  test("a Redis that hangs is given up, and found again when it answers", async () => {
    const server = await redisServer();
    const redis = connectRedis(server.url, { log: { info() {}, warn() {} }, timeoutMs: 30, openMs: 50 });
    cleanUps.push(() => redis.close());
    await ready(redis);
    server.pause();
    await until(async () =>
      redis.check().then(
        () => false,
        () => redis.guard.state() === "open",
      ),
    );
    server.resume();
    await until(async () =>
      redis.check().then(
        () => true,
        () => false,
      ),
    );
    expect(redis.guard.state()).toBe("closed");
  });

  test("speaks TLS to rediss:, and only with a server that it can trust", async () => {
    const folder = await mkdtemp(join(tmpdir(), "wfc-redis-"));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const authority = await createAuthority("redis");
    const pair = await issueServer(authority);
    const files = { cert: pair.cert, key: pair.key, ca: authority.cert };
    for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, name), pem);
    const [cert, key, ca] = ["cert", "key", "ca"].map((name) => join(folder, name)) as [string, string, string];
    const { url } = await redisServer({ tls: { cert, key, ca } });
    const stranger = connection(url);
    await until(() => stranger.lines.length > 0);
    await expect(stranger.redis.command("GET", "key")).rejects.toThrow();
    const trusted = getCACertificates("default");
    cleanUps.push(() => setDefaultCACertificates(trusted));
    setDefaultCACertificates([...trusted, authority.cert]);
    const { redis } = connection(url);
    await ready(redis);
    await redis.command("SET", "key", "kept");
    expect(String(await redis.command("GET", "key"))).toBe("kept");
  });

  test("a password opens it and is in no line of the log, also where it is wrong", async () => {
    const server = await redisServer({ password: "s3cr3t/@" });
    const { redis, lines } = connection(server.url);
    await ready(redis);
    expect(await redis.command("GET", "key")).toBeNull();
    const wrong = connection(server.url.replace("s3cr3t", "wr0ng"));
    await until(() => wrong.lines.length > 0);
    expect(JSON.stringify([...lines, ...wrong.lines])).not.toMatch(/s3cr3t|wr0ng/);
  });
});
