import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { acts, admit, compileOnce, type Patient } from "./trouble.ts";

/** Runbooks on one server and its store; each trouble is made, and seen to be mended, one after the other. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const folder = mkdtempSync(join(tmpdir(), "runbooks-"));
const database = join(folder, "store.db");
const examples = new URL("../../docs/examples/patterns/", import.meta.url).pathname;
const settings = { WFC_STORE: `sqlite:${database}`, WFC_BACKUP_DIR: folder };

let patient: Patient;

beforeAll(async () => {
  // A limit that no definition of this size keeps.
  patient = await admit({ ...settings, WFC_JOB_LIMIT: "100ms" });
});

afterAll(async () => {
  await patient?.service.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Another process on the same store. */
async function restarted(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  await patient.service.stop();
  patient = await admit({ ...settings, ...environment });
}

function definition(name: string, size: number): string {
  const path = join(folder, `${name}.yaml`);
  const fields = Array.from({ length: size }, (_, index) => `    f${index}: \${ input.total * ${index} }`);
  writeFileSync(
    path,
    `apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: ${name} }
spec:
  input: { type: object, properties: { total: { type: number } }, required: [total] }
  nodes: []
  output:
${fields.join("\n")}
`,
  );
  return path;
}

async function replica(...args: readonly string[]): Promise<unknown> {
  const { replicas } = await patient.ask(...args);
  const [first] = Array.isArray(replicas) ? replicas : [];
  return first?.result;
}

async function deadLetters(): Promise<unknown> {
  return (await patient.ask("deadletter", "list")).deadLetters;
}

test("persistent-errors: dead letters of a limit that was too low are tried again under a higher one", async () => {
  await patient.run("compile", definition("large", 2_000), "--out", folder);
  expect(await deadLetters()).toMatchObject([{ state: "waiting" }]);
  await restarted();
  const mended = await patient.mend("persistent-errors");
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
  expect(await deadLetters()).toMatchObject([{ state: "resolved" }]);
});

test("rate-limit-exceeded: calls that were refused pass", async () => {
  await patient.run("ratelimit", "set", "call", "1/1m", "--yes");
  const path = definition("small", 1);
  await compileOnce(patient, path);
  expect(await compileOnce(patient, path)).toBe(status.RESOURCE_EXHAUSTED);
  const mended = await patient.mend("rate-limit-exceeded");
  expect([mended.mended, acts(mended)]).toEqual([true, [0, 0]]);
  expect(await compileOnce(patient, path)).toBe(status.OK);
});

test("cache-stampede: a cold cache is warmed", async () => {
  const mended = await patient.mend("cache-stampede", "--set", `DEFINITIONS=${examples}`);
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
  const again = await patient.ask("cache", "warm", examples, "--yes");
  expect(again.replicas).toMatchObject([{ result: { compiled: 0, failed: 0 } }]);
});

test("high-memory: what fills the memory is forgotten", async () => {
  const entriesBefore = await replica("cache", "stats");
  expect(entriesBefore).not.toMatchObject({ entries: 0 });
  const mended = await patient.mend("high-memory", "--only", "Forget compiled answers");
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
  expect(await replica("cache", "stats")).toMatchObject({ entries: 0 });
});

test("unhealthy-replica: a replica that is held serves again", async () => {
  await patient.run("drain", "--yes", "--reason", "forgotten");
  expect((await patient.run("health")).code).toBe(100);
  const mended = await patient.mend("unhealthy-replica");
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
});

test("high-error-rate: a bad replica is taken out of service, and put back", async () => {
  const out = await patient.mend("high-error-rate", "--only", "Take the replica out of service", "--wait", "1s");
  expect([out.mended, acts(out)]).toEqual([false, [0]]);
  expect(await compileOnce(patient, definition("refused", 1))).toBe(status.UNAVAILABLE);
  const back = await patient.mend("high-error-rate", "--only", "Put it back");
  expect([back.mended, acts(back)]).toEqual([true, [0]]);
});

async function callRate(): Promise<unknown> {
  const shown = await replica("ratelimit", "show");
  if (typeof shown !== "object" || shown === null || !("limits" in shown) || !Array.isArray(shown.limits)) return null;
  return shown.limits.find(({ name }) => name === "call")?.rate;
}

test("high-latency: callers are limited", async () => {
  const mended = await patient.mend("high-latency", "--set", "RATE=600/1m+100");
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
  expect(await callRate()).toMatchObject({ count: 600, perMs: 60_000, burst: 100 });
});

test("security-incident: the log is kept, and callers are throttled", async () => {
  const out = join(folder, "audit.jsonl");
  const mended = await patient.mend("security-incident", "--set", `OUT=${out}`, "--set", "RATE=5/1m+1");
  expect([mended.mended, acts(mended)]).toEqual([true, [0, 0]]);
  const records = readFileSync(out, "utf8").trim().split("\n");
  expect(records.length).toBeGreaterThan(10);
  expect(await callRate()).toMatchObject({ count: 5, perMs: 60_000, burst: 1 });
});

test("restore-from-backup: an empty store gets back what it held", async () => {
  const backup = join(folder, "backup");
  expect((await patient.run("backup", "create", "--out", backup)).code).toBe(0);
  await patient.service.stop();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  patient = await admit(settings);
  expect(await deadLetters()).toEqual([]);
  const mended = await patient.mend("restore-from-backup", "--set", `BACKUP=${backup}`);
  expect([mended.mended, acts(mended)]).toEqual([true, [0, 0, 0]]);
  expect(await deadLetters()).toMatchObject([{ state: "resolved" }]);
});
