import { expect, test } from "vitest";
import type { Compilation } from "../../server/artifact.ts";
import { createHealthBoard, type HealthBoard, type HealthReport, type ProbeResult } from "../../server/health.ts";
import { compilerProbes, dependencyProbe, guardProbe, type ProbedPool } from "../../server/health-probes.ts";
import { createPool } from "../../server/pool.ts";
import { defaultLimits } from "../../server/source/limits.ts";

const well: ProbeResult = { state: "healthy", message: "it works" };

function states({ components }: HealthReport): Record<string, string> {
  return Object.fromEntries(components.map(({ component, state }) => [component, state]));
}

test("something essential decides, something else only degrades", async () => {
  const found = new Map<string, () => ProbeResult | Promise<ProbeResult>>([
    ["compiler", () => well],
    ["redis", () => well],
  ]);
  const check = (name: string) => () => found.get(name)?.() ?? well;
  const board = createHealthBoard(
    [
      { component: "compiler", essential: true, check: check("compiler") },
      { component: "redis", essential: false, check: check("redis") },
    ],
    { freshMs: 0, limitMs: 50 },
  );
  board.setPhase("serving");
  expect(board.latest().serving).toBe(false);
  expect(await board.report()).toMatchObject({ state: "healthy", serving: true });
  found.set("redis", () => Promise.reject(new Error("ECONNREFUSED 10.0.0.1")));
  const degraded = await board.report();
  expect(degraded).toMatchObject({ state: "degraded", serving: true });
  expect(states(degraded)).toEqual({ compiler: "healthy", redis: "degraded" });
  expect(JSON.stringify(degraded)).not.toContain("10.0.0.1");
  found.set("compiler", () => new Promise(() => {}));
  expect(await board.report()).toMatchObject({ state: "unhealthy", serving: false, live: true });
  board.close();
});

test("those who ask at the same time share one look, and a look is good for a while", async () => {
  let looks = 0;
  let now = 1_000;
  const check = () => {
    looks++;
    return well;
  };
  const board = createHealthBoard([{ component: "store", essential: false, check }], {
    freshMs: 2_000,
    now: () => now,
  });
  await Promise.all([board.report(), board.report(), board.report()]);
  await board.report();
  expect(looks).toBe(1);
  now += 2_000;
  await board.report();
  expect(looks).toBe(2);
  board.close();
});

test("listeners hear of changes only, and the process is given up after a minute without what it needs", async () => {
  let result: ProbeResult = well;
  let now = 1_000;
  const heard: boolean[] = [];
  const board = createHealthBoard([{ component: "compiler", essential: true, check: () => result }], {
    freshMs: 0,
    now: () => now,
  });
  board.onChange(({ serving }) => heard.push(serving));
  await board.report();
  board.setPhase("serving");
  await board.report();
  await board.report();
  result = { state: "unhealthy", message: "gone" };
  await board.report();
  now += 59_999;
  await board.report();
  expect(board.latest().live).toBe(true);
  now += 1;
  expect(board.latest().live).toBe(false);
  result = well;
  await board.report();
  expect(board.latest().live).toBe(true);
  board.setPhase("stopping");
  expect(heard).toEqual([false, true, false, true, false]);
  board.close();
});

const parts = { version: "1", limits: defaultLimits, components: new Map(), workers: 1, jobLimitMs: 10_000 };

test("the probes of the compiler are real compiles in a worker", async () => {
  const pool = createPool(parts);
  await pool.ready();
  let compiles = 0;
  const counted: ProbedPool = {
    load: pool.load,
    compile(...job) {
      compiles++;
      return pool.compile(...job);
    },
  };
  const board: HealthBoard = createHealthBoard(compilerProbes(counted, parts.jobLimitMs), { limitMs: 30_000 });
  const report = await board.report();
  expect(states(report)).toEqual({ source: "healthy", template_engine: "healthy", typescript_compiler: "healthy" });
  for (const { latencyMs } of report.components) expect(latencyMs).toBeGreaterThan(0);
  expect(compiles).toBe(1);
  expect(pool.checkerProcesses()).toHaveLength(1);
  expect(pool.load()).toMatchObject({ workers: 1, busy: 0, queued: 0 });
  // Its checker dies while nobody compiles: the worker takes another one.
  process.kill(pool.checkerProcesses()[0] ?? 0, "SIGKILL");
  expect((await compilerProbes(counted, parts.jobLimitMs)[2]?.check())?.state).toBe("healthy");
  expect(compiles).toBe(2);
  board.close();
  await pool.close();
});

const answer: Compilation = {
  artifact: null,
  diagnostics: [],
  format: "graph",
  workflowType: "",
  stages: [{ name: "source", durationMs: 1 }],
};

test("a probe does not queue behind long jobs, and notices when they are longer than they may be", async () => {
  let now = 100_000;
  let compiles = 0;
  const load = { workers: 2, busy: 2, queued: 5, finishedAt: 99_000 };
  const pool: ProbedPool = {
    load: () => load,
    compile: () => {
      compiles++;
      return Promise.resolve(answer);
    },
  };
  const [source] = compilerProbes(pool, 10_000, () => now);
  expect(await source?.check()).toMatchObject({ state: "healthy", message: "all workers are busy" });
  now += 20_000;
  expect(await source?.check()).toMatchObject({ state: "unhealthy" });
  expect(compiles).toBe(0);
});

test("dependencies tell what is missing without them", async () => {
  let state: "closed" | "open" = "closed";
  let answers = true;
  const board = createHealthBoard(
    [
      guardProbe({ name: "telemetry", state: () => state }, "traces are not sent"),
      dependencyProbe("store", () => (answers ? Promise.resolve() : Promise.reject(new Error())), "audit records wait"),
    ],
    { freshMs: 0 },
  );
  expect(states(await board.report())).toEqual({ telemetry: "healthy", store: "healthy" });
  state = "open";
  answers = false;
  expect((await board.report()).components.map(({ message }) => message)).toEqual([
    "traces are not sent",
    "audit records wait",
  ]);
  expect(board.latest().state).toBe("degraded");
  board.close();
});

test("a worker that fails on every probe is no worker", async () => {
  const pool: ProbedPool = {
    load: () => ({ workers: 1, busy: 0, queued: 0, finishedAt: 0 }),
    compile: () => Promise.reject(new Error("fault")),
  };
  const [, , typescript] = compilerProbes(pool, 10_000);
  expect(await typescript?.check()).toMatchObject({ state: "unhealthy" });
});

test("what a probe was answered with says which part is broken", async () => {
  const diagnostic = { severity: "error", code: "WF_COMPILE_001" } as Compilation["diagnostics"][number];
  const pool = (answered: Compilation): ProbedPool => ({
    load: () => ({ workers: 1, busy: 0, queued: 0, finishedAt: 0 }),
    compile: () => Promise.resolve(answered),
  });
  const judge = async (answered: Compilation) => {
    const board = createHealthBoard(compilerProbes(pool(answered), 10_000));
    const report = await board.report();
    board.close();
    return states(report);
  };
  expect(await judge({ ...answer, diagnostics: [diagnostic] })).toEqual({
    source: "healthy",
    template_engine: "unhealthy",
    typescript_compiler: "degraded",
  });
});
