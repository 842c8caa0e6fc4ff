import {
  type Certificate,
  type GetStatusResponse,
  HealthStatus,
  type Load,
  type StoreStatus,
  CircuitState as WireCircuit,
  type ComponentHealth as WireComponent,
  ServingState as WireServing,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import type { CircuitState } from "../dependencies/guard.ts";
import type { LoadedCertificate } from "../grpc/credentials.ts";
import type { ComponentHealth, ComponentState } from "../health.ts";
import type { Store } from "../store/store.ts";
import { cacheStats } from "./cache.ts";
import { limitToWire } from "./limits.ts";
import type { OperationsParts, ServingState } from "./parts.ts";

/** Answers although the store is away: then it says less of it. */
export async function getStatus(call: Pick<Call, "principal">, parts: OperationsParts): Promise<GetStatusResponse> {
  const { identity, lifecycle, limits, log, recentErrors, certificates, guards } = parts;
  const [report, load, cache, store] = await Promise.all([
    parts.health.report(),
    readLoad(parts),
    cacheStats(parts),
    storeStatus(parts.store),
  ]);
  const { name, kind, roles } = call.principal;
  return {
    version: identity.version,
    replicaId: identity.replicaId,
    state: servingToWire(lifecycle.state()),
    startedAt: new Date(identity.startedAt),
    now: new Date(),
    health: healthToWire(report.state),
    components: report.components.map(componentToWire),
    load,
    cache,
    rateLimits: limits.limits().map(limitToWire),
    recentErrors: recentErrors.list().map(({ time, ...error }) => ({ ...error, time: new Date(time) })),
    certificates: certificates().map(certificateToWire),
    caller: { name, kind, roles: [...roles] },
    store,
    logLevel: log.level(),
    circuitBreakers: guards.map((guard) => ({ name: guard.name, state: circuitToWire(guard.state()) })),
    runtime: {
      node: process.versions.node,
      typescript: identity.typescriptVersion,
      platform: `${process.platform}-${process.arch}`,
      processId: process.pid,
    },
  };
}

async function readLoad({ work, meter }: OperationsParts): Promise<Load> {
  const { residentBytes, heapUsedBytes, heapLimitBytes, ...own } = meter.read();
  const { concurrencyLimit, compilerBytes, ...calls } = await work.read();
  return {
    ...own,
    ...calls,
    concurrencyLimit: concurrencyLimit ?? 0,
    residentBytes: BigInt(residentBytes),
    heapUsedBytes: BigInt(heapUsedBytes),
    heapLimitBytes: BigInt(heapLimitBytes),
    compilerBytes: BigInt(compilerBytes),
  };
}

async function storeStatus(store: Store): Promise<StoreStatus> {
  const { waiting, lost } = store.audit.stats();
  const [schema, letters] = await Promise.all([quietly(store.schema()), quietly(store.deadLetters.stats())]);
  return {
    engine: store.engine,
    schemaVersion: schema?.version ?? 0,
    latestSchemaVersion: schema?.latest ?? 0,
    auditRecordsWaiting: BigInt(waiting),
    auditRecordsLost: BigInt(lost),
    deadLetters: BigInt(letters?.count ?? 0),
  };
}

/** null where the store cannot tell now: its health says why. */
async function quietly<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}

export function servingToWire(state: ServingState): WireServing {
  switch (state) {
    case "starting":
      return WireServing.SERVING_STATE_STARTING;
    case "serving":
      return WireServing.SERVING_STATE_SERVING;
    case "held":
      return WireServing.SERVING_STATE_HELD;
    case "stopping":
      return WireServing.SERVING_STATE_STOPPING;
    default:
      return state satisfies never;
  }
}

function healthToWire(state: ComponentState): HealthStatus {
  switch (state) {
    case "healthy":
      return HealthStatus.HEALTH_STATUS_HEALTHY;
    case "degraded":
      return HealthStatus.HEALTH_STATUS_DEGRADED;
    case "unhealthy":
      return HealthStatus.HEALTH_STATUS_UNHEALTHY;
    default:
      return state satisfies never;
  }
}

function circuitToWire(state: CircuitState): WireCircuit {
  switch (state) {
    case "closed":
      return WireCircuit.CIRCUIT_STATE_CLOSED;
    case "half-open":
      return WireCircuit.CIRCUIT_STATE_HALF_OPEN;
    case "open":
      return WireCircuit.CIRCUIT_STATE_OPEN;
    default:
      return state satisfies never;
  }
}

function componentToWire({ component, state, latencyMs, message, checkedAt }: ComponentHealth): WireComponent {
  return { name: component, status: healthToWire(state), latencyMs, message, checkedAt: new Date(checkedAt) };
}

function certificateToWire({ notBefore, notAfter, loadedAt, names, ...rest }: LoadedCertificate): Certificate {
  const times = { notBefore: new Date(notBefore), notAfter: new Date(notAfter), loadedAt: new Date(loadedAt) };
  return { ...rest, ...times, names: [...names] };
}
