import { cacheSchema } from "./cache-view.ts";
import { limitSchema } from "./rates.ts";
import { count, list, number, object, oneOf, perReplica, text, time } from "./schema.ts";

const health = oneOf("healthy", "degraded", "unhealthy");

export const componentSchema = object({
  name: text,
  status: health,
  latencyMs: number,
  message: text,
  checkedAt: time,
});

export const statusSchema = perReplica(
  object({
    version: text,
    replicaId: text,
    state: oneOf("starting", "serving", "held", "stopping"),
    startedAt: time,
    now: time,
    health,
    components: list(componentSchema),
    load: object({
      callsInFlight: count,
      concurrencyLimit: count,
      openStreams: count,
      connections: count,
      compilationsQueued: count,
      compilationsActive: count,
      workers: count,
      eventLoopDelayMeanMs: number,
      eventLoopDelayP99Ms: number,
      cpuCores: number,
      residentBytes: count,
      heapUsedBytes: count,
      heapLimitBytes: count,
      compilerBytes: count,
      openFileDescriptors: count,
    }),
    cache: cacheSchema,
    rateLimits: list(limitSchema),
    recentErrors: list(object({ time, code: text, errorCode: text, method: text, requestId: text })),
    certificates: list(
      object({
        use: text,
        subject: text,
        issuer: text,
        notBefore: time,
        notAfter: time,
        serialNumber: text,
        fingerprint: text,
        names: list(text),
        loadedAt: time,
      }),
    ),
    caller: object({ name: text, kind: text, roles: list(text) }),
    store: object({
      engine: text,
      schemaVersion: count,
      latestSchemaVersion: count,
      auditRecordsWaiting: count,
      auditRecordsLost: count,
      deadLetters: count,
    }),
    logLevel: text,
    circuitBreakers: list(object({ name: text, state: oneOf("closed", "half-open", "open") })),
    runtime: object({ node: text, typescript: text, platform: text, processId: count }),
  }),
);
