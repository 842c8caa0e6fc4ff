import { createRequire } from "node:module";
import { type Attributes, context, propagation, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { GrpcInstrumentation } from "@opentelemetry/instrumentation-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, ParentBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import type { StageTime } from "../artifact.ts";
import { createGuard, type Guard } from "../dependencies/guard.ts";
import type { StoreOperation } from "./metrics.ts";
import { gateServers } from "./sampling.ts";
import { createSpanQueue } from "./span-queue.ts";

/**
 * Traces. A call that is not sampled costs one look at its metadata: no span is made for it, and nothing here does any
 * work for what happens in it.
 */
export interface Tracing {
  /** Of the recorded trace of the call under way, 32 hexadecimal digits; "" where it is not traced. */
  traceId(): string;
  /** Adds to the span of the call under way. */
  note(attributes: CallAttributes): void;
  /** Makes spans of stages that have just ended one after the other, and of the wait before them, in the call under way. */
  stages(stages: readonly StageTime[], startedAt: number): void;
  /** Does `work` in a span of its own, in the call under way. */
  span<T>(name: SpanName, work: () => Promise<T>): Promise<T>;
  /** Stands before the collector; null where there is none. */
  readonly guard: Guard | null;
  /** Sends what is waiting, but waits no longer than `limitMs`, and ends. */
  close(limitMs: number): Promise<void>;
}

export type SpanName = "cache" | `store.${StoreOperation}`;

/** Nothing of a definition. */
export interface CallAttributes {
  readonly "workflow.request_id"?: string;
  readonly "workflow.format"?: string;
  readonly "workflow.cache"?: string;
  readonly "workflow.valid"?: boolean;
}

export interface TracingOptions {
  /** Of the collector, OTLP over gRPC. null: no traces. */
  readonly url: string | null;
  /** Which share of calls without a `traceparent` is traced, from 0 to 1. */
  readonly share: number;
  readonly version: string;
  readonly slot: string;
  /** Of this process, among all replicas. */
  readonly instanceId: string;
  /** Told how many spans left, or were lost because the collector was away or too slow. */
  readonly onSpans: (outcome: "exported" | "lost", count: number) => void;
}

/** How long the collector may take for a batch, in milliseconds. */
const EXPORT_TIMEOUT_MS = 5_000;

/** Longer attribute values are cut, in characters. */
const MAX_ATTRIBUTE = 256;

const scope = "workflow-compiler";

/** Must be called before services are added to a gRPC server: those added before are not traced. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  if (options.url === null) return noTracing;
  // 28 MB that a replica without a collector does without.
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-grpc");
  const guard = createGuard("telemetry", { timeoutMs: EXPORT_TIMEOUT_MS, attempts: 3 });
  const exporter = new OTLPTraceExporter({ url: options.url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new TracerProvider({
    // The gate has decided by then; what reaches a tracer without a parent is to be recorded.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE, attributeCountLimit: 32, eventCountLimit: 16 },
    resource: resourceFromAttributes({
      "service.name": scope,
      "service.version": options.version,
      "service.instance.id": options.instanceId,
      ...(options.slot === "" ? {} : { "workflow.slot": options.slot }),
    }),
    spanProcessors: [createSpanQueue(exporter, guard, options.onSpans)],
  });
  const undo = install(provider, options.share);
  const tracer = provider.getTracer(scope, options.version);
  return {
    guard,
    traceId: () => trace.getActiveSpan()?.spanContext().traceId ?? "",
    note: (attributes) => void trace.getActiveSpan()?.setAttributes({ ...attributes } satisfies Attributes),
    stages(stages, startedAt) {
      if (trace.getActiveSpan() === undefined) return;
      const end = Date.now();
      const workedMs = stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
      let at = Math.max(startedAt, end - workedMs);
      if (stages.length > 0) tracer.startSpan("stage.queue", { startTime: startedAt }).end(at);
      for (const { name, durationMs } of stages) {
        const span = tracer.startSpan(`stage.${name}`, { startTime: at });
        at += durationMs;
        span.end(at);
      }
    },
    async span(name, work) {
      if (trace.getActiveSpan() === undefined) return work();
      const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL });
      try {
        return await context.with(trace.setSpan(context.active(), span), work);
      } finally {
        span.end();
      }
    },
    async close(limitMs) {
      undo();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs);
      });
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

const noTracing: Tracing = {
  traceId: () => "",
  note: () => {},
  stages: () => {},
  span: (_name, work) => work(),
  guard: null,
  close: async () => {},
};

/**
 * Makes `provider` and the instrumentation of grpc-js the ones of this process. It patches prototypes, which also reaches
 * modules that have imported grpc-js before: neither a hook into the loader nor a certain order of imports is needed, but
 * services must be added to servers afterwards.
 */
function install(provider: TracerProvider, share: number): () => void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const instrumentation = new GrpcInstrumentation({ enabled: false });
  instrumentation.setTracerProvider(provider);
  const definitions = instrumentation.getModuleDefinitions();
  // Required rather than imported: what an import gives cannot be patched.
  const grpc: unknown = createRequire(import.meta.url)("@grpc/grpc-js");
  for (const { patch } of definitions) patch?.(grpc);
  const ungate = gateServers(share);
  return () => {
    ungate();
    for (const { unpatch } of definitions) unpatch?.(grpc);
    trace.disable();
    propagation.disable();
    context.disable();
  };
}
