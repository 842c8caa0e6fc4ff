import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import {
  OperationsServiceClient,
  type VerifyAuditLogResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { startRedis, type TestRedis } from "../dependencies/redis.ts";
import { type Postgres, startPostgres } from "../store/postgres.ts";
import { createCaller, definition } from "./load.ts";

/** How many definitions are compiled through all that goes wrong, and how many at once. */
const CALLS = 2_000;
const AT_ONCE = 8;
/** So many of the definitions differ: the others come out of the caches. */
const DIFFERENT = 600;

let redis: TestRedis;
let postgres: Postgres;
let environment: Record<string, string>;
const replicas: LocalService[] = [];

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  environment = { WFC_REDIS_URL: redis.url, WFC_STORE: await postgres.database(), WFC_LOG_LEVEL: "silent" };
  replicas.push(await startReplica("one"), await startReplica("two"));
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

const startReplica = (name: string): Promise<LocalService> => startLocalService({ ...environment, WFC_REPLICA: name });

/** What goes wrong when so many calls have been answered. */
const troubles: readonly { readonly after: number; readonly name: string; readonly make: () => Promise<unknown> }[] = [
  { after: 200, name: "the checker of a replica is killed", make: () => killCheckers(replicas[1]?.processId ?? 0) },
  { after: 500, name: "Redis is killed, and comes back", make: () => redis.restart() },
  {
    after: 800,
    name: "PostgreSQL is killed, and comes back a little later",
    async make() {
      await postgres.kill();
      await sleep(500);
      await postgres.restart();
    },
  },
  { after: 1_100, name: "a replica is restarted", make: restartFirst },
  {
    after: 1_600,
    name: "the checkers of both are killed",
    make: async () => replicas.map((it) => killCheckers(it.processId)),
  },
];

test("2,000 calls are answered through all of it, and each one is in the audit log", { timeout: 240_000 }, async () => {
  const caller = createCaller(() => replicas.map(({ address }) => address));
  const made: string[] = [];
  const failures: string[] = [];
  const answered: string[] = [];
  const trouble: Promise<unknown>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < CALLS; index = next++) {
      const requestId = `fault-${index}`;
      try {
        const { artifact, diagnostics } = await caller.compile(definition(index % DIFFERENT), requestId);
        if (artifact === undefined) failures.push(`${requestId}: ${diagnostics[0]?.message}`);
        answered.push(requestId);
      } catch (error) {
        failures.push(`${requestId}: ${error}`);
      }
      const due = troubles[made.length];
      if (due === undefined || answered.length < due.after) continue;
      made.push(due.name);
      trouble.push(due.make());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await Promise.all(trouble);
  caller.close();

  expect(failures).toEqual([]);
  expect(answered).toHaveLength(CALLS);
  expect(made).toEqual(troubles.map(({ name }) => name));

  const operations = new OperationsServiceClient(replicas[1]?.operationsAddress ?? "", credentials.createInsecure());
  // Records wait in memory while the circuit of PostgreSQL is open.
  const recorded = await untilRecorded(operations, answered);
  expect(answered.filter((requestId) => !recorded.has(requestId))).toEqual([]);
  const verdict = await verify(operations);
  expect(verdict.chains.flatMap(({ fault }) => (fault === undefined ? [] : [fault]))).toEqual([]);
  expect(verdict.intact).toBe(true);
  expect(verdict.declaredLost).toBe(0n);
  operations.close();
});

async function restartFirst(): Promise<void> {
  const [first] = replicas;
  const code = await first?.stop();
  expect(code).toBe(0);
  replicas[0] = await startReplica("one");
}

/** As the kernel does when memory runs out. Gives how many there were. */
async function killCheckers(parent: number): Promise<void> {
  const checkers = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isChecker(name, parent));
  for (const checker of checkers) process.kill(Number(checker), "SIGKILL");
  expect(checkers.length).toBeGreaterThan(0);
}

function isChecker(processId: string, parent: number): boolean {
  try {
    const status = readFileSync(`/proc/${processId}/status`, "utf8");
    return (
      status.includes(`\nPPid:\t${parent}\n`) && readFileSync(`/proc/${processId}/cmdline`, "utf8").includes("tsc")
    );
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** Request ids of the audit log, once all that are looked for are there; a test that waits in vain ends by its time limit. */
async function untilRecorded(client: OperationsServiceClient, ids: readonly string[]): Promise<ReadonlySet<string>> {
  for (;;) {
    const recorded = await requestIds(client).catch(() => new Set<string>());
    if (ids.every((id) => recorded.has(id))) return recorded;
    await sleep(500);
  }
}

async function requestIds(client: OperationsServiceClient): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const request = {
    from: undefined,
    until: undefined,
    principal: "",
    method: "",
    outcome: "OK",
    requestId: "",
    limit: 0n,
    last: 0,
    follow: false,
    resumeToken: "",
  };
  for await (const { events } of client.listAuditEvents(request)) {
    for (const { requestId } of events) ids.add(requestId);
  }
  return ids;
}

function verify(client: OperationsServiceClient): Promise<VerifyAuditLogResponse> {
  return new Promise((resolve, reject) => {
    client.verifyAuditLog({ knownHeads: [] }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}
