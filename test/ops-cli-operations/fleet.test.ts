import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ended, expectJson, expectSchema, startWfops, wfops } from "../ops-cli/wfops.ts";
import { type Fleet, nowhere, startFleet } from "./fleet.ts";

/** Commands that ask or change every replica, against two that are there, and with one that is not. */

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet(2);
});
afterEach(() => fleet.stop());

const addresses = (): readonly string[] => fleet.replicas.map(({ address }) => address);
const audited = async (index: number): Promise<readonly (readonly [string, string])[]> => {
  const { store } = fleet.replicas[index] ?? {};
  await store?.audit.flush();
  const { stdout } = await wfops(["audit", "list", "--json", "--operations", addresses()[index] ?? ""]);
  const { events }: { events: { method: string; reason: string }[] } = JSON.parse(stdout);
  return events.map(({ method, reason }) => [method.split("/").at(-1) ?? "", reason] as const);
};

test("status shows every replica, for people and for programs", async () => {
  const { code, stdout, stderr } = await fleet.run("status");
  expect([code, stderr]).toEqual([0, ""]);
  for (const address of addresses()) expect(stdout).toContain(address);
  for (const part of ["serving", "degraded", "1.2.3", "100/1m+20", "sqlite", "redis", "open", "last errors"])
    expect(stdout).toContain(part);
  const { data } = await fleet.json("status");
  expect(data).toMatchObject({
    replicas: addresses().map((address) => ({
      address,
      error: null,
      result: {
        version: "1.2.3",
        state: "serving",
        health: "degraded",
        load: { callsInFlight: 3, concurrencyLimit: 20 },
        circuitBreakers: [{ name: "redis", state: "open" }],
      },
    })),
  });
});

test("a replica that does not answer keeps none of the others from being shown or changed; exit code 1", async () => {
  const [first = ""] = addresses();
  const env = { WFOPS_OPERATIONS: `${nowhere},${first}` };
  const shown = await wfops(["status"], { env });
  expect(shown.code).toBe(1);
  expect(shown.stdout).toContain(first);
  expect(shown.stderr).toContain(`${nowhere} cannot be reached`);
  expect(shown.stderr).toContain("→ Is it running");
  const changed = await wfops(["loglevel", "debug", "--yes", "--json"], { env });
  expect(changed.code).toBe(1);
  expect(expectJson("loglevel", changed)).toMatchObject({
    replicas: [
      { address: nowhere, result: null, error: { reason: "unavailable" } },
      { address: first, result: { level: "debug", previousLevel: "info" }, error: null },
    ],
  });
  expect(fleet.replicas[0]?.level()).toBe("debug");
});

test("one replica that does not answer is an error with what to do next", async () => {
  const ran = await wfops(["cache", "stats", "--json", "--operations", nowhere]);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    error: { reason: "unavailable", next: [expect.any(String), expect.any(String)] },
  });
});

describe("a change", () => {
  test("is refused without a terminal, and then nothing is changed", async () => {
    const lines = [
      ["cache", "clear"],
      ["ratelimit", "set", "call", "1/1s"],
      ["ratelimit", "reset"],
      ["loglevel", "debug"],
      ["drain"],
      ["drain", "--stop"],
      ["deadletter", "purge", "--all"],
    ];
    const refusals = await Promise.all(lines.map((line) => fleet.run(...line)));
    for (const [index, { code, stdout, stderr }] of refusals.entries()) {
      expect([lines[index], code, stdout]).toEqual([lines[index], 2, ""]);
      expect(stderr).toContain("There is no terminal to ask at");
      expect(stderr).toContain("Give --yes to agree, or --dry-run to look only.");
    }
    expect(fleet.replicas.map(({ level, lifecycle }) => [level(), lifecycle.asked])).toEqual([
      ["info", []],
      ["info", []],
    ]);
  });

  test("says with --dry-run what it would do, and does not", async () => {
    const { code, stdout } = await fleet.run("ratelimit", "set", "call", "7/1s", "--dry-run");
    expect(code).toBe(0);
    for (const address of addresses()) expect(stdout).toContain(`${address}  would change call from 100/1m+20 to 7/1s`);
    const { data } = await fleet.json("cache clear", "--dry-run", "--all");
    expect(data).toMatchObject({
      dryRun: true,
      replicas: [{ plan: expect.stringContaining("forget 0 answers"), result: null }, {}],
    });
    expect(await audited(0)).not.toContainEqual(["ClearCache", expect.anything()]);
    expect(fleet.replicas[0]?.limiter.limits()[0]?.rate).toEqual({ count: 100, perMs: 60_000, burst: 20 });
  });

  test("is audited with its reason, and with the command's name without one", async () => {
    expect((await fleet.run("cache", "clear", "--yes", "--reason", "stale after 1.2")).code).toBe(0);
    expect((await fleet.run("cache", "clear", "--all", "--yes")).code).toBe(0);
    for (const index of [0, 1]) {
      const records = await audited(index);
      expect(records).toContainEqual(["ClearCache", "stale after 1.2"]);
      expect(records).toContainEqual(["ClearCache", "wfops cache clear"]);
    }
    const { code, stderr } = await fleet.run("cache", "clear", "--yes", "--reason", " ");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--reason must have 1 to 500 characters")]);
  });
});

