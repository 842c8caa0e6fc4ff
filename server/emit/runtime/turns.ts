import { followSignal } from "./cancellation.ts";
import { controlOf } from "./control.ts";
import { observed } from "./failures.ts";
import { keepMessage, nextMessage } from "./receive.ts";
import { newScope, nextKey, runScope, type Scope } from "./scope.ts";

/** How a loop over items ends before all of its turns have, and how it gets more of them. */
export interface Completion<R> {
  /** How many turns may run at once. Default: all. */
  readonly concurrency?: number;
  /** Ends it when so many turns have ended. */
  readonly count?: number;
  /** Ends it when it gives true for the results so far. Asked when a turn has ended. */
  readonly until?: (results: R[]) => boolean;
  /** Whether turns that are still running are cancelled then. Default: they go on until `settle`. */
  readonly cancelsRest?: boolean;
  /** Messages on this channel are further items, for as long as turns are running. */
  readonly channel?: string;
  /** Whether `complete` can end it. */
  readonly isCompletable?: boolean;
}

/** Runs a body for each item, and gives the results that it has when it is complete in the items' order. */
export function forEachUntil<T, R>(
  scope: Scope,
  step: string,
  items: readonly T[],
  body: (scope: Scope, item: T, index: number) => Promise<R>,
  completion: Completion<R>,
): Promise<R[]> {
  return observed(scope, step, async () => {
    const controller = new AbortController();
    const unfollow = followSignal(scope.signal, controller);
    const path = nextKey(scope, step);
    const run = (item: T, index: number): Promise<R> => {
      const turn = `${path}[${index}]`;
      return runScope(
        newScope(scope.run, controller.signal, turn, step),
        (inner) => body(inner, item, index),
      );
    };
    const turns = startTurns(scope, step, items, run, controller, completion);
    try {
      return await turns.complete;
    } finally {
      unfollow();
      const end = followSignal(scope.shared.signal, controller);
      const rest = turns.ended.finally(end);
      rest.catch(() => undefined);
      if (controller.signal.aborted) await rest.catch(() => undefined);
      else scope.shared.rest.push(rest);
    }
  });
}

/** Waits for what goes on after the steps that began it. */
export async function settle(scope: Scope): Promise<void> {
  await Promise.all(scope.shared.rest);
}

function startTurns<T, R>(
  scope: Scope,
  step: string,
  items: readonly T[],
  run: (item: T, index: number) => Promise<R>,
  controller: AbortController,
  completion: Completion<R>,
): { readonly complete: Promise<R[]>; readonly ended: Promise<void> } {
  const { concurrency = 0, count = Infinity, until, channel } = completion;
  const queue = [...items];
  const results = new Map<number, R>();
  const listening = new AbortController();
  const early = controlOf(scope, "complete", step).signal;
  let begun = 0;
  let running = 0;
  const complete = settlable<R[]>();
  const ended = settlable<void>();

  const inOrder = (): R[] =>
    [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
  const finish = (cancelsRest: boolean): void => {
    complete.resolve(inOrder());
    listening.abort();
    if (cancelsRest) controller.abort();
  };
  const fail = (error: unknown): void => {
    complete.reject(error);
    ended.reject(error);
    listening.abort();
    controller.abort(error);
  };
  const turn = async (item: T, index: number): Promise<void> => {
    running += 1;
    try {
      results.set(index, await run(item, index));
      if (results.size >= count || until?.(inOrder()) === true)
        finish(completion.cancelsRest ?? false);
    } catch (error) {
      if (!controller.signal.aborted || scope.signal.aborted) fail(error);
    } finally {
      running -= 1;
      next();
    }
  };
  const next = (): void => {
    if (controller.signal.aborted) queue.length = 0;
    while (queue.length > 0 && (concurrency < 1 || running < concurrency)) {
      const [item] = queue.splice(0, 1);
      void turn(item as T, begun++);
    }
    if (running > 0) return;
    finish(false);
    ended.resolve();
  };
  const listen = async (on: string): Promise<void> => {
    for (;;) {
      const message = await nextMessage(scope, step, on, listening.signal);
      if (listening.signal.aborted) return keepMessage(scope, on, message);
      queue.push(message as T);
      next();
    }
  };

  if (completion.isCompletable === true) {
    if (early.aborted) finish(true);
    early.addEventListener("abort", () => finish(true), { once: true });
  }
  if (count < 1) finish(completion.cancelsRest ?? false);
  next();
  if (channel !== undefined && running > 0)
    listen(channel).catch((error: unknown) => {
      if (!listening.signal.aborted) fail(error);
    });
  return { complete: complete.promise, ended: ended.promise };
}

function settlable<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
