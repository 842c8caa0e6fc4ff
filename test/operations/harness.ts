import { readFileSync } from "node:fs";
import { type ChannelCredentials, type ChannelOptions, credentials, type ServerCredentials } from "@grpc/grpc-js";
import { OperationsServiceClient } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { pino } from "pino";
import { createAuthentication } from "../../server/admission/authentication.ts";
import { createAuthorisation } from "../../server/admission/authorisation.ts";
import type { EndListener } from "../../server/admission/chain.ts";
import { createRateLimiter, type RateLimiter } from "../../server/admission/rate-limit.ts";
import { showConfig } from "../../server/config/read.ts";
import type { LogLevel } from "../../server/config/settings.ts";
import { rate } from "../../server/config/syntax.ts";
import { createHealthBoard } from "../../server/health.ts";
import { createLoadMeter } from "../../server/operations/load.ts";
import type { Lifecycle, ServingState } from "../../server/operations/parts.ts";
import { createProfiler } from "../../server/operations/profiler.ts";
import { createRecentErrors } from "../../server/operations/recent-errors.ts";
import { createOperations, type Operations, type OperationsServiceParts } from "../../server/operations.ts";
import { openStore, type Store } from "../../server/store/store.ts";
import { createReplica, createTestPool, type TestPool } from "../cache/replica.ts";

/** Operations over a real store, cache, limiter, health board and profiler; only the compiler is made up. */
export interface OperationsHarness {
  readonly address: string;
  readonly client: OperationsServiceClient;
  readonly operations: Operations;
  readonly store: Store;
  readonly pool: TestPool;
  readonly limiter: RateLimiter;
  readonly log: readonly Record<string, unknown>[];
  readonly lifecycle: Lifecycle & { readonly asked: readonly string[] };
  readonly level: () => LogLevel;
  connect(channel?: ChannelCredentials, options?: ChannelOptions, to?: string): OperationsServiceClient;
  stop(): Promise<void>;
}

type Steps = OperationsServiceParts["admission"]["identity"];

interface HarnessOptions {
  readonly parts?: Partial<Pick<OperationsServiceParts, "backupDir" | "certificates" | "store">>;
  /** Who may call. Default: whoever is on this machine, as an operator. */
  readonly identity?: Steps;
  readonly credentials?: ServerCredentials;
  /** Where it listens. Default: 127.0.0.1. */
  readonly host?: string;
}

const localOperators: Steps = [
  createAuthentication({ certificates: false, tokens: null, operators: [], anonymousRole: "operator" }),
  createAuthorisation("operator"),
];

export async function startOperations(options: HarnessOptions = {}): Promise<OperationsHarness> {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const store = options.parts?.store ?? (await openMemoryStore());
  const pool = createTestPool();
  const limiter = createRateLimiter({
    call: rate("100/1m+20") ?? null,
    connection: rate("10/1m") ?? null,
    stream: null,
    global: null,
  });
  const recentErrors = createRecentErrors();
  const meter = createLoadMeter();
  const lifecycle = createLifecycle();
  const health = createHealthBoard([
    { component: "source", essential: true, check: () => ({ state: "healthy", message: "" }) },
    { component: "redis", essential: false, check: () => ({ state: "unhealthy", message: "it does not answer" }) },
  ]);
  let level: LogLevel = "info";
  const audit: EndListener = async ({ arrivedAt, principal, resource, ...call }, end) => {
    const { requestId, address, method, reason } = call;
    const { code: outcome, durationMs, errorCode } = end;
    const what = { requestId, principal: principal.name, address, method, resourceDigest: resource, reason };
    await store.audit.append({ time: arrivedAt, ...what, outcome, durationMs, errorCode });
  };
  const operations = createOperations({
    identity: { version: "1.2.3", typescriptVersion: "7.0.2", replicaId: "replica/1", startedAt: Date.now() },
    health,
    lifecycle,
    work: { read: () => ({ ...idle, callsInFlight: 3, concurrencyLimit: 20 }) },
    meter,
    cache: createReplica(pool),
    sharedCache: () => ({ configured: false, available: false }),
    limits: limiter,
    log: {
      level: () => level,
      setLevel: (next) => {
        level = next;
      },
    },
    logger,
    store,
    backupDir: null,
    config: () => showConfig({ WFC_REDIS_URL: "redis://me:secret@cache:6379" }, null),
    certificates: () => [],
    guards: [{ name: "redis", state: () => "open" }],
    recentErrors,
    profiler: createProfiler(),
    descriptorSet: readFileSync(new URL("../../proto/gen/descriptors.binpb", import.meta.url)),
    keepaliveMs: 30_000,
    connectionAgeMs: 600_000,
    ...options.parts,
    admission: { identity: options.identity ?? localOperators, onEnd: [recentErrors.onEnd, audit] },
  });
  const address = await operations.listen(`${options.host ?? "127.0.0.1"}:0`, options.credentials);
  operations.open();
  const clients: OperationsServiceClient[] = [];
  const connect: OperationsHarness["connect"] = (channel = credentials.createInsecure(), more = {}, to = address) => {
    const client = new OperationsServiceClient(to, channel, more);
    clients.push(client);
    return client;
  };
  return {
    address,
    client: connect(),
    operations,
    store,
    pool,
    limiter,
    log: lines,
    lifecycle,
    level: () => level,
    connect,
    async stop() {
      for (const client of clients) client.close();
      await operations.close(1_000);
      meter.close();
      health.close();
      await store.close();
    },
  };
}

/** Keeps definitions as they are. */
function openMemoryStore(): Promise<Store> {
  return openStore({ kind: "sqlite", path: ":memory:" }, { redact: (bytes) => bytes });
}

const idle = {
  callsInFlight: 0,
  concurrencyLimit: null,
  openStreams: 0,
  connections: 1,
  compilationsQueued: 0,
  compilationsActive: 0,
  workers: 1,
  compilerBytes: 0,
};

function createLifecycle() {
  let state: ServingState = "serving";
  const asked: string[] = [];
  const become = (name: string, next: ServingState) => () => {
    asked.push(name);
    state = next;
  };
  return {
    asked,
    state: () => state,
    hold: become("hold", "held"),
    resume: become("resume", "serving"),
    stop: become("stop", "stopping"),
  };
}
