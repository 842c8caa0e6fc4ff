import { execute, type RunEvent, type RunOptions, type Scope } from "../../server/emit/runtime/scope.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export interface TestRun<T> {
  readonly result: T;
  /** `started charge 1`, `failed charge 1 Timeout`, each with its time before it. */
  readonly events: readonly string[];
  readonly clock: VirtualClock;
}

/** Runs a body by a virtual clock. */
export async function run<T>(
  body: (scope: Scope, clock: VirtualClock) => Promise<T>,
  options: RunOptions = {},
): Promise<TestRun<T>> {
  const events: string[] = [];
  const clock = createVirtualClock();
  const onEvent = (event: RunEvent): void => void events.push(showEvent(event));
  const running = execute({ clock, onEvent, random: () => 0.5, runId: "run", ...options }, (scope) =>
    body(scope, clock),
  );
  const result = await clock.drive(running);
  return { result, events, clock };
}

/** The failure of a run. */
export async function failureOf(running: Promise<unknown>): Promise<unknown> {
  try {
    await running;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

function showEvent({ type, step, at, attempt, error }: RunEvent): string {
  return [at, type, step, attempt, error?.name].filter((part) => part !== undefined).join(" ");
}

/** An activity that never ends, and does not care that it should. */
export function deaf(): Promise<never> {
  return new Promise(() => {});
}

export function busy(): Error {
  const error = new Error("try later");
  error.name = "Busy";
  return error;
}
