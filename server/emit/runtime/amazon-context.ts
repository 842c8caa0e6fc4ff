import { statesError } from "./amazon-states.ts";
import { intrinsicError, numberArgument } from "./amazon-text.ts";
import type { Scope } from "./scope.ts";

/** A fact of the context object: as the caller's options say, else as this run has it. */
export function executionFact(
  scope: Scope,
  name:
    | "executionId"
    | "executionName"
    | "roleArn"
    | "startTime"
    | "stateMachineId"
    | "stateMachineName",
): string {
  const given = scope.run.options.context?.[name];
  if (given !== undefined) return given;
  const machine = scope.run.options.context?.stateMachineName ?? "local";
  switch (name) {
    case "executionName":
      return scope.run.id;
    case "executionId":
      return `arn:aws:states:local:000000000000:execution:${machine}:${executionFact(scope, "executionName")}`;
    case "startTime":
      return new Date(scope.run.startedAt).toISOString();
    case "stateMachineName":
      return machine;
    case "stateMachineId":
      return `arn:aws:states:local:000000000000:stateMachine:${machine}`;
    case "roleArn":
      return "arn:aws:iam::000000000000:role/local";
  }
}

/** The cause with which a Choice fails that has neither a rule that holds nor a Default. */
export function noChoiceMatched(scope: Scope): string {
  return statesError(
    "States.Runtime",
    "Failed to transition out of the state. The state does not point to a next state.",
  ).messageAt(scope.step, scope.entered);
}

/** The time by the run's clock, as a timestamp. */
export function currentTime(scope: Scope): string {
  return new Date(scope.run.clock.now()).toISOString();
}

/** States.MathRandom: an integer from `start` to before `end`; the same one for the same seed. */
export function mathRandom(
  scope: Scope,
  start: unknown,
  end: unknown,
  seed?: unknown,
): number {
  const from = Math.round(numberArgument(start, "States.MathRandom"));
  const to = Math.round(numberArgument(end, "States.MathRandom"));
  if (to <= from)
    throw intrinsicError(
      "States.MathRandom",
      "the end must be greater than the start",
    );
  const random =
    seed === undefined
      ? scope.run.random()
      : seededRandom(Math.round(numberArgument(seed, "States.MathRandom")));
  return from + Math.floor(random * (to - from));
}

/** One number from 0 to 1 of the generator mulberry32. */
function seededRandom(seed: number): number {
  const state = (seed + 0x6d2b79f5) | 0;
  const mixed = Math.imul(state ^ (state >>> 15), state | 1);
  const last = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
  return ((last ^ (last >>> 14)) >>> 0) / 2 ** 32;
}

/** States.UUID: version 4, drawn from the run's random numbers. */
export function randomUuid(scope: Scope): string {
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (mark) => {
    const digit = Math.floor(scope.run.random() * 16);
    return (mark === "x" ? digit : (digit & 3) | 8).toString(16);
  });
}
