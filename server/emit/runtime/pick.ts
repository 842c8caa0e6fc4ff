import { followSignal, untilAborted } from "./cancellation.ts";
import { observed } from "./failures.ts";
import { keepMessage, nextMessage } from "./receive.ts";
import type { Scope } from "./scope.ts";

/** Something to wait for: a message, so many milliseconds, or an RFC 3339 timestamp. */
export type Alternative =
  | { readonly port: string; readonly channel: string }
  | { readonly port: string; readonly ms: number }
  | { readonly port: string; readonly until: string };

/** Waits for whichever comes first and withdraws the others. A message that is too late is kept for whoever waits next. */
export function pick<R>(
  scope: Scope,
  step: string,
  alternatives: readonly Alternative[],
): Promise<R> {
  return observed(scope, step, async () => {
    const controller = new AbortController();
    const unfollow = followSignal(scope.signal, controller);
    const { signal } = controller;
    try {
      const picked = await untilAborted(scope.signal, () =>
        firstOf(scope, step, alternatives, signal),
      );
      return picked as R;
    } finally {
      controller.abort();
      unfollow();
    }
  });
}

function firstOf(
  scope: Scope,
  step: string,
  alternatives: readonly Alternative[],
  signal: AbortSignal,
): Promise<{ port: string; value: unknown }> {
  return new Promise((resolve, reject) => {
    let isOpen = true;
    const first = (port: string, value: unknown): boolean => {
      if (!isOpen || signal.aborted) return false;
      isOpen = false;
      resolve({ port, value });
      return true;
    };
    for (const one of alternatives) {
      const { port } = one;
      if ("channel" in one) {
        nextMessage(scope, step, one.channel, signal).then((message) => {
          if (!first(port, message)) keepMessage(scope, one.channel, message);
        }, reject);
      } else {
        const ms =
          "ms" in one ? one.ms : Date.parse(one.until) - scope.run.clock.now();
        elapse(scope, ms, signal).then(() => first(port, null), reject);
      }
    }
  });
}

async function elapse(
  scope: Scope,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  if (!Number.isFinite(ms))
    throw new RangeError("an alternative has no time to wait until");
  if (ms > 0) await scope.run.clock.sleep(ms, signal);
}
