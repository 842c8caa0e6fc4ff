import { type ActivityContext, attempting, type CallPolicy } from "./call.ts";
import { untilAborted } from "./cancellation.ts";
import { record, type Scope } from "./scope.ts";

/** What a Task's input may tell of the attempt that it is made for. */
export interface TaskAttempt {
  /** How often the Task was tried before. */
  readonly retryCount: number;
  /** Names this attempt to whoever reports its outcome. */
  readonly taskToken: string;
}

/** What the activity of a Task that waits for a callback is told. */
export interface TaskContext extends ActivityContext {
  /** Whoever ends the task names it by this token. Each attempt has another. */
  readonly taskToken: string;
}

/** Where the outcomes of tasks that wait for a callback come from. */
export interface TaskOutcomes {
  /**
   * Resolves with the output of the task of that token, or rejects with its failure; `heartbeat` is to be called for each
   * heartbeat until then. Outcomes that came before are kept for whoever asks.
   */
  wait(
    taskToken: string,
    signal: AbortSignal,
    heartbeat: () => void,
  ): Promise<unknown>;
}

/** The callbacks of tasks, as SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat: the first outcome of a token counts. */
export interface Tasks extends TaskOutcomes {
  succeed(taskToken: string, output: unknown): void;
  fail(taskToken: string, error?: string, cause?: string): void;
  heartbeat(taskToken: string): void;
}

/** Keeps outcomes in memory: give it to `run` as `tasks`, and call it where callbacks arrive. */
export function createTasks(): Tasks {
  const outcomes = new Map<string, () => unknown>();
  const waiting = new Map<string, { end(): void; heartbeat(): void }>();
  const settle = (taskToken: string, outcome: () => unknown): void => {
    if (outcomes.has(taskToken)) return;
    outcomes.set(taskToken, outcome);
    waiting.get(taskToken)?.end();
  };
  return {
    succeed: (taskToken, output) => settle(taskToken, () => output),
    fail: (taskToken, error = "", cause = "") =>
      settle(taskToken, () => {
        throw Object.assign(new Error(cause), { name: error });
      }),
    heartbeat: (taskToken) => waiting.get(taskToken)?.heartbeat(),
    async wait(taskToken, signal, heartbeat) {
      try {
        if (!outcomes.has(taskToken))
          await untilAborted(
            signal,
            () =>
              new Promise<void>((end) =>
                waiting.set(taskToken, { end, heartbeat }),
              ),
          );
        return outcomes.get(taskToken)?.();
      } finally {
        waiting.delete(taskToken);
        outcomes.delete(taskToken);
      }
    },
  };
}

/** Calls an activity with an input that is made anew for each attempt. */
export function callTask<I, O>(
  scope: Scope,
  step: string,
  activity: (input: I, context: ActivityContext) => Promise<O>,
  input: (attempt: TaskAttempt) => NoInfer<I>,
  policy: CallPolicy = {},
): Promise<O> {
  return attempting(scope, step, policy, (context) =>
    activity(input(taskAttempt(context)), context),
  );
}

/**
 * Calls an activity that begins a task and waits for the task's outcome: for the callback with its token where the run has
 * `tasks`; else the activity itself waits for it, and what it returns is the output of the task.
 */
export function callForToken<I>(
  scope: Scope,
  step: string,
  activity: (input: I, context: TaskContext) => Promise<unknown>,
  input: (attempt: TaskAttempt) => NoInfer<I>,
  policy: CallPolicy = {},
): Promise<unknown> {
  return attempting(scope, step, policy, async (context) => {
    const attempt = taskAttempt(context);
    const { taskToken } = attempt;
    const { tasks } = scope.run.options;
    const result = await activity(input(attempt), { ...context, taskToken });
    record(scope);
    return tasks === undefined
      ? result
      : tasks.wait(taskToken, context.signal, context.heartbeat);
  });
}

/** How often the last step of the scope was tried again. */
export function retryCount(scope: Scope): number {
  return scope.retries;
}

function taskAttempt({
  attempt,
  idempotencyKey,
}: ActivityContext): TaskAttempt {
  return {
    retryCount: attempt - 1,
    taskToken: `${idempotencyKey}#${attempt}`,
  };
}
