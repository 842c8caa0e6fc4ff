import { status } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import {
  CacheScope,
  CircuitState,
  OperationsServiceService as Contract,
  DeadLetterState,
  DrainAction,
  HealthStatus,
  ListAuditEventsRequest,
  ServingState,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureOf } from "../service/harness.ts";
import { all, callWith } from "../tls/calls.ts";
import { type OperationsHarness, startOperations } from "./harness.ts";

let running: OperationsHarness;
beforeEach(async () => {
  running = await startOperations();
});
afterEach(() => running.stop());

const reason = "ticket 17";

function violationsOf(failure: Awaited<ReturnType<typeof failureOf>>): readonly string[] {
  const bytes = failure.rich.get("BadRequest");
  return bytes === undefined ? [] : BadRequest.decode(bytes).fieldViolations.map(({ field }) => field);
}

function reasonOf(failure: Awaited<ReturnType<typeof failureOf>>): string {
  const bytes = failure.rich.get("ErrorInfo");
  return bytes === undefined ? "" : ErrorInfo.decode(bytes).reason;
}

const definition = (text: string) => ({
  source: { format: Format.FORMAT_UNSPECIFIED, content: Buffer.from(text), name: "a.yaml" },
  options: undefined,
});

const auditRequest = (more: Partial<ListAuditEventsRequest> = {}): ListAuditEventsRequest => ({
  ...ListAuditEventsRequest.decode(new Uint8Array()),
  ...more,
});

test("GetStatus tells how the replica is and who asks", async () => {
  const found = await callWith(running.client, Contract.getStatus, {});
  expect(found).toMatchObject({
    version: "1.2.3",
    replicaId: "replica/1",
    state: ServingState.SERVING_STATE_SERVING,
    health: HealthStatus.HEALTH_STATUS_DEGRADED,
    load: { callsInFlight: 3, concurrencyLimit: 20, workers: 1 },
    caller: { name: "anonymous", kind: "anonymous", roles: ["caller", "operator"] },
    store: { engine: "sqlite", auditRecordsLost: 0n, deadLetters: 0n },
    logLevel: "info",
    circuitBreakers: [{ name: "redis", state: CircuitState.CIRCUIT_STATE_OPEN }],
    runtime: { node: process.versions.node, typescript: "7.0.2", processId: process.pid },
  });
  expect(found.components.map(({ name, status: state, message }) => [name, state, message])).toEqual([
    ["source", HealthStatus.HEALTH_STATUS_HEALTHY, ""],
    ["redis", HealthStatus.HEALTH_STATUS_UNHEALTHY, "it does not answer"],
  ]);
  expect(found.rateLimits.map(({ name }) => name)).toEqual(["call", "connection", "stream", "global"]);
  expect(found.store?.schemaVersion).toBe(found.store?.latestSchemaVersion);
  expect(found.load?.residentBytes).toBeGreaterThan(0n);
  expect(found.load?.heapLimitBytes).toBeGreaterThan(found.load?.heapUsedBytes ?? 0n);
  expect(found.startedAt?.getTime()).toBeLessThanOrEqual(found.now?.getTime() ?? 0);
});

describe("the cache", () => {
  test("is warmed, counted and cleared", async () => {
    const items = [definition("a"), definition("b"), definition("invalid")];
    const warmed = await callWith(running.client, Contract.warmCache, { items, reason });
    expect(warmed).toEqual({ known: 0n, compiled: 3n, failed: 0n });
    expect((await callWith(running.client, Contract.warmCache, { items, reason })).known).toBe(3n);
    const { stats } = await callWith(running.client, Contract.getCacheStats, {});
    expect(stats).toMatchObject({ entries: 3n, capacityBytes: 16n * 1024n * 1024n, sharedConfigured: false });
    const scope = CacheScope.CACHE_SCOPE_REPLICA;
    expect(await callWith(running.client, Contract.clearCache, { scope, reason })).toMatchObject({ entries: 3n });
    expect((await callWith(running.client, Contract.getCacheStats, {})).stats?.entries).toBe(0n);
  });

  test("refuses lists with nothing in them, by place", async () => {
    const items = [definition("a"), definition(""), { source: undefined, options: undefined }];
    const failure = await failureOf(callWith(running.client, Contract.warmCache, { items, reason: "" }));
    expect(failure.code).toBe(status.INVALID_ARGUMENT);
    expect(violationsOf(failure)).toEqual(["reason"]);
    const second = await failureOf(callWith(running.client, Contract.warmCache, { items, reason }));
    expect(violationsOf(second)).toEqual(["items[1].source.content", "items[2].source.content"]);
    const scope = 9 as CacheScope;
    expect(violationsOf(await failureOf(callWith(running.client, Contract.clearCache, { scope, reason })))).toEqual([
      "scope",
    ]);
  });
});

