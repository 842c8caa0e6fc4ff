import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { acts, admit, type Patient } from "./trouble.ts";

/** Runbooks on one server and its store; each trouble is made, and seen to be mended, one after the other. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "runbooks-"));
const database = join(folder, "store.db");
const examples = new URL("../../docs/examples/", import.meta.url).pathname;
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

test("persistent-errors: dead letters of a limit that was too low are tried again under a higher one", async () => {
  await patient.run("compile", definition("large", 2_000), "--out", folder);
  const { letters } = await patient.ask("deadletter", "list");
  expect(letters).toMatchObject([{ state: "waiting" }]);
  await restarted();
  const mended = await patient.mend("persistent-errors");
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
  const after = await patient.ask("deadletter", "list");
  expect(after.letters).toMatchObject([{ state: "resolved" }]);
});

test("rate-limit-exceeded: calls that were refused pass", async () => {
  await patient.run("ratelimit", "set", "call", "1/1m", "--yes");
  const path = definition("small", 1);
  await patient.run("validate", path);
  const refused = await patient.run("compile", path, "--timeout", "1s");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("rate")]);
  const mended = await patient.mend("rate-limit-exceeded");
  expect([mended.mended, acts(mended)]).toEqual([true, [0, 0]]);
  const passed = await patient.run("compile", path, "--out", folder);
  expect([passed.code, passed.stderr]).toEqual([0, expect.anything()]);
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
  const refused = await patient.run("compile", definition("refused", 1), "--timeout", "2s");
  expect(refused.code).toBe(1);
  const back = await patient.mend("high-error-rate", "--only", "Put it back");
  expect([back.mended, acts(back)]).toEqual([true, [0]]);
});

test("high-latency: callers are limited", async () => {
  const mended = await patient.mend("high-latency", "--set", "RATE=600/1m+100");
  expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
  expect(JSON.stringify(await patient.ask("ratelimit", "show"))).toContain("600/1m+100");
});

test("security-incident: the log is kept, and callers are throttled", async () => {
  const out = join(folder, "audit.jsonl");
  const mended = await patient.mend("security-incident", "--set", `OUT=${out}`, "--set", "RATE=5/1m+1");
  expect([mended.mended, acts(mended)]).toEqual([true, [0, 0]]);
  const records = readFileSync(out, "utf8").trim().split("\n");
  expect(records.length).toBeGreaterThan(10);
  expect(JSON.stringify(await patient.ask("ratelimit", "show"))).toContain("5/1m+1");
});

test("restore-from-backup: an empty store gets back what it held", async () => {
  const backup = join(folder, "backup");
  expect((await patient.run("backup", "create", "--out", backup)).code).toBe(0);
  await patient.service.stop();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  patient = await admit(settings);
  expect((await patient.ask("deadletter", "list")).letters).toEqual([]);
  const mended = await patient.mend("restore-from-backup", "--set", `BACKUP=${backup}`);
  expect([mended.mended, acts(mended)]).toEqual([true, [0, 0, 0]]);
  expect((await patient.ask("deadletter", "list")).letters).toMatchObject([{ state: "resolved" }]);
});
