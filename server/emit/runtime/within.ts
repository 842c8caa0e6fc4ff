import { observed, WorkflowError } from "./failures.ts";
import { underLimit } from "./limits.ts";
import { type RetryRule, retrying } from "./retry.ts";
import { newScope, nextKey, runScope, type Scope } from "./scope.ts";

export interface ScopePolicy {
  readonly retry?: readonly RetryRule[];
  /** The time that one attempt has, in milliseconds. Default: no limit. */
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
  const { retry = [], timeoutMs, timeoutError = "Timeout" } = policy;
  const { run } = scope;
  const late = (): Error =>
    new WorkflowError(timeoutError, `not done after ${timeoutMs} ms`, step);
  const attempt = (): Promise<T> => {
    const path = nextKey(scope, step);
    const under = (signal: AbortSignal): Promise<T> =>
      runScope(newScope(run, signal, path, step), body);
    return timeoutMs === undefined
      ? under(scope.signal)
      : underLimit(run.clock, scope.signal, timeoutMs, late, under);
  };
  return observed(scope, step, () => retrying(scope, retry, attempt));
}