test("a restore that is interrupted says what is held, and how to put it back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "interrupted-"));
  const file = join(folder, "backup");
  const [first = ""] = addresses();
  const env = { WFOPS_OPERATIONS: first };
  expect((await wfops(["backup", "create", "--out", file], { env })).code).toBe(0);
  const child = startWfops(["backup", "restore", file, "--replace", "--yes"], { env });
  const done = ended(child);
  // It waits for the calls under way, which here never end.
  await vi.waitFor(() => expect(fleet.replicas[0]?.lifecycle.asked).toEqual(["hold"]), { timeout: 30_000 });
  child.kill("SIGINT");
  const { code, stderr } = await done;
  rmSync(folder, { recursive: true });
  expect(code).toBe(130);
  expect(stderr).toContain("interrupted while holding");
  expect(stderr).toContain("The store is as it was.");
  expect(stderr).toContain(`Still held: ${first}. Resume with \`wfops drain --resume --operations ${first}\``);
});

describe("what cannot be finished", () => {
  const sockets: Socket[] = [];
  /** A replica that accepts and never answers. */
  let silent: Server;
  let hanging: string;
  beforeAll(async () => {
    silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    hanging = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  });
  beforeEach(() => void sockets.splice(0));
  afterAll(() => {
    silent.close();
  });
  const interrupted = async (args: readonly string[], operations: string) => {
    const child = startWfops(args, { env: { WFOPS_OPERATIONS: operations } });
    const done = ended(child);
    await vi.waitFor(() => expect(sockets).not.toEqual([]), { timeout: 30_000 });
    child.kill("SIGINT");
    const ran = await done;
    for (const socket of sockets) socket.destroy();
    return ran;
  };

  test("a change of several replicas tells which are done", async () => {
    const [first = "", last = ""] = addresses();
    const { code, stderr } = await interrupted(["loglevel", "debug", "--yes"], `${first},${hanging},${last}`);
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted in the middle of loglevel");
    expect(stderr).toContain(`Done: ${first}.`);
    expect(stderr).toContain(`Not known, because the call was under way: ${hanging}.`);
    expect(stderr).toContain(`Not begun: ${last}.`);
    expect(stderr).toContain(`--operations ${hanging},${last}`);
    expect(fleet.replicas.map(({ level }) => level())).toEqual(["debug", "info"]);
  });

  test("a runbook ends with the command that it runs, and takes no further step", async () => {
    const { code, stderr } = await interrupted(["runbook", "run", "high-memory", "--yes"], hanging);
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted in the middle of high-memory");
    expect(stderr).toContain("No step under Act was finished.");
    expect(stderr.match(/^\$ /gm)).toHaveLength(1);
  });
});

test("rate limits are shown, set, reset and put back", async () => {
  expect((await fleet.run("ratelimit", "set", "call", "7/1s+3", "--yes")).stdout).toContain(
    "call is 7/1s+3; it was 100/1m+20",
  );
  const { data } = await fleet.json("ratelimit show");
  expect(data).toMatchObject({
    replicas: [
      {
        result: {
          limits: [{ name: "call", rate: { count: 7, perMs: 1_000, burst: 3 }, configured: { burst: 20 } }, {}, {}, {}],
        },
      },
      {},
    ],
  });
  expect((await fleet.run("ratelimit", "show")).stdout).toContain("7/1s+3");
  const { data: off } = await fleet.json("ratelimit set", "call", "off", "--yes");
  expect(off).toMatchObject({ replicas: [{ result: { limit: { rate: null }, previous: { count: 7 } } }, {}] });
  await fleet.json("ratelimit set", "call", "configured", "--yes");
  expect(fleet.replicas[1]?.limiter.limits()[0]?.rate?.count).toBe(100);
  expect((await fleet.json("ratelimit reset", "ci", "--yes")).data).toMatchObject({
    replicas: [{ result: { principal: "ci" } }, {}],
  });
  const misspelt = await fleet.run("ratelimit", "set", "cal", "1/1s", "--dry-run");
  expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining("did you mean call?")]);
  const wrong = await fleet.run("ratelimit", "set", "call", "fast", "--yes");
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('"fast" is no rate; it must be such as 100/1m+20'),
  ]);
});

