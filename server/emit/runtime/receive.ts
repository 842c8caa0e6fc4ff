import { untilAborted } from "./cancellation.ts";
import { observed, WorkflowError } from "./failures.ts";
import { underLimit } from "./limits.ts";
import type { Scope } from "./scope.ts";

/** Messages from outside for a run. */
export interface Mailbox {
  /** Resolves with the next message of a channel; rejects when `signal` is aborted. */
  receive(channel: string, signal: AbortSignal): Promise<unknown>;
}

/** Waits for a message. Whoever sends it answers for its type, as activities do for their results. */
export function receive<T>(
  scope: Scope,
  step: string,
  channel: string,
  timeoutMs?: number,
): Promise<T> {
  const { options, clock } = scope.run;
  const next = (signal: AbortSignal): Promise<unknown> =>
    untilAborted(signal, async () => {
      if (options.messages !== undefined)
        return options.messages.receive(channel, signal);
      throw new WorkflowError(
        "NoMessages",
        "the run was started without `messages`",
        step,
      );
    });
  const late = (): Error =>
    new WorkflowError("Timeout", `no message after ${timeoutMs} ms`, step);
  return observed(
    scope,
    step,
    async () =>
      (await (timeoutMs === undefined
        ? next(scope.signal)
        : underLimit(clock, scope.signal, timeoutMs, late, next))) as T,
  );
}
