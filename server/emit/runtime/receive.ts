import { untilAborted } from "./cancellation.ts";
import { observed, WorkflowError } from "./failures.ts";
import { underLimit } from "./limits.ts";
import type { Scope } from "./scope.ts";

/** Messages from outside for a run. */
export interface Mailbox {
  /**
   * Resolves with the next message of a channel; rejects when `signal` is aborted. Messages that came before are kept
   * for whoever asks, unless `isTransient`: then only what comes from now on counts.
   */
  receive(
    channel: string,
    signal: AbortSignal,
    isTransient: boolean,
  ): Promise<unknown>;
}

/** Waits for a message. Whoever sends it answers for its type, as activities do for their results. */
export function receive<T>(
  scope: Scope,
  step: string,
  channel: string,
  timeoutMs?: number,
): Promise<T> {
  return receiveBy(scope, step, channel, false, timeoutMs);
}

/** Waits for a message that is lost if nobody waits for it when it comes. */
export function receiveTransient<T>(
  scope: Scope,
  step: string,
  channel: string,
  timeoutMs?: number,
): Promise<T> {
  return receiveBy(scope, step, channel, true, timeoutMs);
}

function receiveBy<T>(
  scope: Scope,
  step: string,
  channel: string,
  isTransient: boolean,
  timeoutMs?: number,
): Promise<T> {
  const { clock } = scope.run;
  const next = (signal: AbortSignal): Promise<unknown> =>
    untilAborted(signal, () =>
      nextMessage(scope, step, channel, signal, isTransient),
    );
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

/** The next message of a channel, those that were kept first. */
export async function nextMessage(
  scope: Scope,
  step: string,
  channel: string,
  signal: AbortSignal,
  isTransient = false,
): Promise<unknown> {
  const { kept, options } = scope.run;
  const messages = kept.get(channel) ?? [];
  if (messages.length > 0 && !isTransient) return messages.shift();
  if (options.messages !== undefined)
    return options.messages.receive(channel, signal, isTransient);
  throw new WorkflowError(
    "NoMessages",
    "the run was started without `messages`",
    step,
  );
}

/** Keeps a message that came when nobody waited for it any more. */
export function keepMessage(
  scope: Scope,
  channel: string,
  message: unknown,
): void {
  const { kept } = scope.run;
  kept.set(channel, [...(kept.get(channel) ?? []), message]);
}
