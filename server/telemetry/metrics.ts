import { Counter, collectDefaultMetrics, Gauge, Histogram } from "prom-client";
import type { Call, CallEnd } from "../admission/call.ts";
import type { PeerFault } from "../admission/faults.ts";
import type { StageTime } from "../artifact.ts";
import { createRegistry, type Exposition, expose, type Family, type MetricRegistry } from "./exposition.ts";
import { codeLabel, createMethodNames, createTypeNames, errorCodeLabel, isCompilers } from "./labels.ts";
import { addReadings, type Readings } from "./readings.ts";

/** One function for each thing that happens. Names, labels and their values are declared in docs/telemetry.yaml. */
export interface Metrics {
  /** Listens to the end of each call. */
  callEnded(call: Pick<Call, "method" | "traceId">, end: Pick<CallEnd, "code" | "durationMs">): void;
  rateLimited(method: string): void;
  /** What a peer did wrong below the level of a request. */
  peerFault(fault: PeerFault): void;
  /** A message of a stream. Unary calls have one each way, which `workflow_requests_total` counts. */
  message(direction: "received" | "sent"): void;
  /** A fault that no caller need have noticed. Calls that fail are counted by `callEnded`. */
  fault(type: FaultType): void;
  compiled(compilation: CompilationEvent): void;
  validated(validation: ValidationEvent): void;
  storeUsed(operation: StoreOperation, durationMs: number): void;
  workerRestarted(reason: "job_limit" | "memory_limit" | "cancelled" | "fault"): void;
  spansSent(outcome: "exported" | "lost", count: number): void;
  /** Adds to what is read at a scrape; a later reading of the same name takes the place of an earlier one. */
  read(readings: Partial<Readings>): void;
  /** Those who scrape at the same time share one answer. */
  scrape(format: Exposition["format"]): Promise<Exposition>;
}

const faultTypes = ["worker", "store", "audit", "cache", "redis", "telemetry", "http", "uncaught"] as const;
export type FaultType = (typeof faultTypes)[number];

export type StoreOperation =
  | "audit_append"
  | "audit_list"
  | "audit_verify"
  | "dead_letter_add"
  | "artifact_get"
  | "artifact_put"
  | "backup";

/** A run of the compiler; an answer from the cache is none. */
export interface CompilationEvent {
  /** `invalid`: the definition was. `error`: we failed on it. */
  readonly status: "success" | "invalid" | "error" | "cancelled";
  /** `metadata.type` of the definition, or "". */
  readonly workflowType: string;
  /** From when it was asked for, waiting for a worker included. */
  readonly durationMs: number;
  readonly stages: readonly StageTime[];
  /** Codes of the diagnostics of severity error. */
  readonly errorCodes: readonly string[];
  /** Of the recorded trace, or "". */
  readonly traceId: string;
}

export interface ValidationEvent {
  readonly status: "valid" | "invalid" | "error" | "cancelled";
  readonly durationMs: number;
  readonly stages: readonly StageTime[];
  readonly errorCodes: readonly string[];
  /** Of the recorded trace, or "". */
  readonly traceId: string;
}

export interface MetricsOptions {
  readonly version: string;
  /** Of a rollout, such as `blue` or `canary`. */
  readonly slot: string;
  /** Names of all methods that are served; others are counted as `other`. */
  readonly methods: Iterable<string>;
}

/**
 * In seconds. An answer from the cache takes less than a millisecond; a call has 30 s by default. Alerts compare with 0.1 and
 * 5: a quantile is exact at a bound, and never larger than the last one.
 */
const compileBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const requestBuckets = [0.0005, ...compileBuckets];
const stageBuckets = [0.0001, 0.00025, 0.0005, ...compileBuckets];
const storeBuckets = [0.0001, 0.0005, ...compileBuckets];

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = createRegistry();
  const readings: Partial<Readings> = {};
  let scraping: Promise<readonly Family[]> | null = null;
  collectDefaultMetrics({ register: registry });
  // Gauges whose names end as those of counters do, which OpenMetrics forbids. Their parts stay, by type.
  for (const kind of ["handles", "requests", "resources"]) registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  addBuildInfo(registry, options);
  addReadings(registry, readings);
  return {
    ...callMetrics(registry, [...options.methods]),
    ...compilerMetrics(registry),
    ...stateMetrics(registry),
    read: (more) => void Object.assign(readings, more),
    async scrape(format) {
      scraping ??= registry.getMetricsAsJSON().finally(() => {
        scraping = null;
      });
      return expose(await scraping, format);
    },
  };
}

