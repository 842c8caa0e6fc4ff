import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig, settings } from "../../server/config.ts";

test("nothing set gives the defaults", () => {
  expect(readConfig({})).toEqual({
    config: {
      grpcAddress: "0.0.0.0:50051",
      logLevel: "info",
      componentsDir: "",
      maxSourceBytes: 1_048_576,
      workers: 1,
      jobLimitMs: 10_000,
      deadlineMs: 30_000,
      drainMs: 25_000,
    },
    faults: [],
    warnings: [],
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