describe("rate limits", () => {
  test("change at once, go back to the settings, and are reset", async () => {
    const rate = { count: 5, perMs: 60_000, burst: 0 };
    const change = { $case: "rate", value: rate } as const;
    const set = await callWith(running.client, Contract.setRateLimit, { name: "call", change, reason });
    expect(set.previous).toEqual({ count: 100, perMs: 60_000, burst: 20 });
    expect(set.limit).toMatchObject({ name: "call", rate: { count: 5, perMs: 60_000, burst: 5 } });
    const asked = {
      principal: { name: "a", kind: "token", roles: new Set(["caller"] as const) },
      address: "1",
      method: "m",
    } as const;
    for (let index = 0; index < 5; index++) expect(running.limiter.takeCall(asked)).toBeNull();
    expect(running.limiter.takeCall(asked)).not.toBeNull();
    await callWith(running.client, Contract.resetRateLimits, { principal: "a", reason });
    expect(running.limiter.takeCall(asked)).toBeNull();
    const off = { name: "call", change: { $case: "off", value: true }, reason } as const;
    expect((await callWith(running.client, Contract.setRateLimit, off)).limit?.rate).toBeUndefined();
    const back = { name: "call", change: { $case: "configured", value: true }, reason } as const;
    await callWith(running.client, Contract.setRateLimit, back);
    const { limits } = await callWith(running.client, Contract.getRateLimits, {});
    expect(limits[0]).toMatchObject({ name: "call", rate: { burst: 20 }, configured: { burst: 20 }, refused: 1n });
  });

  test("refuse names that there are not and rates out of range", async () => {
    const off = { $case: "off", value: true } as const;
    const unknown = await failureOf(
      callWith(running.client, Contract.setRateLimit, { name: "cal", change: off, reason }),
    );
    expect([unknown.code, reasonOf(unknown)]).toEqual([status.NOT_FOUND, "UNKNOWN_RATE_LIMIT"]);
    const none = await failureOf(
      callWith(running.client, Contract.setRateLimit, { name: "call", change: undefined, reason }),
    );
    expect(violationsOf(none)).toEqual(["change"]);
    const rate = { $case: "rate", value: { count: 0, perMs: 1, burst: 2_000_000_000 } } as const;
    const wrong = await failureOf(
      callWith(running.client, Contract.setRateLimit, { name: "call", change: rate, reason }),
    );
    expect(violationsOf(wrong)).toEqual(["rate.count", "rate.per_ms", "rate.burst"]);
    const notOff = { $case: "off", value: false } as const;
    const undecided = await failureOf(
      callWith(running.client, Contract.setRateLimit, { name: "call", change: notOff, reason }),
    );
    expect(violationsOf(undecided)).toEqual(["off"]);
  });
});

describe("settings", () => {
  test("are shown without secrets and with what was changed since", async () => {
    const change = { $case: "off", value: true } as const;
    await callWith(running.client, Contract.setRateLimit, { name: "call", change, reason });
    const { settings } = await callWith(running.client, Contract.getConfig, {});
    const of = (variable: string) => settings.find((setting) => setting.variable === variable);
    expect(of("WFC_REDIS_URL")).toMatchObject({ value: "redis://me:***@cache:6379", isDefault: false });
    expect(of("WFC_RATE_LIMIT")).toEqual({
      variable: "WFC_RATE_LIMIT",
      value: "100/1m+20",
      isDefault: true,
      changedTo: "off",
    });
    expect(of("WFC_LOG_LEVEL")?.changedTo).toBe("");
    expect(JSON.stringify(settings)).not.toContain("secret");
  });

  test("the log level changes", async () => {
    const set = (level: string, durationSeconds = 0) =>
      callWith(running.client, Contract.setLogLevel, { level, durationSeconds, reason });
    expect(await set("warn")).toEqual({ previousLevel: "info" });
    expect(running.level()).toBe("warn");
    expect(violationsOf(await failureOf(set("loud", 100_000)))).toEqual(["level", "duration_seconds"]);
  });
});

