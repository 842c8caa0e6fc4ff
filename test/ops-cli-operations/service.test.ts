import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { ended, expectJson, expectSchema, type Ran, startWfops, wfops } from "../ops-cli/wfops.ts";
import { nowhere } from "./fleet.ts";

/** Commands that need the whole service: one real process with its store in a file. */

let folder: string;
let service: LocalService;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wfops-service-"));
  service = await startLocalService({ WFC_STORE: `sqlite:${folder}/store.db`, WFC_REPLICA: "one" }, { keepLog: true });
  env = { WFOPS_SERVER: service.address, WFOPS_OPERATIONS: service.operationsAddress };
});
afterAll(async () => {
  expect(await service?.stop()).toBe(0);
  rmSync(folder, { recursive: true });
});

const run = (...args: readonly string[]): Promise<Ran> => wfops(args, { env, cwd: folder });
const json = async (command: string, ...args: readonly string[]) => {
  const ran = await run(...command.split(" "), ...args, "--json");
  return { code: ran.code, data: expectJson(command, ran) };
};

describe("check", () => {
  test("finds a service that is well, and warns of what a laptop lacks", async () => {
    const { code, data } = await json("check", "--thorough");
    const { checks, good } = data as { good: boolean; checks: { id: string; verdict: string }[] };
    const verdicts = new Map(checks.map(({ id, verdict }) => [id, verdict]));
    expect([code, good]).toEqual([0, true]);
    for (const id of [
      "operations-reachable",
      "compiler-reachable",
      "compiles",
      "clock",
      "role-operator",
      "store-answers",
      "store-lasts",
      "audit-intact",
      "cache-on",
      "release-tool",
    ])
      expect([id, verdicts.get(id)]).toEqual([id, "ok"]);
    expect(verdicts.get("config-limits")).toBe("warning");
    expect(verdicts.get("redis-answers")).toBe("skipped");
    const strict = await run("check", "--strict", "--only", "config");
    expect(strict.code).toBe(100);
    expect(strict.stdout).toContain("! rate limits are on");
    expect(strict.stdout).toContain("→ Set WFC_RATE_LIMIT");
    expect(strict.stdout).toContain("see docs/configuration.md");
  });

  test("finds that nobody answers, and that a replica is held", async () => {
    const away = await wfops(["check", "--json"], { env: { WFOPS_SERVER: nowhere, WFOPS_OPERATIONS: nowhere } });
    expect(away.code).toBe(100);
    expect(expectJson("check", away)).toMatchObject({
      good: false,
      checks: expect.arrayContaining([
        expect.objectContaining({ id: "operations-reachable", verdict: "failed" }),
        expect.objectContaining({ id: "compiles", verdict: "failed" }),
        expect.objectContaining({ id: "store-answers", verdict: "skipped" }),
      ]),
    });
    expect((await run("drain", "--yes")).stdout).toContain("held, no calls under way");
    const held = await run("check");
    expect([held.code, held.stdout]).toEqual([100, expect.stringContaining("it says NOT_SERVING")]);
    expect((await run("health")).code).toBe(100);
    expect((await run("drain", "--resume", "--yes")).code).toBe(0);
  });
});

test("health asks the compiler and shows components; --watch prints changes", async () => {
  const { code, data } = await json("health");
  expect(code).toBe(0);
  expect(data).toMatchObject({
    services: [{ status: "serving", service: "" }, { status: "serving" }],
    replicas: [
      {
        components: expect.arrayContaining([
          expect.objectContaining({ name: "typescript_compiler", status: "healthy" }),
        ]),
      },
    ],
  });
  const away = await wfops(["health"], { env: { ...env, WFOPS_SERVER: nowhere } });
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining("cannot be reached")]);
  const child = startWfops(["health", "--watch", "--json"], { env });
  const done = ended(child);
  let seen = "";
  child.stdout?.on("data", (part: Buffer) => {
    seen += part.toString();
  });
  const lines = () => seen.split("\n").length - 1;
  await vi.waitFor(() => expect(lines()).toBe(1), { timeout: 30_000 });
  await run("drain", "--yes");
  await vi.waitFor(() => expect(lines()).toBe(2), { timeout: 30_000 });
  await run("drain", "--resume", "--yes");
  await vi.waitFor(() => expect(lines()).toBe(3), { timeout: 30_000 });
  child.kill("SIGINT");
  const { code: end, stdout } = await done;
  const documents = stdout
    .trim()
    .split("\n")
    .map((line) => expectSchema("health", JSON.parse(line)));
  expect([end, documents]).toEqual([
    0,
    ["serving", "not-serving", "serving"].map((status) => ({ address: service.address, service: "", status })),
  ]);
});

test("the cache is warmed with definitions, shows them, and is cleared", async () => {
  const files = ["one", "two"].map((name) => {
    const path = join(folder, `${name}.yaml`);
    writeFileSync(
      path,
      `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: ${name}, version: 1.0.0 }\nspec: { nodes: [], output: 1 }\n`,
    );
    return path;
  });
  const warm = await json("cache warm", ...files, "--yes");
  expect(warm.data).toMatchObject({ replicas: [{ result: { known: 0, compiled: 2, failed: 0 } }] });
  expect((await json("cache stats")).data).toMatchObject({
    replicas: [{ result: { capacityBytes: 67_108_864, sharedConfigured: false } }],
  });
  const cleared = await json("cache clear", "--all", "--yes");
  expect(cleared.data).toMatchObject({ replicas: [{ result: { entries: expect.any(Number) } }] });
  const missing = await run("cache", "warm", "nothing.yaml", "--yes");
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("there is no file nothing.yaml")]);
});

