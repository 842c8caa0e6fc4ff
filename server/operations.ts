import { type MethodDefinition, Server, type ServerCredentials } from "@grpc/grpc-js";
import { OperationsServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Logger } from "pino";
import { type AdmissionParts, createAdmission } from "./admission/admission.ts";
import type { Call } from "./admission/call.ts";
import { createRateLimiter } from "./admission/rate-limit.ts";
import { createHealth } from "./grpc/health.ts";
import { encodedMethod } from "./grpc/method.ts";
import { addReflection } from "./grpc/reflection.ts";
import { type Edge, normalise, unary } from "./grpc/serve.ts";
import { consuming, producing } from "./grpc/serve-streams.ts";
import { createTransport, transportOptions } from "./grpc/transport.ts";
import { listAuditEvents, verifyAuditLog } from "./operations/audit.ts";
import { createBackups } from "./operations/backup.ts";
import { cacheStats, clearCache, warmCache } from "./operations/cache.ts";
import { getDeadLetter, listDeadLetters, purgeDeadLetters, retryDeadLetter } from "./operations/dead-letters.ts";
import { explained } from "./operations/faults.ts";
import { drain } from "./operations/lifecycle.ts";
import { limitToWire, resetRateLimits, setRateLimit } from "./operations/limits.ts";
import type { OperationsParts } from "./operations/parts.ts";
import { captureProfile } from "./operations/profile.ts";
import { createLogLevelControl, getConfig, type LogLevelControl } from "./operations/settings.ts";
import { getStatus } from "./operations/status.ts";

export interface OperationsServiceParts extends Omit<OperationsParts, "logger"> {
  readonly logger: Logger;
  /** The contract as `buf build --as-file-descriptor-set` wrote it, for reflection. */
  readonly descriptorSet: Uint8Array;
  /** `identity` is authentication, then authorisation: every method wants the role `operator`. */
  readonly admission: Pick<AdmissionParts, "onEnd" | "onFault" | "onMessage" | "traceId"> & {
    readonly identity: NonNullable<AdmissionParts["identity"]>;
  };
  readonly keepaliveMs: number;
  readonly connectionAgeMs: number;
}

export interface Operations {
  /** @param address `host:port`; port 0 picks one. Gives it with the port as bound. Default credentials: no TLS. */
  listen(address: string, credentials?: ServerCredentials): Promise<string>;
  /** From now on its own health says SERVING. It has nothing to do with that of the compiler. */
  open(): void;
  /** Sends new calls away, ends streams that would go on for ever, and waits for the others for `limitMs` milliseconds. */
  close(limitMs: number): Promise<void>;
}

const serviceNames = ["workflow.compiler.v1.OperationsService"] as const;

/** Names of its methods, without the leading slash: labels of metrics. */
export const operationMethods: readonly string[] = Object.values(Contract).map(({ path }) => path.slice(1));

/** A list of definitions to warm the cache with. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** To verify a long audit log takes its time. */
const DEADLINE_MS = 2 * 60_000;
const MAX_DEADLINE_MS = 30 * 60_000;

/** More operators than this at once are none. */
const MAX_CONNECTIONS = 200;

/** Operators are not limited in how often they call: they are few, known, and needed most when all else is overrun. */
const noRates = { call: null, connection: null, stream: null, global: null } as const;

/** The operators' service on a server of its own. One function per method is in operations/. */
export function createOperations(parts: OperationsServiceParts): Operations {
  let closing = false;
  const admission = createAdmission({
    ...parts.admission,
    log: parts.logger,
    limiter: createRateLimiter(noRates),
    maxConnections: MAX_CONNECTIONS,
    deadlineMs: DEADLINE_MS,
    maxDeadlineMs: MAX_DEADLINE_MS,
    isDraining: () => closing,
  });
  const server = new Server({
    ...transportOptions({
      maxMessageBytes: MAX_MESSAGE_BYTES,
      keepaliveMs: parts.keepaliveMs,
      connectionAgeMs: parts.connectionAgeMs,
      maxDeadlineMs: MAX_DEADLINE_MS,
    }),
    interceptors: [admission.interceptor],
  });
  const transport = createTransport(server, admission.transport);
  const health = createHealth(serviceNames);
  const following = new AbortController();
  const logLevel = createLogLevelControl(parts);
  const edge: Edge<Call> = {
    log: parts.logger,
    callOf: admission.callOf,
    onMalformed: ({ address }) => admission.onPeerFault("malformed_message", address),
  };
  addOperations(server, edge, parts, { logLevel, ending: following.signal });
  health.addTo(server);
  addReflection(server, parts.descriptorSet, [...serviceNames, "grpc.health.v1.Health"]);
  return {
    listen: transport.listen,
    open: () => health.setServing(true),
    async close(limitMs) {
      closing = true;
      health.setServing(false);
      health.close();
      following.abort();
      logLevel.close();
      await transport.close(limitMs);
    },
  };
}

interface Running {
  readonly logLevel: LogLevelControl;
  /** Aborts when the server is about to close. */
  readonly ending: AbortSignal;
}

