import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { type ActivityContext, call } from "../../server/emit/runtime/call.ts";
import { caught, fail, WorkflowError } from "../../server/emit/runtime/failures.ts";
import { skip, visit } from "../../server/emit/runtime/scope.ts";
import { pause, systemClock, wait, waitUntil } from "../../server/emit/runtime/time.ts";
import { limited, within } from "../../server/emit/runtime/within.ts";
import { busy, deaf, failureOf, run } from "./running.ts";

describe("a call", () => {
  test("gives the activity its input and context, and the step its result", async () => {
    const seen: ActivityContext[] = [];
    const { result, events } = await run(async (scope) =>
      call(
        scope,
        "charge",
        async (input: { amount: number }, context) => {
          seen.push(context);
          return input.amount * 2;
        },
        {
          amount: 21,
        },
      ),
    );
    expect(result).toBe(42);
    expect(seen).toMatchObject([{ step: "charge", attempt: 1, idempotencyKey: "run/charge:1" }]);
    expect(events).toEqual(["0 started charge 1", "0 finished charge 1"]);
  });

  test("counts attempts by rule, the first rule that matches governs, and delays grow up to their limit", async () => {
    const keys = new Set<string>();
    const thrown = ["Busy", "Busy", "Other", "Busy", "Busy"];
    const { result, events } = await run(async (scope) =>
      call(
        scope,
        "charge",
        async (_: null, { attempt, idempotencyKey }) => {
          keys.add(idempotencyKey);
          const name = thrown[attempt - 1];
          if (name !== undefined) throw Object.assign(new Error("no"), { name });
          return attempt;
        },
        null,
        {
          retry: [
            { when: (failure) => failure.name === "Busy", retries: 4, initialMs: 100, maxMs: 300 },
            { retries: 1, initialMs: 1_000, multiplier: 1 },
          ],
        },
      ),
    );
    expect(result).toBe(6);
    expect(keys.size).toBe(1);
    expect(events.filter((event) => event.includes("started"))).toEqual([
      "0 started charge 1",
      "100 started charge 2",
      "300 started charge 3",
      "1300 started charge 4",
      "1600 started charge 5",
      "1900 started charge 6",
    ]);
  });

  test("fails as the last attempt did once the rule's retries are used up", async () => {
    const error = await failureOf(
      run(async (scope) =>
        call(scope, "charge", async () => Promise.reject(busy()), null, {
          retry: [{ retries: 2, initialMs: 10, jitter: "full" }],
        }),
      ),
    );
    expect(error).toBeInstanceOf(WorkflowError);
    expect(error).toMatchObject({ name: "Busy", message: "try later", step: "charge" });
  });

  test.each([
    [0, 80],
    [0.5, 100],
    [1, 120],
  ])("spreads delays by jitter: random %d waits %d ms", async (random, ms) => {
    const { events } = await run(
      async (scope) =>
        call(scope, "a", async (_: null, { attempt }) => (attempt === 1 ? Promise.reject(busy()) : 1), null, {
          retry: [{ retries: 1, initialMs: 100, jitter: 0.2 }],
        }),
      { random: () => random },
    );
    expect(events).toContain(`${ms} started a 2`);
  });

  test("gives up an attempt whose time is up, tells it by its signal, and does not wait for it", async () => {
    const signals: AbortSignal[] = [];
    const { result, events, clock } = await run(async (scope) =>
      call(
        scope,
        "slow",
        (_: null, { attempt, signal }) => {
          signals.push(signal);
          return attempt === 1 ? deaf() : Promise.resolve("done");
        },
        null,
        { timeoutMs: 500, retry: [{ when: (failure) => failure.name === "Timeout", retries: 1, initialMs: 100 }] },
      ),
    );
    expect(result).toBe("done");
    expect(events).toEqual([
      "0 started slow 1",
      "500 failed slow 1 Timeout",
      "600 started slow 2",
      "600 finished slow 2",
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(clock.sleeping).toBe(0);
  });

  test("names the error of a time limit as the definition's language does", async () => {
    const error = await failureOf(
      run(async (scope) => call(scope, "slow", deaf, null, { timeoutMs: 5, timeoutError: "States.Timeout" })),
    );
    expect(error).toMatchObject({ name: "States.Timeout", step: "slow" });
  });

  test("fails without a heartbeat, and lasts with one", async () => {
    const beating = await run(async (scope, clock) =>
      call(
        scope,
        "long",
        async (_: null, { heartbeat, signal }) => {
          for (let beat = 0; beat < 4; beat++) {
            await clock.sleep(80, signal);
            heartbeat();
          }
          return "done";
        },
        null,
        { heartbeatMs: 100 },
      ),
    );
    expect(beating.result).toBe("done");
    expect(beating.clock.sleeping).toBe(0);
    const error = await failureOf(
      run(async (scope) => call(scope, "long", deaf, null, { heartbeatMs: 100, timeoutMs: 1_000 })),
    );
    expect(error).toMatchObject({ name: "States.Timeout", step: "long" });
  });

  test("is not failed by a clock that never sleeps, as long as it needs no time", async () => {
    const clock = { now: () => 0, sleep: async () => {} };
    const { result } = await run(
      async (scope) => call(scope, "quick", async () => "done", null, { timeoutMs: 30_000 }),
      { clock },
    );
    expect(result).toBe("done");
  });

  test("takes whatever an activity throws", async () => {
    const thrown: readonly (readonly [unknown, object])[] = [
      ["text", { name: "Error", message: "text" }],
      [
        { name: "Named", message: "plain object" },
        { name: "Named", message: "plain object" },
      ],
      [Object.create(null), { name: "Error", message: "" }],
      [undefined, { name: "Error", message: "undefined" }],
      [Symbol("odd"), { name: "Error", message: "Symbol(odd)" }],
    ];
    for (const [value, expected] of thrown) {
      const activity = (): Promise<never> => {
        throw value;
      };
      expect(await failureOf(run(async (scope) => call(scope, "a", activity, null)))).toMatchObject({
        ...expected,
        step: "a",
      });
    }
  });

  test("has a key of its own, the same when the run is run again", async () => {
    const keysOf = async (): Promise<readonly string[]> => {
      const keys: string[] = [];
      const note = async (_: null, { idempotencyKey }: ActivityContext): Promise<void> =>
        void keys.push(idempotencyKey);
      await run(async (scope) => {
        for (let turn = 0; turn < 2; turn++) await call(scope, "a", note, null);
        await within(scope, "box", async (inner) => call(inner, "a", note, null));
        await within(scope, "box", async (inner) => call(inner, "a", note, null));
      });
      return keys;
    };
    const keys = await keysOf();
    expect(new Set(keys).size).toBe(4);
    expect(await keysOf()).toEqual(keys);
  });
});

describe("steps without a call", () => {
  test("last until the next step begins, and a failure after them is theirs", async () => {
    const events: string[] = [];
    const error = await failureOf(
      run(
        async (scope) => {
          visit(scope, "first");
          skip(scope, "other", "third");
          visit(scope, "second");
          throw new RangeError("bad index");
        },
        { onEvent: ({ type, step }) => void events.push(`${type} ${step}`) },
      ),
    );
    expect(error).toMatchObject({ name: "RangeError", message: "bad index", step: "second" });
    expect(events).toEqual([
      "started first",
      "finished first",
      "skipped other",
      "skipped third",
      "started second",
      "failed second",
    ]);
  });

  test("fail with the definition's error", async () => {
    const error = await failureOf(
      run(async (scope) => {
        throw fail(scope, "reject", "OrderRejected", "too large");
      }),
    );
    expect(error).toMatchObject({ name: "OrderRejected", message: "too large", step: "reject" });
  });

  test("wait by the clock", async () => {
    const { events } = await run(async (scope) => {
      await wait(scope, "pause", 1_500);
      await wait(scope, "none", -5);
      await waitUntil(scope, "until", "1970-01-01T00:00:10Z");
      await waitUntil(scope, "past", "1970-01-01T00:00:05+00:00");
    });
    expect(events.filter((event) => event.includes("finished"))).toEqual([
      "1500 finished pause",
      "1500 finished none",
      "10000 finished until",
      "10000 finished past",
    ]);
  });

  test.each(["soon", "", "2020-13-01T00:00:00Z"])("do not wait until %j", async (timestamp) => {
    expect(await failureOf(run(async (scope) => waitUntil(scope, "until", timestamp)))).toMatchObject({
      name: "RangeError",
      step: "until",
    });
  });

  test("an observer that throws does not disturb the run", async () => {
    const onEvent = (): never => {
      throw new Error("observer");
    };
    expect(
      (
        await run(
          async (scope) => {
            visit(scope, "a");
            return 1;
          },
          { onEvent },
        )
      ).result,
    ).toBe(1);
  });
});

describe("a container", () => {
  test("is one step, whose time limit ends what runs in it", async () => {
    const events: string[] = [];
    const error = await failureOf(
      run(
        async (scope) =>
          within(
            scope,
            "box",
            async (inner) => {
              try {
                await call(inner, "slow", deaf, null);
              } catch (thrown) {
                caught(inner, thrown);
                events.push("a handler ran");
              }
            },
            { timeoutMs: 300 },
          ),
        { onEvent: ({ type, step, error: cause }) => void events.push(`${type} ${step} ${cause?.name ?? ""}`) },
      ),
    );
    expect(error).toMatchObject({ name: "Timeout", step: "box" });
    expect(events).toEqual(["started box ", "started slow ", "failed slow Cancelled", "failed box Timeout"]);
  });

  test("is run again as its policy says", async () => {
    let turns = 0;
    const { result } = await run(async (scope) =>
      within(
        scope,
        "box",
        async (inner) => call(inner, "a", async () => (++turns < 3 ? Promise.reject(busy()) : turns), null),
        { retry: [{ retries: 5, initialMs: 10 }] },
      ),
    );
    expect(result).toBe(3);
  });
});

describe("a time limit around a container", () => {
  test("is for all of its attempts and what is between them", async () => {
    const events: string[] = [];
    let turns = 0;
    const error = await failureOf(
      run(
        async (scope) =>
          within(
            scope,
            "box",
            async (inner) => {
              turns += 1;
              await call(inner, "a", async () => Promise.reject(busy()), null);
            },
            { retry: [{ retries: 100, initialMs: 40, multiplier: 1 }], timeoutMs: 100 },
          ),
        { onEvent: ({ type, step, error: cause }) => void events.push(`${type} ${step} ${cause?.name ?? ""}`) },
      ),
    );
    expect(error).toMatchObject({ name: "Timeout", step: "box" });
    expect(turns).toBe(3);
    expect(events.filter((event) => event.endsWith("box Timeout"))).toEqual(["failed box Timeout"]);
  });

  test("that is no step's is not observed", async () => {
    const events: string[] = [];
    const onEvent = ({ type, step }: { type: string; step: string }) => void events.push(`${type} ${step}`);
    const { result } = await run(
      async (scope) => limited(scope, (inner) => call(inner, "a", async () => 1, null), { timeoutMs: 100 }),
      { onEvent },
    );
    expect(result).toBe(1);
    const error = await failureOf(
      run(
        async (scope) =>
          limited(scope, (inner) => call(inner, "b", deaf, null), { timeoutMs: 100, timeoutError: "Late" }),
        {
          onEvent,
        },
      ),
    );
    expect(error).toMatchObject({ name: "Late", step: "" });
    expect(events).toEqual(["started a", "finished a", "started b", "failed b"]);
  });
});

test("the system's clock sleeps, ends a sleep that is aborted, and leaves no listener", async () => {
  const controller = new AbortController();
  await systemClock.sleep(1, controller.signal);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  const sleeping = systemClock.sleep(10_000_000_000, controller.signal);
  controller.abort(new Error("enough"));
  await expect(sleeping).rejects.toThrow("enough");
  await expect(systemClock.sleep(5, controller.signal)).rejects.toThrow("enough");
});

test("a pause without a length does not ask the clock", async () => {
  const clock = { now: () => 0, sleep: () => Promise.reject(new Error("asked")) };
  await run(async (scope) => pause(scope, 0), { clock });
});