test("the log level is shown, and set for a while", async () => {
  const { data } = await fleet.json("loglevel", "debug", "--for", "10m", "--yes");
  expect(data).toMatchObject({
    replicas: [{ result: { level: "debug", previousLevel: "info", durationSeconds: 600 } }, {}],
  });
  expect((await fleet.json("loglevel")).data).toMatchObject({ replicas: [{ result: { level: "debug" } }, {}] });
});

test("drain holds, resumes and stops", async () => {
  // The harness's replicas always have three calls under way: waiting ends with the time limit.
  const { data } = await fleet.json("drain", "--yes", "--timeout", "500ms");
  expect(data).toMatchObject({ replicas: [{ result: { state: "held", callsInFlight: 3 } }, {}] });
  expect((await fleet.run("drain", "--resume", "--yes")).stdout).toContain("serving, 3 calls under way");
  expect((await fleet.json("drain", "--stop", "--yes")).data).toMatchObject({
    replicas: [{ result: { state: "stopping" } }, {}],
  });
  expect(fleet.replicas[0]?.lifecycle.asked).toEqual(["hold", "resume", "stop"]);
  const late = await fleet.run("drain", "--yes");
  expect([late.code, late.stderr]).toEqual([1, expect.stringContaining("on its way to its end")]);
});

test("settings are shown, passwords masked, and those that an operator has changed", async () => {
  await fleet.run("ratelimit", "set", "call", "7/1s+3", "--yes", "--operations", addresses()[0] ?? "");
  const { code, stdout } = await fleet.run("config", "show", "--changed");
  expect(code).toBe(0);
  expect(stdout).toContain("redis://me:***@cache:6379");
  expect(stdout).not.toContain("secret");
  expect(stdout).toMatch(/WFC_RATE_LIMIT +7\/1s\+3 +an operator; the settings say 100\/1m\+20/);
  const { data } = await fleet.json("config show");
  expect(data).toMatchObject({
    replicas: [
      { result: { settings: expect.arrayContaining([expect.objectContaining({ changedTo: "7/1s+3" })]) } },
      {},
    ],
  });
});

describe("the audit log", () => {
  test("of replicas with stores of their own is listed as one, in the order of time", async () => {
    await fleet.run("cache", "stats");
    for (const { store } of fleet.replicas) await store.audit.flush();
    const { data } = await fleet.json("audit list", "--method", "GetCacheStats");
    const { events } = data as { events: { time: string; method: string }[] };
    expect(events.map(({ method }) => method)).toEqual(
      Array(2).fill("workflow.compiler.v1.OperationsService/GetCacheStats"),
    );
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort());
    expect((await fleet.run("audit", "list", "--outcome", "internal")).stdout).toBe("No record matches.\n");
    const wrong = await fleet.run("audit", "list", "--since", "yesterday");
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--since is "yesterday"; it must be a time'),
    ]);
  });

  test("is exported as lines and as CSV, and a file is whole or not there", async () => {
    await fleet.run("cache", "clear", "--yes", "--reason", '=cmd, "quoted"');
    for (const { store } of fleet.replicas) await store.audit.flush();
    const { stdout, stderr } = await fleet.run("audit", "export", "--method", "ClearCache");
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => expectSchema("audit export", JSON.parse(line))),
    ).toMatchObject(Array(2).fill({ reason: '=cmd, "quoted"' }));
    expect(stderr).toContain("2 records");
    const csv = await fleet.run("audit", "export", "--method", "ClearCache", "--format", "csv");
    expect(csv.stdout.split("\n")[0]).toContain("time,requestId,principal");
    expect(csv.stdout).toContain(`"'=cmd, ""quoted"""`);
    const both = await fleet.run("audit", "export", "--json", "--format", "csv");
    expect([both.code, both.stdout]).toEqual([2, expect.stringContaining("give one of them")]);
    const failed = await wfops(["audit", "export", "--out", "/nowhere/at/all.jsonl"], { env: fleet.env });
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining("cannot be written")]);
  });

  test("verifies; a head that it does not hold is a finding", async () => {
    const { data, code } = await fleet.json("audit verify");
    expect([code, data]).toEqual([
      0,
      expect.objectContaining({
        replicas: expect.arrayContaining([
          expect.objectContaining({ result: expect.objectContaining({ intact: true }) }),
        ]),
      }),
    ]);
    const foreign = JSON.stringify({ heads: [{ chain: "gone", sequence: 5, hash: "0".repeat(64) }] });
    const folder = mkdtempSync(join(tmpdir(), "heads-"));
    const file = join(folder, "heads.json");
    writeFileSync(file, foreign);
    const found = await fleet.run("audit", "verify", "--heads", file);
    expect([found.code, found.stdout]).toEqual([100, expect.stringContaining("NOT INTACT")]);
    expect(found.stdout).toContain("no-chain");
    expect((await fleet.run("audit", "verify", "--save-heads", file)).code).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8")).heads).toHaveLength(2);
    rmSync(folder, { recursive: true });
  });

  test("is followed until Ctrl-C, each record once", async () => {
    const child = startWfops(["audit", "tail", "--json", "--method", "GetRateLimits"], { env: fleet.env });
    const done = ended(child);
    let seen = "";
    child.stdout?.on("data", (data: Buffer) => {
      seen += data.toString();
    });
    await vi.waitFor(
      async () => {
        await fleet.run("ratelimit", "show");
        expect(seen.split("\n").length).toBeGreaterThan(4);
      },
      { timeout: 40_000, interval: 100 },
    );
    child.kill("SIGINT");
    const { code, stdout } = await done;
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => expectSchema("audit tail", JSON.parse(line)) as { requestId: string; method: string });
    expect(code).toBe(0);
    expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(records.length);
    expect(records.every(({ method }) => method.endsWith("/GetRateLimits"))).toBe(true);
  });
});