function addOperations(
  server: Server,
  edge: Edge<Call>,
  parts: OperationsServiceParts,
  { logLevel, ending }: Running,
): void {
  const { cache, limits, store } = parts;
  const { audit, deadLetters } = store;
  const backups = createBackups(parts);
  /** A unary method. */
  const one = <Request, Response>(
    method: MethodDefinition<Request, Response>,
    serve: (request: Request, call: Call) => Response | Promise<Response>,
  ) => unary(method, edge, (request: Request, call: Call) => toldOf(() => serve(request, call)));
  /** A method that gives a stream. */
  const many = <Request, Response>(
    method: MethodDefinition<Request, Response>,
    serve: (request: Request, call: Call) => AsyncIterable<Response>,
  ) => producing(method, edge, (request: Request, call: Call) => streamToldOf(serve(request, call)));
  /** A method that takes a stream. */
  const sent = <Request, Response>(
    method: MethodDefinition<Request, Response>,
    serve: (requests: AsyncIterable<Request>, call: Call) => Promise<Response>,
  ) => consuming(method, edge, (requests: AsyncIterable<Request>, call: Call) => toldOf(() => serve(requests, call)));

  server.addService(encodedMethods(), {
    getStatus: one(Contract.getStatus, (_, call) => getStatus(call, parts)),
    getCacheStats: one(Contract.getCacheStats, async () => ({ stats: await cacheStats(parts) })),
    clearCache: one(Contract.clearCache, (request, call) => clearCache(request, call, cache)),
    warmCache: one(Contract.warmCache, (request, call) => warmCache(request, call, cache)),
    listAuditEvents: many(Contract.listAuditEvents, (request, call) => listAuditEvents(request, call, audit, ending)),
    verifyAuditLog: one(Contract.verifyAuditLog, (request, call) => verifyAuditLog(request, call, audit)),
    listDeadLetters: one(Contract.listDeadLetters, (request) => listDeadLetters(request, deadLetters)),
    getDeadLetter: one(Contract.getDeadLetter, (request, call) => getDeadLetter(request, call, deadLetters)),
    retryDeadLetter: one(Contract.retryDeadLetter, (request, call) =>
      retryDeadLetter(request, call, parts, (fault) => normalise(fault, call.method, parts.logger)),
    ),
    purgeDeadLetters: one(Contract.purgeDeadLetters, (request, call) => purgeDeadLetters(request, call, deadLetters)),
    getConfig: one(Contract.getConfig, () => getConfig(parts)),
    setLogLevel: one(Contract.setLogLevel, logLevel.set),
    getRateLimits: one(Contract.getRateLimits, () => ({ limits: limits.limits().map(limitToWire) })),
    setRateLimit: one(Contract.setRateLimit, (request, call) => setRateLimit(request, call, limits)),
    resetRateLimits: one(Contract.resetRateLimits, (request, call) => resetRateLimits(request, call, limits)),
    drain: one(Contract.drain, (request, call) => drain(request, call, parts)),
    createBackup: many(Contract.createBackup, backups.create),
    listBackups: one(Contract.listBackups, backups.list),
    verifyBackup: sent(Contract.verifyBackup, backups.verify),
    restoreBackup: sent(Contract.restoreBackup, backups.restore),
    captureProfile: many(Contract.captureProfile, (request, call) => captureProfile(request, call, parts)),
  });
}

/** The contract's methods with requests decoded and answers encoded in the handlers. */
function encodedMethods() {
  return {
    getStatus: encodedMethod(Contract.getStatus),
    getCacheStats: encodedMethod(Contract.getCacheStats),
    clearCache: encodedMethod(Contract.clearCache),
    warmCache: encodedMethod(Contract.warmCache),
    listAuditEvents: encodedMethod(Contract.listAuditEvents),
    verifyAuditLog: encodedMethod(Contract.verifyAuditLog),
    listDeadLetters: encodedMethod(Contract.listDeadLetters),
    getDeadLetter: encodedMethod(Contract.getDeadLetter),
    retryDeadLetter: encodedMethod(Contract.retryDeadLetter),
    purgeDeadLetters: encodedMethod(Contract.purgeDeadLetters),
    getConfig: encodedMethod(Contract.getConfig),
    setLogLevel: encodedMethod(Contract.setLogLevel),
    getRateLimits: encodedMethod(Contract.getRateLimits),
    setRateLimit: encodedMethod(Contract.setRateLimit),
    resetRateLimits: encodedMethod(Contract.resetRateLimits),
    drain: encodedMethod(Contract.drain),
    createBackup: encodedMethod(Contract.createBackup),
    listBackups: encodedMethod(Contract.listBackups),
    verifyBackup: encodedMethod(Contract.verifyBackup),
    restoreBackup: encodedMethod(Contract.restoreBackup),
    captureProfile: encodedMethod(Contract.captureProfile),
  };
}

/** What a dependency's failure means to an operator is said in one place. */
async function toldOf<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw explained(fault);
  }
}

async function* streamToldOf<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (fault) {
    throw explained(fault);
  }
}
