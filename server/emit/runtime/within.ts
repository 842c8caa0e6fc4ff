import { observed, WorkflowError } from "./failures.ts";
import { underLimit } from "./limits.ts";
import { type RetryRule, retrying } from "./retry.ts";
import {
  closeStep,
  newScope,
  nextKey,
  record,
  runScope,
  type Scope,
} from "./scope.ts";

export interface ScopePolicy {
  readonly retry?: readonly RetryRule[];
  /** The time that all attempts have together, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
  /** The name of the error that the time limit fails with. Default: `Timeout`. */
  readonly timeoutError?: string;
}

/** Runs the body of a container as one step, and again as its policy says. */
export function within<T>(
  scope: Scope,
  step: string,
  body: (scope: Scope) => Promise<T>,
  policy: ScopePolicy = {},
): Promise<T> {
  return observed(scope, step, () => {
    record(scope);
    return attempted(scope, step, body, policy);
  });
}

/** Runs a body by a policy that is no step's, such as the time limit of a whole state machine. */
export function limited<T>(
  scope: Scope,
  body: (scope: Scope) => Promise<T>,
  policy: ScopePolicy,
): Promise<T> {
  closeStep(scope);
  return attempted(scope, "", body, policy);
}

function attempted<T>(
  scope: Scope,
  step: string,
  body: (scope: Scope) => Promise<T>,
  policy: ScopePolicy,
): Promise<T> {
  const { retry = [], timeoutMs, timeoutError = "Timeout" } = policy;
  const { run } = scope;
  const attempt = (signal: AbortSignal, retries: number): Promise<T> =>
    runScope(
      {
        ...newScope(run, signal, nextKey(scope, step), step),
        entered: scope.entered,
        retries,
      },
      body,
    );
  const under = (signal: AbortSignal): Promise<T> =>
    retrying({ ...scope, signal }, retry, (number) => {
      scope.retries = number - 1;
      return attempt(signal, number - 1);
    });
  // AWS gives no cause for its own timeouts.
  const cause = timeoutError.startsWith("States.")
    ? ""
    : `not done after ${timeoutMs} ms`;
  const late = (): Error => new WorkflowError(timeoutError, cause, step);
  return timeoutMs === undefined
    ? under(scope.signal)
    : underLimit(run.clock, scope.signal, timeoutMs, late, under);
}
