import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from "@temporalio/workflow";
import { failureOf, scopeFailure, WorkflowError } from "../runtime/failures.ts";
import { type RetryRule, retrying } from "../runtime/retry.ts";
import {
  beginStep,
  nextKey,
  record,
  report,
  type Scope,
} from "../runtime/scope.ts";

/** An activity as `proxyActivities` gives it. */
export interface ProxiedActivity<I, O> {
  executeWithOptions(options: ActivityOptions, args: [input: I]): Promise<O>;
}

/** What the options of `proxyActivities` cannot tell about a call. */
export interface CallPolicy {
  /** Rules that are no Temporal RetryPolicy: the workflow itself tries again. */
  readonly retry?: readonly RetryRule[];
  /** The time that one attempt has, in milliseconds, where only a run knows it. */
  readonly timeoutMs?: number;
  /** The name of the error that the time limit fails with. Default: `Timeout`. */
  readonly timeoutError?: string;
  /** The longest time between two heartbeats, in milliseconds, where only a run knows it. */
  readonly heartbeatMs?: number;
}

/** The longest id that Temporal takes by default. */
const longestId = 1_000;

/** Calls an activity for a step. Its id is the path to the step, and `#2` for the second attempt of the workflow itself. */
export async function call<I, O>(
  scope: Scope,
  step: string,
  activity: ProxiedActivity<I, O>,
  input: NoInfer<I>,
  policy: CallPolicy = {},
): Promise<O> {
  const { timeoutMs, timeoutError, heartbeatMs } = policy;
  const id = beginCall(scope, step);
  const options: ActivityOptions = {
    summary: step,
    ...(timeoutMs !== undefined && { startToCloseTimeout: timeoutMs }),
    ...(heartbeatMs !== undefined && { heartbeatTimeout: heartbeatMs }),
  };
  return attempts(scope, step, policy.retry, async (attempt) => {
    const activityId = attempt === 1 ? id : `${id}#${attempt}`;
    const named = activityId.length <= longestId ? { activityId } : {};
    try {
      return await activity.executeWithOptions({ ...options, ...named }, [
        input,
      ]);
    } catch (error) {
      throw activityFailure(error, step, timeoutError);
    }
  });
}

/** Runs code of a component for a step, inside of the workflow. */
export async function perform<I, O>(
  scope: Scope,
  step: string,
  work: (input: I) => Promise<O>,
  input: NoInfer<I>,
  policy: CallPolicy = {},
): Promise<O> {
  beginCall(scope, step);
  return attempts(scope, step, policy.retry, () => work(input));
}

export function beginCall(scope: Scope, step: string): string {
  scope.signal.throwIfAborted();
  beginStep(scope, step);
  return nextKey(scope, step);
}

export function attempts<T>(
  scope: Scope,
  step: string,
  rules: readonly RetryRule[] = [],
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  return retrying(scope, rules, async (attempt) => {
    report(scope, { type: "started", step, attempt });
    record(scope, 2);
    try {
      const output = await work(attempt);
      record(scope, 2);
      report(scope, { type: "finished", step, attempt });
      return output;
    } catch (error) {
      const failure = scopeFailure(scope, error);
      record(scope);
      report(scope, { type: "failed", step, attempt, error: failure });
      throw failure;
    }
  });
}

/** A failed activity, with the name of what it threw. */
export function activityFailure(
  error: unknown,
  step: string,
  timeoutError = "Timeout",
): WorkflowError {
  const isWrapped =
    error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  const cause = isWrapped ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return new WorkflowError(cause.type ?? "Error", cause.message, step, error);
  }
  if (cause instanceof TimeoutFailure) {
    const name =
      cause.timeoutType === "HEARTBEAT"
        ? "States.HeartbeatTimeout"
        : timeoutError;
    return new WorkflowError(name, "the activity took too long", step, error);
  }
  return failureOf(cause, step);
}
