import { sleep } from "@temporalio/workflow";
import type { Clock } from "../runtime/time.ts";
import { underSignal } from "./cancellation.ts";

/** The workflow's own time, which a replay repeats. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: startTimer,
};

/** A durable timer; it is cancelled when the signal is aborted. */
export async function startTimer(
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (ms > 0) await underSignal(signal, () => sleep(Math.ceil(ms)));
}