function callMetrics(registry: MetricRegistry, methods: readonly string[]) {
  const methodLabel = createMethodNames(methods);
  const { counter, histogram } = instruments(registry);
  const requests = counter("workflow_requests_total", "Calls that have ended.", "method", "code");
  const duration = histogram(
    "workflow_request_duration_seconds",
    "From the first byte of a call to its end.",
    requestBuckets,
    "method",
  );
  const limited = counter("workflow_rate_limited_total", "Calls and messages that a rate limit refused.", "method");
  const peerFaults = counter(
    "workflow_peer_faults_total",
    "What peers did wrong below the level of a request.",
    "fault",
  );
  const messages = counter("workflow_messages_total", "Messages of streams.", "direction");
  const errors = counter(
    "workflow_errors_total",
    "Calls that failed, by status, and faults that no call need have noticed.",
    "type",
  );
  // A series that starts at 0 shows its first event to a rate; one that starts at 1 hides it.
  for (const path of methods) limited.inc({ method: methodLabel(path) }, 0);
  for (const method of methods.map(methodLabel).filter(isCompilers))
    for (const code of ["OK", ...ourCodes]) requests.inc({ method, code }, 0);
  for (const direction of ["received", "sent"] as const) messages.inc({ direction }, 0);
  for (const type of ["internal", "unavailable", "deadline_exceeded", ...faultTypes]) errors.inc({ type }, 0);
  return {
    callEnded({ method: path, traceId }, { code, durationMs }) {
      const method = methodLabel(path);
      requests.inc({ method, code: codeLabel(code) });
      duration.observe({ labels: { method }, value: durationMs / 1_000, exemplarLabels: exemplarOf(traceId) });
      if (code !== "OK") errors.inc({ type: codeLabel(code).toLowerCase() });
    },
    rateLimited: (method) => limited.inc({ method: methodLabel(method) }),
    peerFault: (fault) => peerFaults.inc({ fault }),
    message: (direction) => messages.inc({ direction }),
    fault: (type) => errors.inc({ type }),
  } satisfies Partial<Metrics>;
}

function compilerMetrics(registry: MetricRegistry) {
  const { counter, histogram } = instruments(registry);
  const types = createTypeNames();
  const compilations = counter(
    "workflow_compilations_total",
    "Runs of the compiler. Answers from the cache are none.",
    "status",
    "workflow_type",
  );
  const duration = histogram(
    "workflow_compilation_duration_seconds",
    "Of a run of the compiler, waiting for a worker included.",
    compileBuckets,
    "workflow_type",
  );
  const stages = histogram("workflow_stage_duration_seconds", "Of one stage of the compiler.", stageBuckets, "stage");
  const queue = histogram(
    "workflow_queue_duration_seconds",
    "How long definitions waited for a worker.",
    compileBuckets,
  );
  const validations = counter(
    "workflow_validations_total",
    "Definitions that were validated and not compiled.",
    "status",
  );
  const codes = counter(
    "workflow_validation_errors_total",
    "Diagnostics of severity error, of Validate and of Compile.",
    "error_code",
  );
  const restarts = counter(
    "workflow_worker_restarts_total",
    "Workers that were stopped or ended, and replaced.",
    "reason",
  );
  const observeRun = ({ durationMs, stages: run, errorCodes, traceId }: CompilationEvent | ValidationEvent): void => {
    const exemplarLabels = exemplarOf(traceId);
    let workedMs = 0;
    for (const { name, durationMs: stageMs } of run) {
      stages.observe({ labels: { stage: name }, value: stageMs / 1_000, exemplarLabels });
      workedMs += stageMs;
    }
    if (run.length > 0) queue.observe({ value: Math.max(0, durationMs - workedMs) / 1_000, exemplarLabels });
    for (const code of errorCodes) codes.inc({ error_code: errorCodeLabel(code) });
  };
  for (const status of ["valid", "invalid", "error", "cancelled"]) validations.inc({ status }, 0);
  for (const reason of ["job_limit", "memory_limit", "cancelled", "fault"]) restarts.inc({ reason }, 0);
  return {
    compiled(event) {
      const workflowType = types.labelOf(event.workflowType);
      compilations.inc({ status: event.status, workflow_type: workflowType });
      duration.observe({
        labels: { workflow_type: workflowType },
        value: event.durationMs / 1_000,
        exemplarLabels: exemplarOf(event.traceId),
      });
      observeRun(event);
    },
    validated(event) {
      validations.inc({ status: event.status });
      observeRun(event);
    },
    workerRestarted: (reason) => restarts.inc({ reason }),
  } satisfies Partial<Metrics>;
}

function stateMetrics(registry: MetricRegistry) {
  const { counter, histogram } = instruments(registry);
  const store = histogram(
    "workflow_store_operation_duration_seconds",
    "Of one operation of the store.",
    storeBuckets,
    "operation",
  );
  const spans = counter("workflow_trace_spans_total", "Spans that were handed to the collector, or lost.", "outcome");
  for (const outcome of ["exported", "lost"]) spans.inc({ outcome }, 0);
  return {
    storeUsed: (operation, durationMs) => store.observe({ labels: { operation }, value: durationMs / 1_000 }),
    spansSent: (outcome, count) => spans.inc({ outcome }, count),
  } satisfies Partial<Metrics>;
}

/** Codes of calls that failed for a reason of ours. */
const ourCodes = ["INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED"];

function addBuildInfo(registry: MetricRegistry, { version, slot }: MetricsOptions): void {
  const labels = { version, slot, node_version: process.version };
  const info = new Gauge({
    name: "workflow_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["version", "slot", "node_version"],
    registers: [registry],
  });
  info.set(labels, 1);
}

function instruments(registry: MetricRegistry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, ...labelNames: readonly L[]) =>
      new Counter<L>({ name, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, buckets: number[], ...labelNames: readonly L[]) =>
      new Histogram<L>({ name, help, buckets, labelNames, registers, enableExemplars: true }),
  };
}

const noExemplar = {};

function exemplarOf(traceId: string): Record<string, string> {
  return traceId === "" ? noExemplar : { trace_id: traceId };
}
