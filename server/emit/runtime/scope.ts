import type { TaskOutcomes } from "./amazon-tasks.ts";
import { followSignal } from "./cancellation.ts";
import { scopeFailure, type WorkflowError } from "./failures.ts";
import type { Mailbox } from "./receive.ts";
import { type Clock, systemClock } from "./time.ts";

/** How a run is connected to its surroundings. All of it is optional. */
export interface RunOptions {
  /** Cancels the run: it rejects at once with a failure named `Cancelled`. */
  readonly signal?: AbortSignal;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** From 0 to 1, for jitter and for the default `runId`. Default: Math.random. */
  readonly random?: () => number;
  /** Default: fetch. */
  readonly http?: (url: string, init: RequestInit) => Promise<Response>;
  /** Observes the run's steps. What it throws is ignored. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Observes the steps of a distributed Map's children, each by its name: they are executions of their own. */
  readonly onChildEvent?: (event: RunEvent, child: string) => void;
  /** Begins every idempotency key: give a run that is tried again the same one. Default: a random one. */
  readonly runId?: string;
  /** What an Amazon States context object tells in place of what the run knows, such as `executionName` or `roleArn`. */
  readonly context?: Readonly<Record<string, string>>;
  /** Where steps that wait for a message get it. */
  readonly messages?: Mailbox;
  /** Where Amazon States Tasks that wait for a callback get their outcomes. Default: from their activities. */
  readonly tasks?: TaskOutcomes;
}

/** One thing that happened to a step of the definition. */
export interface RunEvent {
  readonly type: "started" | "finished" | "failed" | "skipped";
  readonly step: string;
  /** Milliseconds since 1970, by the run's clock. */
  readonly at: number;
  /** From 1; only for steps that can be tried again. */
  readonly attempt?: number;
  readonly error?: WorkflowError;
}

/** What all scopes of a run share. */
export interface Run {
  readonly id: string;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly options: RunOptions;
  /** Ends the run. */
  readonly controller: AbortController;
  /** For each lock, when the last of those that hold it or wait for it lets it go. */
  readonly locks: Map<string, Promise<void>>;
  /** Messages by channel that came when nobody waited for them any more. */
  readonly kept: Map<string, unknown[]>;
  /** How many events the run's history has, as AWS counts them: its messages name a state by one. */
  events: number;
  /** How many turns of loops were begun that may wait for nothing. */
  turns: number;
  /** The output that the run was ended with before its end. */
  result: { readonly value: unknown } | null;
}

/** What all paths have in common that belong to one run, one turn of a loop or one container. */
export interface Shared {
  readonly signal: AbortSignal;
  /** What steps do to each other by name: `cancel review`. */
  readonly controls: Map<string, AbortController>;
  /** Work that goes on after the step that began it. */
  readonly rest: Promise<void>[];
}

/** A path of execution: the whole run, a branch, a turn of a loop or the body of a container. */
export interface Scope {
  readonly run: Run;
  readonly signal: AbortSignal;
  readonly shared: Shared;
  /** Tells apart the calls of the same step in different branches and turns. */
  readonly path: string;
  /** How often each step was called here. */
  readonly counts: Map<string, number>;
  /** The step that a failure here belongs to. */
  step: string;
  /** The step that is reported as started and not yet as ended. */
  open: string | null;
  /** The event with which `step` began. */
  entered: number;
  /** Whether that was counted before the step itself begins. */
  isEntered: boolean;
  /** How often the last step that can be was tried again. */
  retries: number;
}

/** Runs a workflow's body. */
export async function execute<T>(
  options: RunOptions,
  body: (scope: Scope) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const unfollow = followSignal(options.signal, controller);
  const run = newRun(options, controller);
  try {
    return await runScope(newScope(run, controller.signal, ""), body);
  } catch (error) {
    // The compiler has checked that every such output has the type of the run's.
    if (run.result !== null) return run.result.value as T;
    // AWS tells only its own Catch and Retry one from the other.
    if (error instanceof Error && error.name === "States.HeartbeatTimeout")
      error.name = "States.Timeout";
    throw error;
  } finally {
    unfollow();
    controller.abort();
  }
}

/** Runs a body in a scope of its own; what it fails with is a WorkflowError. */
export async function runScope<T>(
  scope: Scope,
  body: (scope: Scope) => Promise<T>,
): Promise<T> {
  try {
    scope.signal.throwIfAborted();
    const value = await body(scope);
    closeStep(scope);
    return value;
  } catch (error) {
    throw scopeFailure(scope, error);
  }
}

export function newScope(
  run: Run,
  signal: AbortSignal,
  path: string,
  step = "",
  shared: Shared = { signal, controls: new Map(), rest: [] },
): Scope {
  const { events } = run;
  return {
    run,
    signal,
    shared,
    path,
    counts: new Map(),
    step,
    open: null,
    entered: events,
    isEntered: false,
    retries: 0,
  };
}

function newRun(options: RunOptions, controller: AbortController): Run {
  const { clock = systemClock, random = Math.random } = options;
  const startedAt = clock.now();
  const id =
    options.runId ??
    `${startedAt.toString(36)}-${randomText(random)}${randomText(random)}`;
  return {
    id,
    startedAt,
    clock,
    random,
    options,
    controller,
    locks: new Map(),
    kept: new Map(),
    events: 1,
    turns: 0,
    result: null,
  };
}

function randomText(random: () => number): string {
  return random().toString(36).slice(2, 13);
}

/** Counts one more call of a step, and gives what tells it apart from all others of the run. */
export function nextKey(scope: Scope, step: string): string {
  const count = (scope.counts.get(step) ?? 0) + 1;
  scope.counts.set(step, count);
  return `${scope.path}/${step}:${count}`;
}

/** Reports a step that is no call. It lasts until the next step begins. */
export function visit(scope: Scope, step: string): void {
  scope.signal.throwIfAborted();
  openStep(scope, step);
}

/** From here on failures are those of a step that is still to begin: what it is given is made before. */
export function enter(scope: Scope, step: string): void {
  beginStep(scope, step);
  scope.isEntered = true;
}

/** Counts further events of the run's history. */
export function record(scope: Scope, count = 1): void {
  scope.run.events += count;
}

/** Ends the step before, and enters this one unless that was done already. What has no name is a part of the step at hand. */
export function beginStep(scope: Scope, step: string): void {
  closeStep(scope);
  if (step === "") return;
  scope.step = step;
  if (!scope.isEntered) scope.entered = ++scope.run.events;
  scope.isEntered = false;
}

/** Reports steps that a decision left out. */
export function skip(scope: Scope, ...steps: readonly string[]): void {
  closeStep(scope);
  for (const step of steps) report(scope, { type: "skipped", step });
}

export function openStep(scope: Scope, step: string): void {
  beginStep(scope, step);
  scope.open = step;
  report(scope, { type: "started", step });
}

export function closeStep(scope: Scope, error?: WorkflowError): void {
  const step = scope.open;
  if (step === null) return;
  scope.open = null;
  if (error === undefined) record(scope);
  report(
    scope,
    error === undefined
      ? { type: "finished", step }
      : { type: "failed", step, error },
  );
}

/** Tells the observer of the run, whose own failures are not the workflow's. What has no name is no step of its own. */
export function report(scope: Scope, event: Omit<RunEvent, "at">): void {
  if (event.step === "") return;
  const { clock, options } = scope.run;
  try {
    options.onEvent?.({ ...event, at: clock.now() });
  } catch {}
}
