import { untilAborted } from "./cancellation.ts";
import { observed } from "./failures.ts";
import type { Scope } from "./scope.ts";

/** The time of a run. Tests give one that need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects when `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The longest delay that a timer of the host takes, in milliseconds: 24.8 days. */
const longestTimer = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0; left -= longestTimer) {
      await startTimer(Math.min(left, longestTimer), signal);
    }
  },
};

export function startTimer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Sleeps by the run's clock until the scope is aborted. */
export async function pause(scope: Scope, ms: number): Promise<void> {
  if (ms > 0)
    await untilAborted(scope.signal, () =>
      scope.run.clock.sleep(ms, scope.signal),
    );
}

/** Turns after which a loop that waits for nothing lets timers, and who cancels the run, have theirs. */
const turnsAtOnce = 1_000;

/** Begins a turn of a loop that may go round without waiting for anything. */
export async function nextTurn(scope: Scope): Promise<void> {
  scope.signal.throwIfAborted();
  scope.run.turns += 1;
  if (scope.run.turns % turnsAtOnce === 0) await pause(scope, 1);
}

/** Waits for so many milliseconds. */
export function wait(scope: Scope, step: string, ms: number): Promise<void> {
  return observed(scope, step, async () => {
    if (!Number.isFinite(ms))
      throw new RangeError(`${ms} is no duration in milliseconds`);
    await pause(scope, ms);
  });
}

/** Waits until an RFC 3339 timestamp. One that is past does not wait. */
export function waitUntil(
  scope: Scope,
  step: string,
  timestamp: string,
): Promise<void> {
  return observed(scope, step, async () => {
    const at = Date.parse(timestamp);
    if (Number.isNaN(at))
      throw new RangeError(`"${timestamp}" is no timestamp`);
    await pause(scope, at - scope.run.clock.now());
  });
}