test("profile records a replica into a file that only its owner may read", async () => {
  const { data } = await json("profile", "cpu", "--duration", "200ms", "--out", "p.cpuprofile");
  expect(data).toMatchObject({ kind: "cpu", file: "p.cpuprofile", dryRun: false });
  const file = join(folder, "p.cpuprofile");
  expect(JSON.parse(readFileSync(file, "utf8")).nodes.length).toBeGreaterThan(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await run("profile", "cpu", "--duration", "200ms", "--out", "p.cpuprofile");
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("is there already")]);
  const heap = await run("profile", "heap");
  expect([heap.code, heap.stderr]).toEqual([2, expect.stringContaining("heap snapshot")]);
  const two = await run("profile", "cpu", "--operations", `${service.operationsAddress},${nowhere}`);
  expect([two.code, two.stderr]).toEqual([2, expect.stringContaining(`--operations ${service.operationsAddress}`)]);
});

test("bench measures calls, says what it measured, and counts what is refused", async () => {
  const { code, data } = await json("bench", "--duration", "1s", "--concurrency", "2", "--method", "validate");
  expect(code).toBe(0);
  const { calls, answered, histogram, latencyMs } = data as {
    calls: number;
    answered: number;
    histogram: { calls: number }[];
    latencyMs: { p50: number; p99: number };
  };
  expect(answered).toBeGreaterThan(0);
  expect([answered, histogram.reduce((sum, bucket) => sum + bucket.calls, 0)]).toEqual([calls, calls]);
  expect(latencyMs.p99).toBeGreaterThanOrEqual(latencyMs.p50);
  expect(data).toMatchObject({
    measured: { servers: [service.address], method: "validate", concurrency: 2, definitions: 1 },
  });
  await run("ratelimit", "set", "call", "3/1d", "--yes");
  const limited = await run("bench", "--duration", "1s", "--concurrency", "2");
  const { code: checked, data: found } = await json("check", "--only", "reachability");
  await run("ratelimit", "set", "call", "configured", "--yes");
  // What a rate refuses says nothing of whether it compiles.
  expect([checked, found]).toMatchObject([
    0,
    { checks: expect.arrayContaining([expect.objectContaining({ id: "compiles", verdict: "skipped" })]) },
  ]);
  expect(limited.stderr).toContain("Rate limits are on (call 3/1d+3)");
  expect(limited.stdout).toMatch(/refused +[1-9]/);
  expect(limited.stdout).toContain("resource-exhausted");
  expect(limited.stdout).toContain("measured     Compile, each compiled, closed loop of 2 callers");
});

describe("backups", () => {
  test("are made, verified and restored: held, restored, proven and resumed", async () => {
    const made = await json("backup create", "--out", "./", "--reason", "nightly");
    const { file, backup } = made.data as { file: string; backup: { sizeBytes: number } };
    expect(statSync(join(folder, file)).size).toBe(backup.sizeBytes);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    expect((await json("backup verify", file)).data).toMatchObject({ valid: true, problem: "" });
    const again = await run("backup", "restore", file, "--yes");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("The store is as it was.");
    expect(again.stderr).toContain(`Back in service: ${service.operationsAddress}.`);
    expect(again.stderr).toContain("--replace");
    const dry = await json("backup restore", file, "--dry-run");
    expect(dry.data).toMatchObject({ dryRun: true, auditIntact: null, held: [] });
    const restored = await json("backup restore", file, "--replace", "--yes");
    expect([restored.code, restored.data]).toEqual([
      0,
      expect.objectContaining({
        dryRun: false,
        auditIntact: true,
        held: [service.operationsAddress],
        resumed: [service.operationsAddress],
      }),
    ]);
    expect((await json("status")).data).toMatchObject({ replicas: [{ result: { state: "serving" } }] });
  });

  test("that are not good are findings, and are not restored", async () => {
    const [name = ""] = readdirSync(folder).filter((file) => file.endsWith(".wfcbackup"));
    copyFileSync(join(folder, name), join(folder, "short"));
    writeFileSync(join(folder, "short"), readFileSync(join(folder, name)).subarray(0, -1));
    const { code, data } = await json("backup verify", "short");
    expect([code, data]).toEqual([100, expect.objectContaining({ valid: false, backup: null })]);
    const refused = await run("backup", "restore", "short", "--replace", "--yes");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("truncated")]);
    const nothing = await run("backup", "verify", "no such file");
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("is no file here")]);
    const list = await run("backup", "list");
    expect([list.code, list.stderr]).toEqual([1, expect.stringContaining("WFC_BACKUP_DIR")]);
    expect(existsSync(join(folder, "short.part"))).toBe(false);
  });
});

describe("config diff", () => {
  test("tells what a file would change", async () => {
    const path = join(folder, "server.yaml");
    writeFileSync(path, "WFC_WORKERS: 2\nWFC_REPLICA: one\n");
    const { code, data } = await json("config diff", path);
    expect([code, data]).toMatchObject([
      100,
      { replicas: [{ result: { changes: [{ variable: "WFC_WORKERS", from: "1", to: "2" }] } }] },
    ]);
    writeFileSync(path, "WFC_REPLICA: one\n");
    expect((await run("config", "diff", path)).stdout).toContain("nothing would change");
    const all = await run("config", "diff", path, "--all");
    expect(all.stdout).toContain("+ WFC_STORE: sqlite:data/workflow-compiler.db");
    writeFileSync(path, "WFC_WORKERS: many\n");
    const wrong = await run("config", "diff", path);
    expect([wrong.code, wrong.stderr]).toEqual([100, expect.stringContaining("wfops config validate")]);
  });
});
