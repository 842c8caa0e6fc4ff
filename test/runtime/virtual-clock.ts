import type { Clock } from "../../server/emit/runtime/time.ts";

/** A clock that stands still until nothing else can happen, and then goes to the next moment that somebody waits for. */
export interface VirtualClock extends Clock {
  /** Settles as `run` does, letting time pass as it is needed. */
  drive<T>(run: Promise<T>): Promise<T>;
  /** How many sleepers have neither woken nor been aborted. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly due: number;
  wake(): void;
}

export function createVirtualClock(start = 0): VirtualClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  async function drive<T>(run: Promise<T>): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    run.then(end, end);
    for (;;) {
      await idle();
      if (settled) return run;
      const next = [...sleepers].sort((left, right) => left.due - right.due)[0];
      if (next === undefined) throw new Error("the run waits for nothing that a clock could bring");
      now = Math.max(now, next.due);
      next.wake();
    }
  }

  return {
    drive,
    now: () => now,
    get sleeping() {
      return sleepers.size;
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        };
        const sleeper: Sleeper = {
          due: now + ms,
          wake() {
            sleepers.delete(sleeper);
            signal.removeEventListener("abort", stop);
            resolve();
          },
        };
        if (signal.aborted) return reject(signal.reason);
        sleepers.add(sleeper);
        signal.addEventListener("abort", stop, { once: true });
      });
    },
  };
}

/** Until promises that are ready have run, and timers of the host without a delay have. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}
