import { untilAborted } from "./cancellation.ts";
import { closeStep, type Scope } from "./scope.ts";

/** Runs a body while no other body of the run holds the lock. Those that wait get it in the order of asking. */
export async function locked<T>(
  scope: Scope,
  lock: string,
  body: (scope: Scope) => Promise<T>,
): Promise<T> {
  closeStep(scope);
  const { locks } = scope.run;
  const free = locks.get(lock) ?? Promise.resolve();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  locks.set(
    lock,
    free.then(() => held),
  );
  try {
    await untilAborted(scope.signal, () => free);
    return await body(scope);
  } finally {
    release();
  }
}
