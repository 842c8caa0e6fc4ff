/**
 * Finds how much work may be under way at once before it only waits for other work.
 *
 * This is the gradient of Netflix's concurrency-limits (`Gradient2Limit`): the limit follows the ratio of the latency
 * without load to the measured one, plus a little room to grow. There the latency without load is a long average, which
 * creeps up while overload lasts and is wrong for minutes when callers send other definitions than before. Here it is
 * measured: the compiler says how long it worked, and the rest of the latency was waiting.
 *
 * With `w` workers that are always busy and a limit of `l`, work takes `w / l` of the latency; so the limit settles where
 * a job waits about as long as it works: at `TOLERANCE * w + ROOM`, and never below `2 * ROOM`, because one window lowers it
 * to a half at most.
 */
export interface AdaptiveLimit {
  readonly limit: number;
  /** @param underWay how much was under way when the work began, itself included. */
  sample(latencyMs: number, workMs: number, underWay: number): void;
}

/** Latency may be so many times the work before the limit is lowered. */
const TOLERANCE = 2;

/** How much more is tried each time, and how much may wait in the end. */
const ROOM = 4;

/** How far the limit moves towards what a window says. */
const SMOOTHING = 0.2;

/** Samples in a window: single definitions differ too much. */
const WINDOW = 10;

export interface AdaptiveBounds {
  readonly min: number;
  readonly initial: number;
  readonly max: number;
}

export function createAdaptiveLimit({ min, initial, max }: AdaptiveBounds): AdaptiveLimit {
  let limit = initial;
  let samples = 0;
  let latency = 0;
  let work = 0;
  let most = 0;
  return {
    get limit() {
      return Math.floor(limit);
    },
    sample(latencyMs, workMs, underWay) {
      latency += latencyMs;
      work += Math.min(workMs, latencyMs);
      most = Math.max(most, underWay);
      if (++samples < WINDOW) return;
      // Little work says nothing of how much there could be.
      if (most >= limit / 2 && latency > 0) {
        const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * work) / latency));
        const next = limit * gradient + ROOM;
        limit = Math.max(min, Math.min(max, limit + (next - limit) * SMOOTHING));
      }
      samples = 0;
      latency = 0;
      work = 0;
      most = 0;
    },
  };
}