describe("dead letters", () => {
  const letter = (text: string) => ({
    requestId: "r-1",
    principal: "ci",
    method: "workflow.compiler.v1.CompilerService/Compile",
    errorCode: "INTERNAL",
    reason: "a worker ended",
    format: null,
    options: { target: "module", allowInlineCode: true } as const,
    content: Buffer.from(text),
  });
  const add = async (replica: number, text: string): Promise<string> =>
    (await fleet.replicas[replica]?.store.deadLetters.add(letter(text))) ?? "";

  test("of all stores are listed, shown, retried where they are, and purged", async () => {
    const ids = [await add(0, "one"), await add(1, "two \u001b[2J")];
    const { data } = await fleet.json("deadletter list");
    const { deadLetters } = data as { deadLetters: { id: string }[] };
    expect(deadLetters.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const [, second = ""] = ids;
    expect((await fleet.json("deadletter show", second)).data).toMatchObject({
      address: addresses()[1],
      deadLetter: { id: second, state: "waiting", lastRetryAt: null },
      source: { content: "two \u001b[2J" },
    });
    // What a stranger wrote does not reach the terminal as it is.
    const shown = await fleet.run("deadletter", "show", second);
    expect(shown.stdout).toContain("two \\u{1b}[2J");
    expect((await fleet.json("deadletter retry", "--all", "--dry-run")).data).toMatchObject({
      dryRun: true,
      deadLetters: [{ outcome: "would-retry" }, { outcome: "would-retry" }],
    });
    const retried = await fleet.json("deadletter retry", second, "--yes");
    expect([retried.code, retried.data]).toEqual([
      0,
      {
        dryRun: false,
        deadLetters: [
          {
            id: second,
            outcome: "served",
            artifactDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
            errorCode: "",
            error: null,
          },
        ],
      },
    ]);
    expect((await fleet.json("deadletter purge", "--resolved", "--yes")).data).toMatchObject({
      replicas: [{ result: { purged: 0 } }, { result: { purged: 1 } }],
    });
    expect((await fleet.run("deadletter", "purge", "--all", "--yes")).stdout).toContain("deleted 1 dead letter");
    expect((await fleet.run("deadletter", "list")).stdout).toBe("There are no dead letters.\n");
  });

  test("that fail again are findings; what is not there, or not said, is told", async () => {
    const id = await add(0, "bad");
    const [replica] = fleet.replicas;
    if (replica !== undefined) replica.pool.compile = () => Promise.reject(new Error("the thread has ended"));
    const again = await fleet.json("deadletter retry", id, "--yes");
    expect([again.code, again.data]).toEqual([
      100,
      expect.objectContaining({
        deadLetters: [expect.objectContaining({ outcome: "failed-again", errorCode: "INTERNAL" })],
      }),
    ]);
    const missing = await fleet.run("deadletter", "show", "nothing");
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("there is no such dead letter")]);
    for (const line of [
      ["deadletter", "retry", "--yes"],
      ["deadletter", "purge", "--yes"],
      ["deadletter", "purge", id, "--all", "--yes"],
    ])
      expect((await fleet.run(...line)).code).toBe(2);
  });
});

describe("the wrong port", () => {
  let other: Fleet;
  beforeAll(async () => {
    other = await startFleet(1);
  });
  afterAll(() => other.stop());

  test("and a server that is too old are told apart from a server that is away", async () => {
    const { code, stdout, stderr } = await wfops([
      "health",
      "--server",
      other.replicas[0]?.address ?? "",
      "--operations",
      nowhere,
    ]);
    expect([code, stdout, stderr]).toEqual([100, expect.stringContaining("service-unknown"), ""]);
    const wrong = await wfops(["explain", "WF_SCHEMA_001", "--server", other.replicas[0]?.address ?? ""]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("does not know ExplainDiagnostic")]);
  });
});