test("Drain holds, resumes and stops, and what is so already is left so", async () => {
  const drain = (action: DrainAction) => callWith(running.client, Contract.drain, { action, reason });
  expect(await drain(DrainAction.DRAIN_ACTION_HOLD)).toEqual({
    state: ServingState.SERVING_STATE_HELD,
    callsInFlight: 3,
  });
  await drain(DrainAction.DRAIN_ACTION_HOLD);
  expect((await drain(DrainAction.DRAIN_ACTION_RESUME)).state).toBe(ServingState.SERVING_STATE_SERVING);
  expect(violationsOf(await failureOf(drain(DrainAction.DRAIN_ACTION_UNSPECIFIED)))).toEqual(["action"]);
  expect((await drain(DrainAction.DRAIN_ACTION_STOP)).state).toBe(ServingState.SERVING_STATE_STOPPING);
  const late = await failureOf(drain(DrainAction.DRAIN_ACTION_HOLD));
  expect([late.code, reasonOf(late)]).toEqual([status.FAILED_PRECONDITION, "STOPPING"]);
  expect(running.lifecycle.asked).toEqual(["hold", "resume", "stop"]);
});

describe("dead letters", () => {
  const letter = (text: string) => ({
    requestId: "r-1",
    principal: "ci",
    method: "workflow.compiler.v1.CompilerService/Compile",
    errorCode: "INTERNAL",
    reason: "a worker ended",
    format: null,
    options: { target: "temporal", allowInlineCode: true } as const,
    content: Buffer.from(text),
  });

  test("are listed in pages, shown, tried again and purged", async () => {
    const ids: (string | null)[] = [];
    for (const text of ["one", "two", "three"]) ids.push(await running.store.deadLetters.add(letter(text)));
    const list = (pageToken: string, state: DeadLetterState = DeadLetterState.DEAD_LETTER_STATE_UNSPECIFIED) =>
      callWith(running.client, Contract.listDeadLetters, { pageSize: 2, pageToken, state });
    const first = await list("");
    const second = await list(first.nextPageToken);
    expect([...first.deadLetters, ...second.deadLetters].map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(second.nextPageToken).toBe("");
    const [id = ""] = ids;
    const shown = await callWith(running.client, Contract.getDeadLetter, { id: id ?? "" });
    expect(shown.deadLetter).toMatchObject({ principal: "ci", failure: "a worker ended", retries: 0, sourceBytes: 3n });
    expect(shown.source?.content.toString()).toBe("one");
    expect(shown.options).toMatchObject({ target: 2, allowInlineCode: true });
    const retried = await callWith(running.client, Contract.retryDeadLetter, { id: id ?? "", reason });
    expect(retried).toMatchObject({ served: true, errorCode: "", deadLetter: { retries: 1 } });
    expect(retried.artifactDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(retried.deadLetter?.state).toBe(DeadLetterState.DEAD_LETTER_STATE_RESOLVED);
    expect((await list("", DeadLetterState.DEAD_LETTER_STATE_RESOLVED)).deadLetters).toHaveLength(1);
    const purge = (which: Parameters<typeof Contract.purgeDeadLetters.requestSerialize>[0]["which"]) =>
      callWith(running.client, Contract.purgeDeadLetters, { which, reason });
    expect(await purge({ $case: "resolved", value: true })).toEqual({ purged: 1n });
    expect(await purge({ $case: "before", value: new Date(0) })).toEqual({ purged: 0n });
    expect((await failureOf(purge({ $case: "id", value: id ?? "" }))).code).toBe(status.NOT_FOUND);
    expect(violationsOf(await failureOf(purge({ $case: "all", value: false })))).toEqual(["all"]);
    expect(violationsOf(await failureOf(list("made up")))).toEqual(["page_token"]);
    expect(await purge({ $case: "all", value: true })).toEqual({ purged: 2n });
  });

  test("that fail again say with what, and stay", async () => {
    const id = (await running.store.deadLetters.add(letter("bad"))) ?? "";
    running.pool.compile = () => Promise.reject(new Error("the thread has ended"));
    const retried = await callWith(running.client, Contract.retryDeadLetter, { id, reason });
    expect(retried).toMatchObject({ served: false, artifactDigest: "", errorCode: "INTERNAL" });
    expect(retried.deadLetter?.state).toBe(DeadLetterState.DEAD_LETTER_STATE_FAILED_AGAIN);
    expect(running.log.some(({ msg, call }) => msg === "fault" && String(call).endsWith("RetryDeadLetter"))).toBe(true);
  });

  test("that are not there are NOT_FOUND", async () => {
    const failure = await failureOf(callWith(running.client, Contract.getDeadLetter, { id: "nothing" }));
    expect([failure.code, reasonOf(failure)]).toEqual([status.NOT_FOUND, "UNKNOWN_DEAD_LETTER"]);
    expect(
      violationsOf(await failureOf(callWith(running.client, Contract.retryDeadLetter, { id: "", reason: "" }))),
    ).toEqual(["id", "reason"]);
  });
});

describe("the audit log", () => {
  test("has every call of an operator, with the reason", async () => {
    await callWith(running.client, Contract.clearCache, {
      scope: CacheScope.CACHE_SCOPE_REPLICA,
      reason: "stale after 1.2",
    });
    await failureOf(callWith(running.client, Contract.getDeadLetter, { id: "nothing" }));
    await running.store.audit.flush();
    const batches = await all(running.client.listAuditEvents(auditRequest()));
    const events = batches.flatMap((batch) => batch.events);
    expect(
      events.map(({ method, outcome, reason: why, errorCode, sequence }) => ({
        method,
        outcome,
        why,
        errorCode,
        sequence,
      })),
    ).toEqual([
      {
        method: "workflow.compiler.v1.OperationsService/ClearCache",
        outcome: "OK",
        why: "stale after 1.2",
        errorCode: "",
        sequence: 1n,
      },
      {
        method: "workflow.compiler.v1.OperationsService/GetDeadLetter",
        outcome: "NOT_FOUND",
        why: "",
        errorCode: "UNKNOWN_DEAD_LETTER",
        sequence: 2n,
      },
    ]);
    expect(events[0]).toMatchObject({ principal: "anonymous", address: "127.0.0.1", lost: 0n });
  });

  test("is filtered, bounded and given from its end", async () => {
    for (let index = 0; index < 5; index++) await callWith(running.client, Contract.getConfig, {});
    await callWith(running.client, Contract.getRateLimits, {});
    await running.store.audit.flush();
    const list = async (more: Partial<ListAuditEventsRequest>) =>
      (await all(running.client.listAuditEvents(auditRequest(more)))).flatMap(({ events }) => events);
    const method = "workflow.compiler.v1.OperationsService/GetConfig";
    expect(await list({ method })).toHaveLength(5);
    expect((await list({ method, limit: 2n })).map(({ sequence }) => sequence)).toEqual([1n, 2n]);
    expect((await list({ method, last: 2 })).map(({ sequence }) => sequence)).toEqual([4n, 5n]);
    expect(await list({ until: new Date(0) })).toEqual([]);
    const wrong = all(
      running.client.listAuditEvents(auditRequest({ resumeToken: "x", last: 5_000, until: new Date(), follow: true })),
    );
    expect(violationsOf(await failureOf(wrong))).toEqual(["last", "until", "last"]);
    expect(
      violationsOf(await failureOf(all(running.client.listAuditEvents(auditRequest({ resumeToken: "x" }))))),
    ).toEqual(["resume_token"]);
  });

  test("is followed without gaps or repetitions until the server closes", async () => {
    await callWith(running.client, Contract.getConfig, {});
    await running.store.audit.flush();
    const stream = running.client.listAuditEvents(auditRequest({ follow: true }));
    const seen: bigint[] = [];
    const three = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<number>();
    stream.on("data", ({ events }) => {
      seen.push(...events.map(({ sequence }: { sequence: bigint }) => sequence));
      if (seen.length === 3) three.resolve();
    });
    stream.on("error", (error) => ended.resolve("code" in error ? Number(error.code) : -1));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await callWith(running.client, Contract.getConfig, {});
    await callWith(running.client, Contract.getConfig, {});
    await three.promise;
    expect(seen).toEqual([1n, 2n, 3n]);
    await running.operations.close(1_000);
    expect(await ended.promise).toBe(status.UNAVAILABLE);
  });

  test("is verified, against heads from before as well", async () => {
    await callWith(running.client, Contract.getConfig, {});
    await running.store.audit.flush();
    const found = await callWith(running.client, Contract.verifyAuditLog, { knownHeads: [] });
    expect(found).toMatchObject({
      intact: true,
      records: 1n,
      chains: [{ firstSequence: 1n, lastSequence: 1n, fault: undefined }],
    });
    const knownHeads = found.heads.map((head) => ({ ...head, hash: "0".repeat(64) }));
    const again = await callWith(running.client, Contract.verifyAuditLog, { knownHeads });
    expect(again.intact).toBe(false);
    expect(again.chains[0]?.fault?.message).toContain("head");
  });
});

test("calls that ended for a reason of ours are the last errors", async () => {
  running.store.deadLetters.list = () => Promise.reject(new Error("/var/lib/secret is full"));
  const failure = await failureOf(
    callWith(
      running.client,
      Contract.listDeadLetters,
      { pageSize: 0, pageToken: "", state: 0 },
      { "x-request-id": "mine" },
    ),
  );
  expect(failure.code).toBe(status.INTERNAL);
  expect(failure.details).not.toContain("/var");
  const { recentErrors } = await callWith(running.client, Contract.getStatus, {});
  expect(recentErrors).toMatchObject([
    { code: "INTERNAL", requestId: "mine", method: Contract.listDeadLetters.path.slice(1) },
  ]);
});
