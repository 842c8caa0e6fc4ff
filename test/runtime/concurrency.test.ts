import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { call } from "../../server/emit/runtime/call.ts";
import {
  after as afterAllOf,
  afterCount,
  all,
  all2,
  all3,
  all4,
  all5,
  forEach,
  fork,
  join,
  start,
} from "../../server/emit/runtime/concurrency.ts";
import { caught } from "../../server/emit/runtime/failures.ts";
import type { Scope } from "../../server/emit/runtime/scope.ts";
import { wait } from "../../server/emit/runtime/time.ts";
import { busy, deaf, failureOf, run } from "./running.ts";

const give = <T>(scope: Scope, step: string, value: T): Promise<T> => call(scope, step, async () => value, null);

describe("branches", () => {
  test("run at once and give their results in order", async () => {
    const { result, events } = await run(async (scope) => [
      await all2(
        scope,
        (inner) => wait(inner, "long", 300).then(() => "a"),
        (inner) => wait(inner, "short", 100).then(() => 1),
      ),
      await all3(
        scope,
        async () => 1,
        async () => 2,
        async () => 3,
      ),
      await all4(
        scope,
        async () => 1,
        async () => 2,
        async () => 3,
        async () => 4,
      ),
      await all5(
        scope,
        async () => 1,
        async () => 2,
        async () => 3,
        async () => 4,
        async () => 5,
      ),
    ]);
    expect(result).toEqual([
      ["a", 1],
      [1, 2, 3],
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ]);
    expect(events).toEqual(["0 started long", "0 started short", "100 finished short", "300 finished long"]);
  });

  test("that fail cancel the others; the first failure goes on when all have ended", async () => {
    const signals: AbortSignal[] = [];
    const ended: string[] = [];
    const body = async (scope: Scope): Promise<void> => {
      await all(scope, [
        async (inner) => {
          try {
            await call(
              inner,
              "deaf",
              (_: null, { signal }) => {
                signals.push(signal);
                return deaf();
              },
              null,
            );
          } finally {
            ended.push("deaf");
          }
        },
        async (inner) => {
          await wait(inner, "before", 50);
          await call(inner, "fails", async () => Promise.reject(busy()), null);
        },
        async (inner) => {
          await wait(inner, "never done", 5_000);
          ended.push("went on");
        },
      ]);
    };
    const events: string[] = [];
    const error = await failureOf(
      run(body, {
        onEvent: ({ at, type, step, error: cause }) => void events.push([at, type, step, cause?.name].join(" ")),
      }),
    );
    expect(error).toMatchObject({ name: "Busy", step: "fails" });
    expect(ended).toEqual(["deaf"]);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(events.slice(-3)).toEqual([
      "50 failed fails Busy",
      "50 failed deaf Cancelled",
      "50 failed never done Cancelled",
    ]);
  });

  test("do not hand their cancellation to handlers, but their failure", async () => {
    const handled: string[] = [];
    const { result } = await run(async (scope) => {
      try {
        return await all2(
          scope,
          async (inner) => {
            try {
              await call(inner, "deaf", deaf, null);
            } catch (error) {
              handled.push(caught(inner, error).name);
            }
          },
          (inner) => call(inner, "fails", async () => Promise.reject(busy()), null),
        );
      } catch (error) {
        return caught(scope, error).name;
      }
    });
    expect(result).toBe("Busy");
    expect(handled).toEqual([]);
  });

  test("wait for each other", async () => {
    const { events } = await run(async (scope) => {
      const branches = fork(scope);
      const pack = start(branches, (inner) => wait(inner, "pack", 100));
      const pay = start(branches, (inner) => wait(inner, "pay", 300));
      start(branches, async (inner) => {
        await afterAllOf(pack, pay);
        await wait(inner, "ship", 10);
      });
      start(branches, async (inner) => {
        await afterAllOf(pack);
        await wait(inner, "label", 10);
      });
      start(branches, async (inner) => {
        await afterCount(1, [pay, () => true], [pack, () => false]);
        await wait(inner, "first taken", 10);
      });
      start(branches, async (inner) => {
        await afterCount(2, [pay, () => false], [pack, () => true]);
        await wait(inner, "none left", 10);
      });
      await join(branches);
    });
    expect(events.filter((event) => event.includes("started"))).toEqual([
      "0 started pack",
      "0 started pay",
      "100 started label",
      "300 started first taken",
      "300 started none left",
      "300 started ship",
    ]);
  });

  test("that wait for one that fails end too", async () => {
    const error = await failureOf(
      run(async (scope) => {
        const branches = fork(scope);
        const fails = start(branches, (inner) => call(inner, "fails", async () => Promise.reject(busy()), null));
        start(branches, async (inner) => {
          await afterAllOf(fails);
          await give(inner, "never", 1);
        });
        start(branches, async () => afterCount(1, [fails, () => true]));
        await join(branches);
      }),
    );
    expect(error).toMatchObject({ name: "Busy", step: "fails" });
  });
});

