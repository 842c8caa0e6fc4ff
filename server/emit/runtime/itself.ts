import type { ActivityContext } from "./call.ts";
import type { RunOptions, Scope } from "./scope.ts";

/** The workflow itself as an activity: a run of its own that ends with the step that calls it. */
export function itself<I, A, O>(
  scope: Scope,
  run: (input: I, activities: A, options: RunOptions) => Promise<O>,
  activities: A,
): (input: I, context: ActivityContext) => Promise<O> {
  const { options } = scope.run;
  return (input, { signal, idempotencyKey }) =>
    run(input, activities, { ...options, signal, runId: idempotencyKey });
}
