import { followSignal } from "./cancellation.ts";
import { cancellation, WorkflowError } from "./failures.ts";
import {
  closeStep,
  newScope,
  nextKey,
  openStep,
  report,
  runScope,
  type Scope,
} from "./scope.ts";

/** What one step of a region does to another: both ask for the same controller. */
export function controlOf(
  scope: Scope,
  action: "cancel" | "complete" | "reach",
  name: string,
): AbortController {
  const { controls } = scope.shared;
  const key = `${action} ${name}`;
  const known = controls.get(key) ?? new AbortController();
  controls.set(key, known);
  return known;
}

/** Runs a body that `cancel` can end by its name: it then fails with `Cancelled`, also where that was before it began. */
export async function cancellable<T>(
  scope: Scope,
  name: string,
  body: (scope: Scope) => Promise<T>,
): Promise<T> {
  closeStep(scope);
  const { signal } = controlOf(scope, "cancel", name);
  if (signal.aborted) {
    report(scope, { type: "skipped", step: name });
    throw signal.reason;
  }
  const controller = new AbortController();
  const unfollow = [scope.signal, signal].map((each) =>
    followSignal(each, controller),
  );
  const path = nextKey(scope, name);
  const inner = newScope(
    scope.run,
    controller.signal,
    path,
    scope.step,
    scope.shared,
  );
  try {
    return await runScope(inner, body);
  } finally {
    for (const end of unfollow) end();
  }
}

/** Cancels steps of the same region: those that are running, and those that have not begun. */
export function cancel(scope: Scope, ...names: readonly string[]): void {
  for (const name of names) {
    const reason = new WorkflowError(
      "Cancelled",
      `${name} was cancelled`,
      name,
    );
    controlOf(scope, "cancel", name).abort(reason);
  }
}

/** Ends a `forEachUntil` of the same region with the results that it has. */
export function complete(scope: Scope, ...names: readonly string[]): void {
  for (const name of names) controlOf(scope, "complete", name).abort();
}

/** Tells the steps of the same region that a state is reached. */
export function reach(scope: Scope, ...names: readonly string[]): void {
  for (const name of names) controlOf(scope, "reach", name).abort();
}

export function isReached(scope: Scope, name: string): boolean {
  return controlOf(scope, "reach", name).signal.aborted;
}

/** Takes back what steps have done to these: another turn of a loop begins. */
export function renew(scope: Scope, ...names: readonly string[]): void {
  for (const name of names)
    for (const action of ["cancel", "complete", "reach"])
      scope.shared.controls.delete(`${action} ${name}`);
}

/** Ends the run at once with an output. Throw the result, which nothing catches. */
export function terminate(scope: Scope, step: string, value: unknown): Error {
  const { run } = scope;
  run.result ??= { value };
  return cancelRun(scope, step);
}

/** Cancels the run. Throw the result, which nothing catches. */
export function cancelRun(scope: Scope, step: string): Error {
  openStep(scope, step);
  closeStep(scope);
  scope.run.controller.abort();
  return cancellation(scope, step);
}
