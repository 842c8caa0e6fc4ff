import { closeStep, openStep, record, report, type Scope } from "./scope.ts";
import { traceStep } from "./traces.ts";

/** How a run and its steps fail. `name` is the error's name in the definition's language, `step` where it happened. */
export class WorkflowError extends Error {
  readonly step: string;

  constructor(name: string, message: string, step: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
    this.step = step;
  }
}

/** Whatever was thrown, as a failure of `step`. */
export function failureOf(error: unknown, step: string): WorkflowError {
  if (typeof error !== "object" || error === null) {
    return new WorkflowError("Error", String(error), step, error);
  }
  const name =
    "name" in error && typeof error.name === "string" ? error.name : "Error";
  const message =
    "message" in error && typeof error.message === "string"
      ? error.message
      : "";
  return new WorkflowError(name, message, step, error);
}

/** What everything under an aborted scope ends with. */
export function cancellation(scope: Scope, step: string): WorkflowError {
  return new WorkflowError(
    "Cancelled",
    "the run was cancelled",
    step,
    scope.signal.reason,
  );
}

/** What a scope ends with: cancellation wins over any other failure, and a failed evaluation is its step's. */
export function scopeFailure(scope: Scope, error: unknown): WorkflowError {
  const failure =
    error instanceof WorkflowError ? error : evaluationFailure(error, scope);
  const outcome =
    scope.signal.aborted && failure.name !== "Cancelled"
      ? cancellation(scope, failure.step)
      : failure;
  if (scope.isEntered) openStep(scope, scope.step);
  closeStep(scope, outcome);
  return outcome;
}

/** An error whose message tells where it happened, once that is known. */
export interface PlacedError extends Error {
  /** `event`: with which event of the run's history the step began, as AWS counts them. */
  messageAt(step: string, event: number): string;
}

/** An expression's own stack tells where in the workflow it stands. */
function evaluationFailure(error: unknown, scope: Scope): WorkflowError {
  const failure = failureAt(error, scope);
  if (error instanceof Error) traceStep(failure, error);
  return failure;
}

/** Whatever was thrown, as a failure of the step at hand. */
export function failureAt(error: unknown, scope: Scope): WorkflowError {
  const failure = failureOf(error, scope.step);
  if (error instanceof Error && isPlaced(error))
    failure.message = error.messageAt(scope.step, scope.entered);
  return failure;
}

function isPlaced(error: Error): error is PlacedError {
  return "messageAt" in error && typeof error.messageAt === "function";
}

/** What a `catch` caught, as a failure to handle. Cancellation is not for handlers and is thrown on. */
export function caught(scope: Scope, error: unknown): WorkflowError {
  const failure = scopeFailure(scope, error);
  if (scope.signal.aborted) throw failure;
  scope.isEntered = false;
  record(scope);
  return failure;
}

/** The failure that a step of the definition raises. */
export function fail(
  scope: Scope,
  step: string,
  name: string,
  message: string,
): WorkflowError {
  if (scope.open !== step) openStep(scope, step);
  const failure = new WorkflowError(name, message, step);
  traceStep(failure, failure);
  return scopeFailure(scope, failure);
}

/** The value of a variable that the definition's paths are known to set before it is used. */
export function defined<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} has no value here`);
  return value;
}

/** Reports a step that runs between `started` and either `finished` or `failed`. */
export async function observed<T>(
  scope: Scope,
  step: string,
  work: () => Promise<T>,
): Promise<T> {
  openStep(scope, step);
  scope.open = null;
  const site = new Error();
  try {
    const value = await work();
    if (step !== "") record(scope);
    report(scope, { type: "finished", step });
    return value;
  } catch (error) {
    if (step !== "") scope.step = step;
    const failure = scopeFailure(
      scope,
      error instanceof WorkflowError ? error : failureOf(error, scope.step),
    );
    if (failure.step === step) traceStep(failure, site);
    report(scope, { type: "failed", step, error: failure });
    throw failure;
  }
}

/** Takes a value that nobody needs, but whose evaluation may fail. */
export function evaluated(_value: unknown): void {}
