import { untilAborted } from "./cancellation.ts";
import { failureAt, scopeFailure, WorkflowError } from "./failures.ts";
import { underLimit } from "./limits.ts";
import { type RetryRule, retrying } from "./retry.ts";
import { beginStep, nextKey, record, report, type Scope } from "./scope.ts";
import { traceStep } from "./traces.ts";

/** What an activity is told besides its input. */
export interface ActivityContext {
  /** The step's own name in the definition. */
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the attempt's time is up or the run is cancelled; nobody waits for the activity then. */
  readonly signal: AbortSignal;
  /** The same for all attempts of a call, and for the same call of a run that has the same `runId`. */
  readonly idempotencyKey: string;
  /** The identity to act with, as an Amazon States Task's `Credentials` give it. */
  readonly credentials?: unknown;
  /** Tells that the activity is still at work, where its step has a heartbeat. */
  heartbeat(): void;
  /** The run's way to the network. */
  readonly http: (url: string, init: RequestInit) => Promise<Response>;
}

export interface CallPolicy {
  readonly retry?: readonly RetryRule[];
  /** The time that one attempt has, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
  /** The name of the error that the time limit fails with. Default: `Timeout`. */
  readonly timeoutError?: string;
  /** The longest time between two heartbeats, in milliseconds. Default: none are needed. */
  readonly heartbeatMs?: number;
  /** What the activity is told of the identity that it acts with. */
  readonly credentials?: unknown;
}

/** Calls an activity for a step, and tries again as its policy says. */
export function call<I, O>(
  scope: Scope,
  step: string,
  activity: (input: I, context: ActivityContext) => Promise<O>,
  input: NoInfer<I>,
  policy: CallPolicy = {},
): Promise<O> {
  return attempting(scope, step, policy, (context) => activity(input, context));
}

/** Makes attempts of a step's call, each reported to the observer, as the policy says. */
export async function attempting<O>(
  scope: Scope,
  step: string,
  policy: CallPolicy,
  work: (context: ActivityContext) => Promise<O>,
): Promise<O> {
  scope.signal.throwIfAborted();
  beginStep(scope, step);
  const { credentials } = policy;
  const site = new Error();
  const { http = fetch } = scope.run.options;
  const idempotencyKey = scope.run.id + nextKey(scope, step);
  return retrying(scope, policy.retry ?? [], async (attempt) => {
    report(scope, { type: "started", step, attempt });
    record(scope, 2);
    try {
      const output = await underLimits(
        scope,
        step,
        policy,
        (signal, heartbeat) =>
          attemptOf(scope, () =>
            work({
              step,
              attempt,
              signal,
              idempotencyKey,
              heartbeat,
              http,
              ...(credentials !== undefined && { credentials }),
            }),
          ),
      );
      record(scope, 2);
      report(scope, { type: "finished", step, attempt });
      return output;
    } catch (error) {
      const failure = scopeFailure(scope, error);
      traceStep(failure, site);
      record(scope);
      report(scope, { type: "failed", step, attempt, error: failure });
      throw failure;
    }
  });
}

async function attemptOf<T>(
  scope: Scope,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw failureAt(error, scope);
  }
}

function underLimits<T>(
  scope: Scope,
  step: string,
  policy: CallPolicy,
  work: (signal: AbortSignal, heartbeat: () => void) => Promise<T>,
): Promise<T> {
  const { clock } = scope.run;
  const { timeoutMs, timeoutError = "Timeout", heartbeatMs } = policy;
  const missed = (): Error =>
    new WorkflowError("States.HeartbeatTimeout", "", step);
  const late = (): Error =>
    new WorkflowError(timeoutError, lateMessage(timeoutError, timeoutMs), step);
  const beating = (signal: AbortSignal): Promise<T> =>
    heartbeatMs === undefined
      ? untilAborted(signal, () => work(signal, () => undefined))
      : underLimit(clock, signal, heartbeatMs, missed, (inner, restart) =>
          untilAborted(inner, () => work(inner, restart)),
        );
  return timeoutMs === undefined
    ? beating(scope.signal)
    : underLimit(clock, scope.signal, timeoutMs, late, beating);
}

/** AWS gives no cause for its own timeouts. */
function lateMessage(name: string, ms: number | undefined): string {
  return name.startsWith("States.") ? "" : `not done after ${ms} ms`;
}
