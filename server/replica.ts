import { createAuthentication } from "./admission/authentication.ts";
import { createTokenVerifier, type TokenVerifier } from "./admission/authentication-tokens.ts";
import { createAuthorisation } from "./admission/authorisation.ts";
import type { Call, CallEnd } from "./admission/call.ts";
import type { EndListener, Step } from "./admission/chain.ts";
import { createConcurrencyLimit, limitPool } from "./admission/concurrency.ts";
import { createRateLimiter } from "./admission/rate-limit.ts";
import { shareBuckets } from "./admission/shared-buckets.ts";
import { createCache } from "./cache/cache.ts";
import { createSharedTier } from "./cache/redis-tier.ts";
import { createCatalogue } from "./components/catalogue.ts";
import type { ShownSetting } from "./config/read.ts";
import type { Config } from "./config/settings.ts";
import type { RedisConnection } from "./dependencies/redis.ts";
import { openTls } from "./grpc/credentials.ts";
import { createHealthBoard } from "./health.ts";
import { cacheProbe, certificateProbe, compilerProbes, dependencyProbe, guardProbe } from "./health-probes.ts";
import { createHttp } from "./http.ts";
import { createLoadMeter } from "./operations/load.ts";
import type { ServingState } from "./operations/parts.ts";
import { createProfiler } from "./operations/profiler.ts";
import { createRecentErrors } from "./operations/recent-errors.ts";
import { createOperations, operationMethods } from "./operations.ts";
import { describeOutcome, keepDeadLetter } from "./outcomes.ts";
import { createPool } from "./pool.ts";
import { redactedSource } from "./redacted-source.ts";
import { createService, servedMethods } from "./service.ts";
import { defaultLimits } from "./source/limits.ts";
import type { AuditLog } from "./store/audit.ts";
import { openStore } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { observePool } from "./telemetry/observed-pool.ts";
import { observeStore } from "./telemetry/observed-store.ts";
import { childrenBytes, memoryLimitBytes, residentBytes } from "./telemetry/process-memory.ts";
import { tellOfStore, verifyAudit } from "./telemetry/store-events.ts";
import { startTracing } from "./telemetry/tracing.ts";

/** What a replica is made of that it does not find out by itself. */
export interface ReplicaParts {
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  readonly typescriptVersion: string;
  /** Digest of our own code: answers of another build are not taken for ours. */
  readonly build: string;
  /** Names this replica among all of them. */
  readonly replicaId: string;
  /** Component files, path → text. */
  readonly components: ReadonlyMap<string, string>;
  /** The contract as `buf build --as-file-descriptor-set` wrote it. */
  readonly descriptorSet: Uint8Array;
  readonly shownConfig: () => readonly ShownSetting[];
  /** Begins what SIGTERM begins. */
  readonly onStopAsked: () => void;
}

/** A running replica: every part of it, listening. */
export interface Replica {
  readonly grpcAddress: string;
  readonly operationsAddress: string;
  readonly httpAddress: string;
  /** Reads certificates again, as SIGHUP asks for. */
  reload(): void;
  /** Ends in order: calls under way finish, what waits is written. */
  stop(): Promise<void>;
}

/** How long traces and scrapes under way may take at the end, in milliseconds. */
const FLUSH_MS = 2_000;

/** How often the audit log is verified without being asked, in milliseconds. */
const VERIFY_MS = 60 * 60_000;

/**
 * Starts the parts in the order of their needs and connects them; `stop` ends them in the reverse order. Everything that a
 * replica does goes through here once: read it to know what talks to what.
 */
