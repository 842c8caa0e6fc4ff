import { status } from "@grpc/grpc-js";
import type { CompilePool, StageTime } from "../artifact.ts";
import type { Concurrency } from "../config/settings.ts";
import { type CallError, refused } from "../grpc/call-error.ts";
import { createAdaptiveLimit } from "./adaptive-limit.ts";

/**
 * How much the compiler is given at once. It stands around the compiler itself and not around calls, so that what needs no
 * compiler is never held up: health, operations, listings, and answers from the cache.
 */
export interface ConcurrencyLimit {
  /** Runs `work` when there is room. @throws CallError UNAVAILABLE where there is none in time; nothing was done then. */
  run<T>(work: () => Promise<T>, workMsOf: (result: T) => number | null, signal?: AbortSignal): Promise<T>;
  state(): ConcurrencyState;
  set(setting: Concurrency): void;
}

export interface ConcurrencyState {
  readonly setting: Concurrency;
  /** null: there is none. */
  readonly limit: number | null;
  readonly underWay: number;
  readonly waiting: number;
  /** How many were sent away since the start. */
  readonly shed: number;
}

export interface ConcurrencyOptions {
  /** How many can be worked on at once; the limit is never lower than one more, so that none of them idles. */
  readonly workers: number;
  /** How long work may wait for room, in milliseconds. Default: 1,000. Longer, and its caller has given up when it is done. */
  readonly maxWaitMs?: number;
  /** How much may wait for room. Default: 100. */
  readonly maxWaiting?: number;
  readonly now?: () => number;
}

interface Waiter {
  begin(): void;
  fail(error: unknown): void;
}

/** How long a caller should wait before it tries again, in milliseconds. */
const OVERLOAD_RETRY_MS = 1_000;

export function createConcurrencyLimit(setting: Concurrency, options: ConcurrencyOptions): ConcurrencyLimit {
  const { workers, maxWaitMs = 1_000, maxWaiting = 100, now = () => performance.now() } = options;
  const bounds = { min: workers + 1, initial: Math.max(20, 2 * workers), max: 1_000 };
  let current = setting;
  let adaptive = createAdaptiveLimit(bounds);
  const queue = new Set<Waiter>();
  let underWay = 0;
  let shed = 0;

  const limit = (): number => {
    switch (current.kind) {
      case "adaptive":
        return adaptive.limit;
      case "fixed":
        return current.limit;
      case "off":
        return Number.POSITIVE_INFINITY;
    }
    return current satisfies never;
  };
  const admitWaiting = (): void => {
    for (const waiter of queue) {
      if (underWay >= limit()) return;
      queue.delete(waiter);
      underWay++;
      waiter.begin();
    }
  };
  const send = (fail: (error: CallError) => void): void => {
    shed++;
    fail(overloaded());
  };
  const room = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (queue.size >= maxWaiting) return send(reject);
      const leave = (): void => waiter.fail(signal?.reason);
      const settle = (): void => {
        queue.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
      };
      const waiter: Waiter = {
        begin() {
          settle();
          resolve();
        },
        fail(error) {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => send(waiter.fail), maxWaitMs);
      signal?.addEventListener("abort", leave, { once: true });
      queue.add(waiter);
    });

  return {
    async run(work, workMsOf, signal) {
      signal?.throwIfAborted();
      if (underWay < limit() && queue.size === 0) underWay++;
      else await room(signal);
      const startedAt = now();
      const startedWith = underWay;
      try {
        const result = await work();
        const workMs = workMsOf(result);
        if (workMs !== null) adaptive.sample(now() - startedAt, workMs, startedWith);
        return result;
      } finally {
        underWay--;
        admitWaiting();
      }
    },
    state: () => ({
      setting: current,
      limit: current.kind === "off" ? null : limit(),
      underWay,
      waiting: queue.size,
      shed,
    }),
    set(next) {
      if (next.kind === "adaptive" && current.kind !== "adaptive") adaptive = createAdaptiveLimit(bounds);
      current = next;
      admitWaiting();
    },
  };
}

/** The pool with a limit around its work. */
export function limitPool(pool: CompilePool, limit: ConcurrencyLimit): CompilePool {
  return {
    ...pool,
    validate: (source, signal, options) =>
      limit.run(
        () => pool.validate(source, signal, options),
        ({ stages }) => workMs(stages),
        signal,
      ),
    compile: (source, options, signal) =>
      limit.run(
        () => pool.compile(source, options, signal),
        ({ stages }) => workMs(stages),
        signal,
      ),
  };
}

/** null where the compiler was stopped and says nothing. */
function workMs(stages: readonly StageTime[]): number | null {
  return stages.length === 0 ? null : stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** Nothing has been done, so that the call is safe to send again, here or to another replica. */
function overloaded(): CallError {
  const message = "this replica has too much to do";
  return refused(status.UNAVAILABLE, "OVERLOADED", message, { retryAfterMs: OVERLOAD_RETRY_MS });
}
