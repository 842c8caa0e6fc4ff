import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { nestedOfSize } from "../bench/shapes.ts";
import { startRedis, type TestRedis } from "../dependencies/redis.ts";
import { expectJson, type Ran, wfops } from "../ops-cli/wfops.ts";
import { type Postgres, startPostgres } from "../store/postgres.ts";

/** Two replicas with one PostgreSQL and one Redis, as production has them: what they share is shown and changed once. */

let folder: string;
let redis: TestRedis;
let postgres: Postgres;
let replicas: readonly LocalService[];
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wfops-shared-"));
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  // What the second one gives up on is a dead letter, which the first one can serve.
  const limits = { one: "2m", two: "600ms" };
  const shared = {
    WFC_STORE: await postgres.database(),
    WFC_REDIS_URL: redis.url,
    WFC_BACKUP_DIR: mkdtempSync(join(folder, "backups-")),
  };
  replicas = await Promise.all(
    Object.entries(limits).map(([name, limit]) =>
      startLocalService({ ...shared, WFC_REPLICA: name, WFC_JOB_LIMIT: limit }, { keepLog: true }),
    ),
  );
  env = {
    WFOPS_SERVER: replicas.map(({ address }) => address).join(","),
    WFOPS_OPERATIONS: replicas.map(({ operationsAddress }) => operationsAddress).join(","),
  };
});
afterAll(async () => {
  await Promise.all((replicas ?? []).map((replica) => replica.stop()));
  await Promise.all([redis?.stop(), postgres?.stop()]);
  rmSync(folder, { recursive: true });
});

const run = (...args: readonly string[]): Promise<Ran> => wfops(args, { env, cwd: folder });
const json = async (command: string, ...args: readonly string[]) => {
  const ran = await run(...command.split(" "), ...args, "--json");
  return { code: ran.code, data: expectJson(command, ran) };
};

function definition(name: string, fields: number): string {
  const path = join(folder, `${name}.yaml`);
  const output = Array.from({ length: fields }, (_, index) => `    f${index}: \${ input.total * ${index} }`);
  const input = "{ type: object, properties: { total: { type: number } }, required: [total] }";
  const head = `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: ${name}, version: 1.0.0 }\n`;
  writeFileSync(path, `${head}spec:\n  input: ${input}\n  nodes: []\n  output:\n${output.join("\n")}\n`);
  return path;
}

test("check finds what they share, and in what they differ", async () => {
  const { code, data } = await json("check", "--thorough");
  const { checks } = data as { checks: { id: string; verdict: string; problems: string[] }[] };
  const verdicts = new Map(checks.map(({ id, verdict }) => [id, verdict]));
  for (const id of ["redis-answers", "replicas-share", "store-answers", "store-lasts", "audit-intact"])
    expect([id, verdicts.get(id)]).toEqual([id, "ok"]);
  expect(checks.find(({ id }) => id === "config-same")).toMatchObject({
    verdict: "warning",
    problems: ["WFC_JOB_LIMIT is 2m and 600ms"],
  });
  expect([code, checks.filter(({ verdict }) => verdict === "failed")]).toEqual([0, []]);
});

test("an answer of one is known to the other, until all that they share is cleared", async () => {
  const file = definition("pay", 1);
  const compiledAt = async (index: number) => {
    const ran = await run("compile", file, "--json", "--server", replicas[index]?.address ?? "");
    return (JSON.parse(ran.stdout) as { files: { cache: string }[] }).files[0]?.cache;
  };
  expect(await compiledAt(0)).toBe("miss");
  await expect.poll(() => compiledAt(1), { timeout: 30_000 }).toMatch(/hit$/);
  expect((await json("cache clear", "--all", "--yes")).code).toBe(0);
  expect(await compiledAt(0)).toBe("miss");
});

describe("the audit log", () => {
  test("is listed and exported once, with the records of both", async () => {
    await run("ratelimit", "reset", "--yes", "--reason", "both of them");
    const both = async (...args: readonly string[]) => {
      const { stdout } = await run(...args, "--method", "ResetRateLimits", "--json");
      return (JSON.parse(stdout) as { events: { requestId: string }[] }).events.map(({ requestId }) => requestId);
    };
    // Records are written soon after their calls.
    await expect.poll(async () => (await both("audit", "list")).length, { timeout: 30_000 }).toBe(2);
    const listed = await both("audit", "list");
    expect(new Set(listed).size).toBe(2);
    const { stdout } = await run("audit", "export", "--method", "ResetRateLimits");
    const exported = stdout.trim().split("\n");
    expect(exported.map((line) => JSON.parse(line).requestId).sort()).toEqual([...listed].sort());
  });

  test("is proven at each replica, both chains", async () => {
    const { code, data } = await json("audit verify");
    const heads = (data as { replicas: { result: { heads: { chain: string }[] } }[] }).replicas.map(({ result }) =>
      result.heads.map(({ chain }) => chain).sort(),
    );
    expect([code, heads.length]).toEqual([0, 2]);
    for (const chains of heads) expect(chains).toEqual(["one", "two"]);
  });
});

test("a dead letter is shown, retried and purged once", async () => {
  const [, second] = replicas;
  const large = join(folder, "large.yaml");
  writeFileSync(large, nestedOfSize(2_000));
  const failed = await run("compile", large, "--server", second?.address ?? "", "--json");
  expect(failed.code).not.toBe(0);
  const letters = async () => {
    const { data } = await json("deadletter list");
    return (data as { deadLetters: { id: string; state: string }[] }).deadLetters;
  };
  await expect.poll(letters, { timeout: 30_000 }).toMatchObject([{ state: "waiting" }]);
  const [letter] = await letters();
  const { code, data } = await json("deadletter retry", "--all", "--yes");
  expect([code, data]).toMatchObject([0, { deadLetters: [{ id: letter?.id, outcome: "served" }] }]);
  expect((await json("deadletter purge", letter?.id ?? "", "--yes")).data).toMatchObject({
    replicas: [{ result: { purged: 1 } }, { result: { purged: 0 } }],
  });
  expect(await letters()).toEqual([]);
});

test("a restore holds both, restores once, and resumes both", async () => {
  expect((await json("backup create", "--out", "store.wfcbackup")).code).toBe(0);
  const { data: kept } = await json("backup list");
  expect(kept).toMatchObject({ replicas: replicas.map(() => ({ result: { backups: [{ engine: "postgres" }] } })) });
  const { code, data } = await json("backup restore", "store.wfcbackup", "--replace", "--yes");
  const both = replicas.map(({ operationsAddress }) => operationsAddress);
  expect([code, data]).toMatchObject([0, { auditIntact: true, held: both, resumed: both }]);
});
