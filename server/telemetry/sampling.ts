import { type Metadata, Server } from "@grpc/grpc-js";
import { trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";

type Register = (this: Server, name: string, handler: Handler, ...codec: readonly unknown[]) => boolean;
/** Of any kind of method, as grpc-js calls it. */
type Handler = (call: HandledCall, ...rest: readonly unknown[]) => unknown;

interface HandledCall {
  readonly metadata: Metadata;
  on(event: "cancelled", listener: () => void): unknown;
}

/** `rpc.grpc.status_code` of a call that nobody waited for. */
const CANCELLED = 1;

/**
 * Decides for each call whether it is traced, before anything is made for it. The instrumentation of grpc-js makes a span, a
 * context and several wrappers for each call, sampled or not, which costs 10% of a small call (docs/decisions/0005-sampling-before-spans.md). Behind
 * this gate only sampled calls come to it.
 *
 * @param share of calls without a decision of their caller's, from 0 to 1.
 * @returns a function that takes the gate away again.
 */
export function gateServers(share: number): () => void {
  const instrumented = Server.prototype.register;
  // Each method has types of its own, and none of them matters here.
  const add = instrumented as unknown as Register;
  const gated: Register = function register(name, handler, ...codec) {
    const inSpan: Handler = (call, ...rest) => {
      endIfCancelled(call);
      return handler(call, ...rest);
    };
    const added = add.call(this, name, inSpan, ...codec);
    const entry = handlerOf(this, name);
    if (entry === null) return added;
    const traced = entry.func;
    entry.func = (call, ...rest) =>
      isSampled(name, call.metadata, share) ? traced(call, ...rest) : handler(call, ...rest);
    return added;
  };
  Server.prototype.register = gated;
  return () => {
    Server.prototype.register = instrumented;
  };
}

/** The caller's decision, else ours. Health checks and reflection are of no interest. */
function isSampled(name: string, metadata: Metadata, share: number): boolean {
  if (name.startsWith("/grpc.")) return false;
  const [parent] = metadata.get("traceparent");
  const decided = typeof parent === "string" ? parseTraceParent(parent) : null;
  return decided === null ? Math.random() < share : (decided.traceFlags & 1) === 1;
}

/** The instrumentation ends a unary call's span when it is answered; one that nobody waits for is not. */
function endIfCancelled(call: HandledCall): void {
  const span = trace.getActiveSpan();
  call.on("cancelled", () => {
    if (!span?.isRecording()) return;
    span.setAttribute("rpc.grpc.status_code", CANCELLED);
    span.end();
  });
}

/** Where grpc-js keeps what it calls, as the instrumentation knows too. null: it has changed, and all calls are traced or none. */
function handlerOf(server: Server, name: string): { func: Handler } | null {
  const handlers: unknown = Reflect.get(server, "handlers");
  const entry: unknown = handlers instanceof Map ? handlers.get(name) : null;
  return isEntry(entry) ? entry : null;
}

function isEntry(value: unknown): value is { func: Handler } {
  return typeof value === "object" && value !== null && "func" in value && typeof value.func === "function";
}
