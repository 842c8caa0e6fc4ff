import { followSignal } from "./cancellation.ts";
import { observed } from "./failures.ts";
import {
  closeStep,
  newScope,
  nextKey,
  record,
  runScope,
  type Scope,
} from "./scope.ts";

/** Branches that run at once. The first that fails cancels the others; all have ended before the failure goes on. */
export interface Branches {
  readonly parent: Scope;
  readonly path: string;
  readonly controller: AbortController;
  readonly unfollow: () => void;
  readonly running: Promise<void>[];
  failures: unknown[];
}

/** Opens a fork: `start` its branches, then `join` them. */
export function fork(parent: Scope): Branches {
  parent.signal.throwIfAborted();
  closeStep(parent);
  const controller = new AbortController();
  const unfollow = followSignal(parent.signal, controller);
  return {
    parent,
    path: nextKey(parent, "fork"),
    controller,
    unfollow,
    running: [],
    failures: [],
  };
}

/** Starts a branch. Its promise needs no handler: `join` fails as the branch does. */
export function start<T>(
  branches: Branches,
  body: (scope: Scope) => Promise<T>,
): Promise<T> {
  const { parent, controller, failures } = branches;
  const path = `${branches.path}.${branches.running.length}`;
  const branch = runScope(
    newScope(parent.run, controller.signal, path, parent.step, parent.shared),
    body,
  );
  const settled = branch.then(
    () => undefined,
    (error: unknown) => {
      failures.push(error);
      controller.abort(error);
    },
  );
  branches.running.push(settled);
  return branch;
}

/** Waits until all branches have ended, and fails as the first of them that failed. */
export async function join(branches: Branches): Promise<void> {
  await Promise.all(branches.running);
  branches.unfollow();
  if (branches.failures.length > 0) throw branches.failures[0];
}

/** Waits inside a branch until other branches of its fork have ended. */
export async function after(
  ...branches: readonly Promise<unknown>[]
): Promise<void> {
  await Promise.all(branches);
}

/** Waits inside a branch until so many other branches have ended in a way that counts, or all have ended. */
export function afterCount(
  count: number,
  ...branches: readonly (readonly [
    ended: Promise<unknown>,
    counts: () => boolean,
  ])[]
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = branches.length;
    let counted = 0;
    for (const [ended, counts] of branches) {
      ended
        .then(() => {
          left -= 1;
          if (counts()) counted += 1;
          if (counted >= count || left === 0) resolve();
        })
        .catch(reject);
    }
    if (left === 0) resolve();
  });
}

/** Runs any number of branches at once. */
export async function all(
  scope: Scope,
  bodies: readonly ((scope: Scope) => Promise<unknown>)[],
): Promise<void> {
  const branches = fork(scope);
  for (const body of bodies) void start(branches, body);
  await join(branches);
}

/** Runs two branches at once and gives their results. */
export async function all2<A, B>(
  scope: Scope,
  a: (scope: Scope) => Promise<A>,
  b: (scope: Scope) => Promise<B>,
): Promise<[A, B]> {
  const branches = fork(scope);
  const first = start(branches, a);
  const second = start(branches, b);
  await join(branches);
  return [await first, await second];
}

/** Runs three branches at once and gives their results. */
export async function all3<A, B, C>(
  scope: Scope,
  a: (scope: Scope) => Promise<A>,
  b: (scope: Scope) => Promise<B>,
  c: (scope: Scope) => Promise<C>,
): Promise<[A, B, C]> {
  const branches = fork(scope);
  const first = start(branches, a);
  const second = start(branches, b);
  const third = start(branches, c);
  await join(branches);
  return [await first, await second, await third];
}

/** Runs four branches at once and gives their results. */
export async function all4<A, B, C, D>(
  scope: Scope,
  a: (scope: Scope) => Promise<A>,
  b: (scope: Scope) => Promise<B>,
  c: (scope: Scope) => Promise<C>,
  d: (scope: Scope) => Promise<D>,
): Promise<[A, B, C, D]> {
  const branches = fork(scope);
  const first = start(branches, a);
  const second = start(branches, b);
  const third = start(branches, c);
  const fourth = start(branches, d);
  await join(branches);
  return [await first, await second, await third, await fourth];
}

/** Runs five branches at once and gives their results. */
export async function all5<A, B, C, D, E>(
  scope: Scope,
  a: (scope: Scope) => Promise<A>,
  b: (scope: Scope) => Promise<B>,
  c: (scope: Scope) => Promise<C>,
  d: (scope: Scope) => Promise<D>,
  e: (scope: Scope) => Promise<E>,
): Promise<[A, B, C, D, E]> {
  const branches = fork(scope);
  const first = start(branches, a);
  const second = start(branches, b);
  const third = start(branches, c);
  const fourth = start(branches, d);
  const fifth = start(branches, e);
  await join(branches);
  return [await first, await second, await third, await fourth, await fifth];
}

/** Runs a body for each item and gives the results in the items' order. `concurrency` 0: all at once. */
export function forEach<T, R>(
  scope: Scope,
  step: string,
  items: readonly T[],
  body: (scope: Scope, item: T, index: number) => Promise<R>,
  concurrency = 0,
): Promise<R[]> {
  return observed(scope, step, async () => {
    const controller = new AbortController();
    const unfollow = followSignal(scope.signal, controller);
    const path = nextKey(scope, step);
    const results: R[] = [];
    const failures: unknown[] = [];
    record(scope);
    const queue = items.entries();
    const work = async (): Promise<void> => {
      for (const [index, item] of queue) {
        const turn = newScope(
          scope.run,
          controller.signal,
          `${path}[${index}]`,
          scope.step,
        );
        turn.entered = scope.entered;
        record(scope);
        results[index] = await runScope(turn, (inner) =>
          body(inner, item, index),
        );
        record(scope);
      }
    };
    const stop = (error: unknown): void => {
      failures.push(error);
      controller.abort(error);
    };
    const workers =
      concurrency > 0 ? Math.min(concurrency, items.length) : items.length;
    await Promise.all(
      Array.from({ length: workers }, () => work().catch(stop)),
    );
    unfollow();
    if (failures.length > 0) throw failures[0];
    record(scope);
    return results;
  });
}