describe("forEach", () => {
  test.each([
    [1, 500],
    [2, 300],
    [3, 200],
    [0, 100],
    [50, 100],
  ])("with a concurrency of %d takes %d ms for five turns of 100, and keeps the order", async (concurrency, ms) => {
    let running = 0;
    let most = 0;
    const { result, events } = await run(async (scope) =>
      forEach(
        scope,
        "each",
        [5, 4, 3, 2, 1],
        async (inner, item, index) => {
          most = Math.max(most, ++running);
          await wait(inner, `turn ${index}`, 100);
          running -= 1;
          return item * 10 + index;
        },
        concurrency,
      ),
    );
    expect(result).toEqual([50, 41, 32, 23, 14]);
    expect(most).toBe(concurrency === 0 ? 5 : Math.min(concurrency, 5));
    expect(events.at(-1)).toBe(`${ms} finished each`);
  });

  test("stops at the first failure and begins no further turn", async () => {
    const begun: number[] = [];
    const error = await failureOf(
      run(async (scope) =>
        forEach(
          scope,
          "each",
          [0, 1, 2, 3, 4, 5],
          async (inner, item) => {
            begun.push(item);
            await wait(inner, "turn", 10);
            if (item === 1) await call(inner, "fails", async () => Promise.reject(busy()), null);
          },
          2,
        ),
      ),
    );
    expect(error).toMatchObject({ name: "Busy", step: "fails" });
    expect(begun).toEqual([0, 1, 2]);
  });

  test("of nothing is nothing", async () => {
    expect((await run(async (scope) => forEach(scope, "each", [], async () => 1))).result).toEqual([]);
  });

  test("gives each turn's calls a key of its own", async () => {
    const keys = new Set<string>();
    await run(async (scope) => {
      for (let round = 0; round < 2; round++) {
        await forEach(scope, "each", [1, 2, 3], (inner, item) =>
          call(inner, "a", async (_: number, { idempotencyKey }) => keys.add(idempotencyKey), item),
        );
      }
    });
    expect(keys.size).toBe(6);
  });
});

describe("cancellation", () => {
  test.each([
    ["a call", (scope: Scope) => call(scope, "slow", deaf, null)],
    [
      "a retry",
      (scope: Scope) =>
        call(scope, "a", async () => Promise.reject(busy()), null, { retry: [{ retries: 9, initialMs: 10_000 }] }),
    ],
    ["a wait", (scope: Scope) => wait(scope, "pause", 10_000)],
    [
      "branches",
      (scope: Scope) =>
        all2(
          scope,
          (inner) => call(inner, "slow", deaf, null),
          (inner) => wait(inner, "pause", 9_000),
        ),
    ],
    ["turns", (scope: Scope) => forEach(scope, "each", [1, 2], (inner) => call(inner, "slow", deaf, null))],
  ])("ends %s at once, past all handlers", async (_, body: (scope: Scope) => Promise<unknown>) => {
    const controller = new AbortController();
    const handled: string[] = [];
    const { signal } = controller;
    const running = run(
      async (scope, clock) => {
        void clock.sleep(100, new AbortController().signal).then(() => controller.abort());
        try {
          return await body(scope);
        } catch (error) {
          handled.push(caught(scope, error).name);
          return null;
        }
      },
      { signal },
    );
    expect(await failureOf(running)).toMatchObject({ name: "Cancelled" });
    expect(handled).toEqual([]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("before the start runs nothing", async () => {
    let ran = false;
    const error = await failureOf(
      run(
        async () => {
          ran = true;
        },
        { signal: AbortSignal.abort() },
      ),
    );
    expect(error).toMatchObject({ name: "Cancelled" });
    expect(ran).toBe(false);
  });
});

test("nothing is left behind: no listener, no sleeper, no warning", async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on("warning", warn);
  const { signal } = new AbortController();
  const attempts: AbortSignal[] = [];
  const { clock } = await run(
    async (scope) =>
      forEach(
        scope,
        "each",
        Array.from({ length: 50 }, (_, index) => index),
        async (inner, item) => {
          await all2(
            inner,
            (branch) =>
              call(branch, "a", async (_: number, context) => void attempts.push(context.signal), item, {
                timeoutMs: 1_000,
                heartbeatMs: 900,
              }),
            (branch) => wait(branch, "pause", 5),
          );
        },
      ),
    { signal },
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("warning", warn);
  expect(warnings).toEqual([]);
  expect(clock.sleeping).toBe(0);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  expect(attempts.flatMap((attempt) => getEventListeners(attempt, "abort"))).toEqual([]);
  expect(attempts).toHaveLength(50);
});
