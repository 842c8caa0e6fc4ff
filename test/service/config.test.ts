import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig, showConfig } from "../../server/config/read.ts";
import { settings } from "../../server/config/settings.ts";
import { showRate } from "../../server/config/syntax.ts";

test("nothing set gives the defaults, each as its own text says", () => {
  const { config, faults, warnings } = readConfig({});
  expect(faults).toEqual([]);
  expect(warnings).toEqual([]);
  expect(Object.keys(config ?? {})).toEqual(Object.keys(settings));
  expect(config).toMatchObject({
    grpcAddress: "0.0.0.0:50051",
    maxSourceBytes: 1_048_576,
    deadlineMs: 30_000,
    rateLimit: { count: 100, perMs: 60_000, burst: 20 },
    connectionRate: { count: 10, perMs: 60_000, burst: 10 },
    concurrency: { kind: "adaptive" },
    store: { kind: "sqlite", path: "data/workflow-compiler.db" },
    redisUrl: null,
    operators: [],
    auditRetentionMs: 30 * 86_400_000,
    traceShare: 0.01,
  });
});

test("every fault is told at once, with the variable, its value and what is allowed", () => {
  const environment = {
    WFC_GRPC_ADDR: "50051",
    WFC_LOG_LEVEL: "verbose",
    WFC_MAX_SOURCE_BYTES: "1e6",
    WFC_WORKERS: "0",
    WFC_DEADLINE: "30",
    WFC_DRAIN: "-1s",
    PATH: "/bin",
  };
  const { config, faults } = readConfig(environment);
  expect(config).toBeNull();
  expect(faults).toHaveLength(6);
  expect(faults[0]).toBe('WFC_GRPC_ADDR is "50051"; it must be HOST:PORT; port 0 picks a free one');
  expect(faults[3]).toBe('WFC_WORKERS is "0"; it must be a whole number from 1 to 64');
});

test("a misspelt variable is a warning, because others may own it", () => {
  const { config, warnings } = readConfig({ WFC_WORKER: "4", WFC_SERVICE_HOST: "10.0.0.1" });
  expect(config?.workers).toBe(1);
  expect(warnings).toEqual([
    "WFC_WORKER is not a setting; did you mean WFC_WORKERS?",
    "WFC_SERVICE_HOST is not a setting",
  ]);
});

test("a fault does not show a password", () => {
  const { faults } = readConfig({ WFC_REDIS_URL: "http://user:hunter2@host/", WFC_STORE: "mysql://root:hunter2@db/x" });
  expect(faults).toHaveLength(2);
  expect(faults.join()).not.toContain("hunter2");
  expect(faults[0]).toContain("http://user:***@host/");
});

test.each([
  [{ WFC_TLS_CERT: "a.pem" }, "must be set together"],
  [{ WFC_TLS_CLIENT_CA: "ca.pem" }, "WFC_TLS_CLIENT_CA needs"],
  [{ WFC_JWKS_URL: "https://id.example/keys" }, "needs WFC_JWT_ISSUER", "needs WFC_JWT_AUDIENCE"],
  [{ WFC_DEADLINE: "5m" }, "not be longer than WFC_MAX_DEADLINE"],
  [{ WFC_OPERATIONS_ADDR: "0.0.0.0:50052" }, "it must be on loopback"],
] as const)("settings that do not go together: %o", (environment, ...faults) => {
  const reading = readConfig(environment);
  expect(reading.config).toBeNull();
  expect(reading.faults).toHaveLength(faults.length);
  for (const [index, fault] of faults.entries()) expect(reading.faults[index]).toContain(fault);
});

describe("rates", () => {
  test.each([
    ["100/1m+20", { count: 100, perMs: 60_000, burst: 20 }],
    ["10/1s", { count: 10, perMs: 1_000, burst: 10 }],
    ["off", null],
  ])("%s", (text, rate) => {
    expect(readConfig({ WFC_STREAM_RATE: text }).config?.streamRate).toEqual(rate);
    expect(showRate(rate)).toBe(text === "10/1s" ? "10/1s+10" : text);
  });

  test.each(["", "100", "0/1m", "1/0s", "1/1m+0", "1/1m+", "1e3/1m", "-1/1m"])("%s is not allowed", (text) => {
    expect(readConfig({ WFC_STREAM_RATE: text }).faults).toHaveLength(1);
  });

  test("off for calls is off for all that are not set", () => {
    const { config } = readConfig({ WFC_RATE_LIMIT: "off", WFC_STREAM_RATE: "1/1m" });
    expect(config).toMatchObject({ rateLimit: null, connectionRate: null, globalRate: null });
    expect(config?.streamRate).toEqual({ count: 1, perMs: 60_000, burst: 1 });
  });
});

describe("the configuration file", () => {
  test("sets what the environment does not", () => {
    const { config, faults } = readConfig({ WFC_WORKERS: "3" }, "WFC_WORKERS: 2\nWFC_LOG_LEVEL: debug\n");
    expect(faults).toEqual([]);
    expect(config).toMatchObject({ workers: 3, logLevel: "debug" });
  });

  test.each([
    ["[1]", "must be a map"],
    ["a: [", "neither YAML nor JSON"],
    ["WFC_WORKERS: [2]", "must be a text or a number"],
  ])("%s is a fault", (text, fault) => {
    expect(readConfig({}, text).faults.join()).toContain(fault);
  });
});

test("operators see every setting, without passwords", () => {
  const shown = showConfig({ WFC_STORE: "postgres://wfc:hunter2@db/wfc", WFC_WORKERS: "2" }, null);
  expect(shown).toHaveLength(Object.keys(settings).length);
  expect(shown).toContainEqual({ variable: "WFC_STORE", value: "postgres://wfc:***@db/wfc", isDefault: false });
  expect(shown).toContainEqual({ variable: "WFC_LOG_LEVEL", value: "info", isDefault: true });
});

describe("values", () => {
  test.each([
    ["127.0.0.1:0", true],
    ["localhost:50051", true],
    ["[::1]:50051", true],
    ["::1:50051", false],
    ["host:65536", false],
    ["host:", false],
    [":50051", false],
    ["a b:1", false],
  ])("address %s", (text, allowed) => {
    expect(readConfig({ WFC_GRPC_ADDR: text }).config !== null).toBe(allowed);
  });

  test.each([
    ["100ms", 100],
    ["2m", 120_000],
    ["99ms", null],
    ["1h", null],
    ["1.5s", null],
    ["", null],
  ])("duration %s", (text, expected) => {
    expect(readConfig({ WFC_DEADLINE: text }).config?.deadlineMs ?? null).toBe(expected);
  });
});

test("docs/configuration.md has the same table", () => {
  const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = Object.values(settings).map(
    ({ variable, fallback, allowed, meaning }) =>
      `| \`${variable}\` | ${fallback === "" ? "(empty)" : `\`${fallback}\``} | ${cell(allowed)} | ${cell(meaning)} |`,
  );
  expect(page.split("\n").filter((line) => line.startsWith("| `WFC_"))).toEqual(rows);
});
