import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfigText } from "../../ops-cli/config-file.ts";
import { serverSettings, shownValue } from "../../ops-cli/server-settings.ts";
import { readConfig, showConfig } from "../../server/config/read.ts";
import { settings } from "../../server/config/settings.ts";
import { expectJson, wfops } from "../ops-cli/wfops.ts";

/** `config validate` judges a file as the server does, though wfops has nothing of the server. */

test("the table of settings is the server's", () => {
  expect(
    serverSettings.map(({ variable, fallback, allowed, secret }) => [variable, fallback, allowed, secret]),
  ).toEqual(
    Object.values(settings).map(({ variable, fallback, allowed, secret }) => [
      variable,
      fallback,
      allowed,
      secret === true,
    ]),
  );
});

const values = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "1",
    "64",
    "65",
    "off",
    "adaptive",
    "info",
    "0.5",
    "1.5",
    "10m",
    "30s",
    "5m",
    "11m",
    "1h",
    "3650d",
    "3651d",
  ),
  fc.constantFrom(
    "100/1m+20",
    "100/1m",
    "0/1m",
    "1/999ms",
    "1/1d",
    "1/2d",
    "1/1s+0",
    "1000000001/1s",
    "1/1s+1000000001",
  ),
  fc.constantFrom("0.0.0.0:50052", "127.0.0.1:0", "[::1]:5", "localhost:70000", ":5", "a b:5", "host"),
  fc.constantFrom(
    "redis://a:b@c",
    "rediss://x",
    "postgres://u:p@h/db?x=y",
    "sqlite:",
    "sqlite:x",
    "https://x",
    "http://x",
    "ftp://x",
  ),
  fc
    .tuple(
      fc.constantFrom("redis", "rediss", "postgres", "postgresql", "https"),
      fc.string({ unit: fc.constantFrom("a", "%", "%4", "%41", "%c3", "%zz", ":", "ä"), maxLength: 4 }),
      fc.constantFrom("@h", "@h/db", "@[::1]:6379", "@", ""),
    )
    .map(([scheme, login, rest]) => `${scheme}://${login}${rest}`),
  fc.integer({ min: -5, max: 200_000_000_000 }).map(String),
  fc.string({ maxLength: 12 }),
);

test("a file is refused where the server refuses it, for the same reason", () => {
  const names = serverSettings.map(({ variable }) => variable);
  const file = fc.dictionary(fc.constantFrom(...names, "WFC_WORKER"), values, { maxKeys: 6 });
  fc.assert(
    fc.property(file, (tree) => {
      const text = JSON.stringify(tree);
      const { config, faults, warnings } = readConfig({}, text);
      const { findings } = readConfigText(text);
      const errors = findings.filter(({ severity }) => severity === "error");
      expect(errors.length > 0).toBe(config === null);
      const told = errors.map(({ variable, message }) => `${variable} ${message}`);
      for (const fault of faults.filter((one) => one.includes("; it must be "))) expect(told).toContain(fault);
      expect(findings.filter(({ severity }) => severity === "warning").length).toBe(warnings.length);
    }),
    { numRuns: 2_000 },
  );
});

test("values are shown as the server shows them", () => {
  const secret = fc.tuple(fc.constantFrom("WFC_REDIS_URL", "WFC_STORE"), values);
  fc.assert(
    fc.property(secret, ([variable, value]) => {
      const shown = showConfig({ [variable]: value }, null).find((setting) => setting.variable === variable);
      expect(shownValue(variable, value)).toBe(shown?.value);
    }),
  );
});

test("what is not set has no password to hide", () => {
  const shown = new Map(showConfig({}, null).map(({ variable, value }) => [variable, value]));
  expect([shown.get("WFC_REDIS_URL"), shown.get("WFC_STORE")]).toEqual(["", "sqlite:data/workflow-compiler.db"]);
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wfops-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("findings have their place, and exit code 100", async () => {
  const path = join(folder, "server.yaml");
  writeFileSync(path, "WFC_LOGLEVEL: x\nWFC_WORKERS: 0\nWFC_REDIS_URL: ftp://me:secret@host\n");
  const ran = await wfops(["config", "validate", path]);
  expect([ran.code, ran.stderr]).toEqual([100, ""]);
  expect(ran.stdout).toBe(
    [
      `${path}:1:1: warning: WFC_LOGLEVEL is not a setting; did you mean WFC_LOG_LEVEL?`,
      `${path}:2:1: error: WFC_WORKERS is "0"; it must be a whole number from 1 to 64`,
      `${path}:3:1: error: WFC_REDIS_URL is "ftp://me:***@host/"; it must be a redis: or rediss: URL, or empty for none`,
      "2 errors: no server starts with it.",
      "",
    ].join("\n"),
  );
  writeFileSync(path, "WFC_WORKERS: [1\n");
  const broken = await wfops(["config", "validate", path, "--json"]);
  expect([broken.code, expectJson("config validate", broken)]).toMatchObject([
    100,
    { valid: false, findings: [{ severity: "error", variable: "", line: expect.any(Number) }] },
  ]);
  writeFileSync(path, "WFC_WORKERS: 2\n");
  expect(await wfops(["config", "validate", path])).toMatchObject({ code: 0, stdout: `${path} is good.\n` });
});
