import { untilAborted } from "./cancellation.ts";
import { failureOf, scopeFailure, WorkflowError } from "./failures.ts";
import { underLimit } from "./limits.ts";
import { type RetryRule, retrying } from "./retry.ts";
import { closeStep, nextKey, report, type Scope } from "./scope.ts";
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
}

/** Calls an activity for a step, and tries again as its policy says. */
export async function call<I, O>(
  scope: Scope,
  step: string,
  activity: (input: I, context: ActivityContext) => Promise<O>,
  input: NoInfer<I>,
  policy: CallPolicy = {},
): Promise<O> {
  scope.signal.throwIfAborted();
  closeStep(scope);
  scope.step = step;
  const site = new Error();
  const { http = fetch } = scope.run.options;
  const idempotencyKey = scope.run.id + nextKey(scope, step);
  return retrying(scope, policy.retry ?? [], async (attempt) => {
    report(scope, { type: "started", step, attempt });
    try {
      const output = await underLimits(
        scope,
        step,
        policy,
        (signal, heartbeat) =>
          attemptOf(step, () =>
            activity(input, {
              step,
              attempt,
              signal,
              idempotencyKey,
              heartbeat,
              http,
            }),
          ),
      );
      report(scope, { type: "finished", step, attempt });
      return output;
    } catch (error) {
      const failure = scopeFailure(scope, error);
      traceStep(failure, site);
      report(scope, { type: "failed", step, attempt, error: failure });
      throw failure;
    }
  });
}

async function attemptOf<T>(
  step: string,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw failureOf(error, step);
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
    new WorkflowError(
      "States.HeartbeatTimeout",
      `no heartbeat for ${heartbeatMs} ms`,
      step,
    );
  const late = (): Error =>
    new WorkflowError(timeoutError, `not done after ${timeoutMs} ms`, step);
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
