import { CancellationScope } from "@temporalio/workflow";
import { scopeFailure } from "../runtime/failures.ts";
import { closeStep, type Scope } from "../runtime/scope.ts";

/** Runs work in a Temporal cancellation scope, which is cancelled when the signal is aborted. */
export async function underSignal<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const cancellation = new CancellationScope();
  const stop = (): void => cancellation.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await cancellation.run(work);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Runs a body in a scope of its own; what it fails with is a WorkflowError. */
export async function runScope<T>(
  scope: Scope,
  body: (scope: Scope) => Promise<T>,
): Promise<T> {
  try {
    const value = await underSignal(scope.signal, () => body(scope));
    closeStep(scope);
    return value;
  } catch (error) {
    throw scopeFailure(scope, error);
  }
}
