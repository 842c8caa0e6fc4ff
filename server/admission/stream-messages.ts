import { setTimeout as sleep } from "node:timers/promises";
import { CallError, deadlineExceeded, unavailable } from "../grpc/call-error.ts";
import type { Call } from "./call.ts";
import { DRAIN_RETRY_MS } from "./draining.ts";
import { type RateLimiter, refusedBy } from "./rate-limit.ts";

/**
 * What the chain asks of a unary call is asked of each message of a stream: whether the server is draining, its rate, its
 * deadline. A message that does not pass is answered by an error of its own, and the stream goes on.
 */
export interface MessageGate {
  /** @throws CallError where the message may not pass or took too long. */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface MessageGateParts {
  readonly limiter: RateLimiter;
  readonly isDraining: () => boolean;
  /** Of each message, in milliseconds. */
  readonly deadlineMs: number;
  readonly onLimited?: (method: string) => void;
}

/** How long a message that found the compiler busy waits before it asks again, in milliseconds. */
const PATIENCE_MS = 250;

/** The gate of one stream. */
export function openMessageGate(call: Call, parts: MessageGateParts): MessageGate {
  const { limiter, isDraining, deadlineMs, onLimited } = parts;
  const take = limiter.openStream();
  return {
    async run(work) {
      if (isDraining()) throw unavailable(DRAIN_RETRY_MS);
      const refusal = take();
      if (refusal !== null) {
        onLimited?.(call.method);
        throw refusedBy(refusal);
      }
      return within(deadlineMs, call.signal, (signal) => patiently(work, signal));
    },
  };
}

/** Gives up when the deadline passes or the caller leaves. */
async function within<T>(limitMs: number, caller: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const callerStops = (): void => stop.abort(caller.reason);
  const timer = setTimeout(() => stop.abort(deadlineExceeded(limitMs)), limitMs);
  const stopped = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  caller.addEventListener("abort", callerStops, { once: true });
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    clearTimeout(timer);
    caller.removeEventListener("abort", callerStops);
  }
}

/**
 * Streams are for bulk: where the compiler has too much to do, their messages give way to calls and ask again. Meanwhile
 * flow control holds the stream back.
 */
async function patiently<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work(signal);
    } catch (fault) {
      if (!(fault instanceof CallError) || fault.reason !== "OVERLOADED") throw fault;
      await sleep(PATIENCE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