export async function startReplica(parts: ReplicaParts): Promise<Replica> {
  const { config, log, version } = parts;
  const { logger } = log;
  const stops: (() => unknown)[] = [];
  const started = <T>(part: T, stop: (part: T) => unknown): T => {
    stops.push(() => stop(part));
    return part;
  };

  const metrics = createMetrics({ version, slot: config.slot, methods: [...servedMethods, ...operationMethods] });
  const tracing = started(
    await startTracing({
      url: config.otlpUrl,
      share: config.traceShare,
      version,
      slot: config.slot,
      instanceId: parts.replicaId,
      onSpans: metrics.spansSent,
    }),
    ({ close }) => close(FLUSH_MS),
  );
  const opened = started(
    await openStore(config.store, {
      replica: parts.replicaId,
      auditRetentionMs: config.auditRetentionMs,
      deadLetterRetentionMs: config.deadLetterRetentionMs,
      artifactBytes: config.artifactBytes,
      redact: (content) => redactedSource(content, config.maxSourceBytes),
      onEvent: (event) => tellOfStore(event, log, metrics),
    }),
    ({ close }) => close(),
  );
  const { store, readings: storeReadings } = observeStore(opened, metrics, tracing);
  const redis =
    config.redisUrl === null ? null : started(await openRedis(config.redisUrl, log), ({ close }) => close());
  const pool = started(
    createPool({
      version,
      limits: { ...defaultLimits, bytes: config.maxSourceBytes },
      components: parts.components,
      workers: config.workers,
      jobLimitMs: config.jobLimitMs,
      onRestart: metrics.workerRestarted,
    }),
    ({ close }) => close(),
  );
  const observedPool = observePool(pool, metrics, tracing);
  const concurrency = createConcurrencyLimit(config.concurrency, { workers: config.workers });
  const cache = started(
    createCache({
      pool: limitPool(observedPool, concurrency),
      identity: {
        version,
        build: parts.build,
        limits: { ...defaultLimits, bytes: config.maxSourceBytes },
        components: parts.components,
      },
      memoryBytes: config.cacheBytes,
      shared: redis && createSharedTier(redis, { now: Date.now }),
      stored: config.artifactBytes > 0 ? { artifacts: store.artifacts, isShared: store.engine === "postgres" } : null,
    }),
    ({ close }) => close(),
  );
  const sharing = redis && started(shareBuckets(redis), ({ close }) => close());
  const { rateLimit, connectionRate, streamRate, globalRate } = config;
  const limiter = createRateLimiter(
    { call: rateLimit, connection: connectionRate, stream: streamRate, global: globalRate },
    { sharing },
  );
  const tls =
    config.tlsCert === ""
      ? null
      : started(
          openTls(
            { cert: config.tlsCert, key: config.tlsKey, clientCa: config.tlsClientCa },
            {
              onReload: (outcome) =>
                outcome.kind === "loaded"
                  ? logger.info("took up new certificates")
                  : logger.error({ reason: outcome.reason }, "refused new certificates and kept the old ones"),
            },
          ),
          ({ close }) => close(),
        );
  const tokens = tokenVerifier(config, log);
  const recentErrors = createRecentErrors();
  const onEnd = [auditing(store.audit, metrics), metrics.callEnded, log.callEnded, recentErrors.onEnd];
  const admission = { onEnd, onMessage: metrics.message, onFault: metrics.peerFault, traceId: tracing.traceId };
  const service = createService({
    cache,
    components: createCatalogue(parts.components),
    descriptorSet: parts.descriptorSet,
    log: logger,
    maxSourceBytes: config.maxSourceBytes,
    admission: {
      ...admission,
      limiter,
      maxConnections: config.maxConnections,
      deadlineMs: config.deadlineMs,
      maxDeadlineMs: config.maxDeadlineMs,
      onLimited: metrics.rateLimited,
      identity: identity("caller", config, tokens),
    },
    keepaliveMs: config.keepaliveMs,
    connectionAgeMs: config.connectionAgeMs,
    streamConcurrency: 2 * config.workers,
    onOutcome(outcome) {
      describeOutcome(outcome, tracing);
      keepDeadLetter(outcome, store.deadLetters);
    },
  });

  const guards = [redis?.guard, store.guard, tracing.guard].filter((guard) => guard !== null && guard !== undefined);
  const health = started(
    createHealthBoard([
      ...compilerProbes(pool, config.jobLimitMs),
      cacheProbe(config.cacheBytes, redis !== null, () => redis?.guard.state() === "closed"),
      dependencyProbe("store", store.check, "audit records wait in memory, and dead letters are not kept"),
      ...(redis === null
        ? []
        : [dependencyProbe("redis", redis.check, "replicas share neither answers nor rate limits")]),
      ...(tracing.guard === null ? [] : [guardProbe(tracing.guard, "traces are lost")]),
      ...(tls === null ? [] : [certificateProbe(() => tls.certificates())]),
    ]),
    ({ close }) => close(),
  );
  health.onChange(({ serving }) => service.setServing(serving));

  let state: ServingState = "starting";
  const enter = (next: ServingState): void => {
    state = next;
    service.turnAway(next === "held");
    health.setPhase(next);
  };
  const requestsInFlight = (): number => {
    const { underWay, waiting } = concurrency.state();
    return underWay + waiting + service.load().streams;
  };
  const meter = started(createLoadMeter(), ({ close }) => close());
  const operations = createOperations({
    identity: {
      version,
      typescriptVersion: parts.typescriptVersion,
      replicaId: parts.replicaId,
      startedAt: Date.now(),
    },
    health,
    lifecycle: {
      state: () => state,
      hold: () => enter("held"),
      resume: () => enter("serving"),
      stop: parts.onStopAsked,
    },
    work: {
      async read() {
        const { streams, connections } = service.load();
        return {
          callsInFlight: requestsInFlight(),
          concurrencyLimit: concurrency.state().limit,
          openStreams: streams,
          connections,
          compilationsQueued: pool.load().queued,
          compilationsActive: pool.load().busy,
          workers: config.workers,
          compilerBytes: await childrenBytes(pool.checkerProcesses()),
        };
      },
    },
    meter,
    cache,
    sharedCache: () => ({ configured: redis !== null, available: redis?.guard.state() === "closed" }),
    limits: limiter,
    log,
    logger,
    store,
    backupDir: config.backupDir === "" ? null : config.backupDir,
    config: parts.shownConfig,
    certificates: () => tls?.certificates() ?? [],
    guards,
    recentErrors,
    profiler: createProfiler(),
    descriptorSet: parts.descriptorSet,
    admission: { ...admission, identity: identity("operator", config, tokens) },
    keepaliveMs: config.keepaliveMs,
    connectionAgeMs: config.connectionAgeMs,
  });
  metrics.read({
    ...storeReadings,
    requestsInFlight,
    activeStreams: () => service.load().streams,
    activeCompilations: observedPool.active,
    concurrency: concurrency.state,
    connections: () => service.load().connections,
    rateLimits: limiter.limits,
    workers: pool.load,
    cache: () => {
      const stats = cache.stats();
      return { ...stats, bytes: stats.bytes, uses: stats.uses };
    },
    guards: () => guards,
    certificates: () => tls?.certificates() ?? [],
    health: health.latest,
    compilerMemoryBytes: () => residentBytes(pool.checkerProcesses()),
    memoryLimitBytes,
  });
  const http = started(
    createHttp({
      health,
      metrics,
      version,
      onFault(err, requestId) {
        metrics.fault("http");
        logger.error({ err, requestId }, "fault");
      },
    }),
    ({ close }) => close(FLUSH_MS),
  );

  // From here on it can be reached. It says that it serves when its compilers are warm.
  const httpAddress = await listenAt("WFC_HTTP_ADDR", config.httpAddress, http.listen, parts);
  started(operations, ({ close }) => close(FLUSH_MS));
  const operationsAddress = await listenAt(
    "WFC_OPERATIONS_ADDR",
    config.operationsAddress,
    (address) => operations.listen(address, tls?.credentials),
    parts,
  );
  started(service, ({ drain }) => drain(config.drainMs));
  const grpcAddress = await service.listen(config.grpcAddress, tls?.credentials);
  operations.open();
  await Promise.all([pool.ready(), tokens?.warm()]);
  await health.report();
  enter("serving");
  const verifying = setInterval(() => verifyAudit(store.audit, log, metrics), VERIFY_MS).unref();
  return {
    grpcAddress,
    operationsAddress,
    httpAddress,
    reload: () => void tls?.reload(),
    async stop() {
      clearInterval(verifying);
      enter("stopping");
      await new Promise((resolve) => setTimeout(resolve, config.graceMs));
      for (const stop of stops.reverse()) await stop();
    },
  };
}

