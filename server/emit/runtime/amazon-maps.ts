import { isRecord, statesError } from "./amazon-states.ts";
import { utf8Bytes } from "./amazon-text.ts";
import { forEach } from "./concurrency.ts";
import { failureAt, WorkflowError } from "./failures.ts";
import {
  newScope,
  type Run,
  type RunEvent,
  record,
  runScope,
  type Scope,
} from "./scope.ts";

/** How many of a distributed Map's children may fail: as many, and such a part of all. Default: none. */
export interface Tolerance {
  readonly count?: number;
  /** From 0 to 100. */
  readonly percentage?: number;
}

/** How one child of a distributed Map ended. */
export interface ChildResult {
  readonly name: string;
  readonly input: unknown;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly output?: unknown;
  readonly failure?: WorkflowError;
}

/**
 * Runs a child for each item of a distributed Map. A child is an execution of its own, with a history of its own: the
 * observer of its steps is `onChildEvent`.
 */
export async function forEachChild<T, R>(
  scope: Scope,
  step: string,
  items: readonly T[],
  body: (scope: Scope, item: T, index: number) => Promise<R>,
  concurrency = 0,
  tolerance: Tolerance = {},
): Promise<unknown[]> {
  return childOutputs(
    await childResults(scope, step, items, body, concurrency, tolerance),
  );
}

/** The same, for a ResultWriter: gives how each child ended. */
export async function childResults<T, R>(
  scope: Scope,
  step: string,
  items: readonly T[],
  body: (scope: Scope, item: T, index: number) => Promise<R>,
  concurrency = 0,
  tolerance: Tolerance = {},
): Promise<ChildResult[]> {
  const allowed = mostFailures(tolerance, items.length);
  let failed = 0;
  const child = async (
    turn: Scope,
    item: T,
    index: number,
  ): Promise<ChildResult> => {
    const { clock } = scope.run;
    const name = `${scope.step}:${index}`;
    const begun = { name, input: item, startedAt: clock.now() };
    try {
      const output = await runScope(childScope(turn, name), (inner) =>
        body(inner, item, index),
      );
      return { ...begun, endedAt: clock.now(), output };
    } catch (error) {
      const failure =
        error instanceof WorkflowError ? error : failureAt(error, turn);
      failed++;
      if (turn.signal.aborted || failed > allowed) throw tooMany(scope);
      return { ...begun, endedAt: clock.now(), failure };
    }
  };
  record(scope);
  return forEach(scope, step, items, child, concurrency);
}

function mostFailures(
  { count, percentage }: Tolerance,
  children: number,
): number {
  const byCount = count ?? (percentage === undefined ? 0 : children);
  const byPart =
    percentage === undefined ? children : (percentage / 100) * children;
  return Math.min(byCount, byPart);
}

function tooMany(scope: Scope): WorkflowError {
  return new WorkflowError(
    "States.ExceedToleratedFailureThreshold",
    "The specified tolerated failure threshold was exceeded",
    scope.step,
  );
}

/** A run within the run: it has a name, a start and a history of its own, and ends with it. */
function childScope({ run, signal, path }: Scope, name: string): Scope {
  const { onEvent, onChildEvent, context, ...options } = run.options;
  const executionName = `${run.id}${path}`;
  const child: Run = {
    ...run,
    startedAt: run.clock.now(),
    events: 1,
    options: {
      ...options,
      context: { ...context, executionName },
      ...(onChildEvent !== undefined && {
        onChildEvent,
        onEvent: (event: RunEvent) => onChildEvent(event, name),
      }),
    },
  };
  return newScope(child, signal, path);
}

export function isChildResult(value: unknown): value is ChildResult {
  return isRecord(value) && "startedAt" in value && "endedAt" in value;
}

/** The outputs of those children that did not fail. */
export function childOutputs(results: readonly ChildResult[]): unknown[] {
  return results
    .filter(({ failure }) => failure === undefined)
    .map(({ output }) => output);
}

/** What ItemSelector makes of each item. */
export function selectedItems(
  items: readonly unknown[],
  select: (item: unknown, index: number) => unknown,
): unknown[] {
  return items.map((item, index) => select(item, index));
}

/** Items in batches of at most so many items, and of at most so many bytes of JSON each; 0 is no limit. */
export function batchesOf(
  items: readonly unknown[],
  maxItems: number,
  maxBytes: number,
  batchInput?: unknown,
): unknown[] {
  const rest = batchInput === undefined ? {} : { BatchInput: batchInput };
  const batches: unknown[][] = [];
  let size = 0;
  for (const item of items) {
    const bytes = maxBytes > 0 ? utf8Bytes(JSON.stringify(item)).length + 1 : 0;
    const last = batches.at(-1);
    const isFull =
      last === undefined ||
      (maxItems > 0 && last.length >= maxItems) ||
      (maxBytes > 0 && size + bytes > maxBytes);
    if (isFull) batches.push([item]);
    else last.push(item);
    size =
      (isFull ? utf8Bytes(JSON.stringify(rest)).length + 12 : size) + bytes;
  }
  return batches.map((batch) => ({ ...rest, Items: batch }));
}

/** A limit that a path of a Map leads to: a whole number that is not negative, perhaps as text. */
export function limitAt(value: unknown, field: string, path: string): number {
  const number = numberOf(value);
  if (!Number.isInteger(number))
    throw statesError(
      "States.Runtime",
      `The ${field}Path field refers to value "${shown(value)}" which is not a valid integer: ${path}`,
    );
  // It belongs to the reader, whose failures have no place.
  if (number < 0 && field === "MaxItems")
    throw Object.assign(new Error("field MaxItems must be positive"), {
      name: "States.ItemReaderFailed",
    });
  if (number < 0)
    throw statesError("States.Runtime", `${field} cannot be negative.`);
  return number;
}

/** The percentage of failures that a path of a Map leads to. */
export function percentageAt(
  value: unknown,
  field: string,
  path: string,
): number {
  const number = numberOf(value);
  if (Number.isNaN(number))
    throw statesError(
      "States.Runtime",
      `The ${field}Path field refers to value "${shown(value)}" which is not a valid float: ${path}`,
    );
  if (number < 0 || number > 100)
    throw statesError("States.Runtime", `${field} must be between 0 and 100.`);
  return number;
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)
    ? Number(value)
    : Number.NaN;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
