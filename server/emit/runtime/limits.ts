import { followSignal } from "./cancellation.ts";
import { type Clock, startTimer } from "./time.ts";

/**
 * Runs `work` under a signal that follows `parent` and that is aborted after `ms`, or so long after the last call of
 * `restart`. Work that fails after that failed because of it.
 */
export async function underLimit<T>(
  clock: Clock,
  parent: AbortSignal,
  ms: number,
  failure: () => Error,
  work: (signal: AbortSignal, restart: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const unfollow = followSignal(parent, controller);
  let timer = new AbortController();
  let exceeded: unknown;
  let ended = false;
  const restart = (): void => {
    timer.abort();
    if (ended) return;
    timer = new AbortController();
    void whenElapsed(clock, ms, timer.signal, (error) => {
      exceeded = error ?? failure();
      controller.abort(exceeded);
    });
  };
  restart();
  try {
    return await work(controller.signal, restart);
  } catch (error) {
    throw exceeded ?? error;
  } finally {
    ended = true;
    timer.abort();
    unfollow();
  }
}

/**
 * Work that has ended by then gets its turn first, so that a clock which never really sleeps does not fail what needs
 * no time.
 */
async function whenElapsed(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  elapsed: (error?: unknown) => void,
): Promise<void> {
  try {
    await clock.sleep(ms, signal);
    await startTimer(0, signal);
    if (!signal.aborted) elapsed();
  } catch (error) {
    if (!signal.aborted) elapsed(error);
  }
}