/**
 * Whoever runs a second replica on a machine, or something else on our usual port, and has not said where this listener
 * should be, gets it on another port rather than no service. An address that was asked for is kept or refused.
 */
async function listenAt(
  variable: string,
  address: string,
  listen: (address: string) => Promise<string>,
  { shownConfig, log }: ReplicaParts,
): Promise<string> {
  try {
    return await listen(address);
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    const isAsked = shownConfig().some((setting) => setting.variable === variable && !setting.isDefault);
    if (!isTaken || isAsked) throw error;
    const chosen = await listen(address.replace(/\d+$/, "0"));
    log.logger.warn({ setting: variable, taken: address, chosen }, "the usual address is taken: listening elsewhere");
    return chosen;
  }
}

/** Who may call a listener: who they are, then whether they have the role. */
function identity(role: "caller" | "operator", config: Config, tokens: TokenVerifier | null): readonly Step[] {
  const { tlsClientCa, operators } = config;
  return [
    createAuthentication({ certificates: tlsClientCa !== "", tokens, operators, anonymousRole: role }),
    createAuthorisation(role),
  ];
}

/** Its library takes 8 MB: a replica without Redis does not load it. */
async function openRedis(url: string, { logger }: Log): Promise<RedisConnection> {
  const { connectRedis } = await import("./dependencies/redis.ts");
  return connectRedis(url, { log: logger });
}

function tokenVerifier(config: Config, { logger }: Log): TokenVerifier | null {
  if (config.jwksUrl === null) return null;
  return createTokenVerifier({
    jwksUrl: config.jwksUrl,
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    rolesClaim: config.jwtRolesClaim,
    operators: config.operators,
    onKeys: (keys) =>
      keys.kind === "away"
        ? logger.warn({ reason: keys.reason }, "the keys of tokens cannot be fetched")
        : logger.info("the keys of tokens were fetched"),
  });
}

/** One record per call. The chain bounds how long an answer waits for it. */
function auditing(audit: AuditLog, metrics: Metrics): EndListener {
  return async (call: Call, { code, durationMs, errorCode }: CallEnd) => {
    const outcome = await audit.append({
      time: call.arrivedAt,
      requestId: call.requestId,
      principal: call.principal.name,
      address: call.address,
      method: call.method,
      resourceDigest: call.resource,
      outcome: code,
      durationMs,
      errorCode,
      reason: call.reason,
    });
    if (outcome === "lost") metrics.fault("audit");
  };
}
