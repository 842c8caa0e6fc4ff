import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Guard } from "../dependencies/guard.ts";

/** How many spans wait for the collector; more are lost. At about 1 KB each. */
const MAX_SPANS = 2_048;
const BATCH_SPANS = 512;
const DELAY_MS = 2_000;
/** With all attempts and the pauses between them. */
const EXPORT_LIMIT_MS = 20_000;

/** Sends spans in batches, through `guard`. While the collector is away they are counted and dropped, and nothing waits. */
export function createSpanQueue(
  exporter: SpanExporter,
  guard: Guard,
  onSpans: (outcome: "exported" | "lost", count: number) => void,
): SpanProcessor {
  let waiting = 0;
  const guarded: SpanExporter = {
    export(spans, done) {
      guard
        .run(() => exported(exporter, spans))
        .then(
          () => ({ code: ExportResultCode.SUCCESS }),
          (error: unknown) => ({
            code: ExportResultCode.FAILED,
            error: error instanceof Error ? error : new Error("export"),
          }),
        )
        .then((result: ExportResult) => {
          waiting -= spans.length;
          onSpans(result.code === ExportResultCode.SUCCESS ? "exported" : "lost", spans.length);
          done(result);
        });
    },
    shutdown: () => exporter.shutdown(),
  };
  const batches = new BatchSpanProcessor({
    exporter: guarded,
    maxQueueSize: MAX_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: EXPORT_LIMIT_MS,
  });
  return {
    onStart: (span, parent) => batches.onStart(span, parent),
    onEnd(span) {
      if (waiting >= MAX_SPANS) return onSpans("lost", 1);
      waiting++;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

function exported(exporter: SpanExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) resolve();
      else reject(error ?? new Error("the collector refused spans"));
    });
  });
}
