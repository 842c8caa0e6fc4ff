import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createGuard, DependencyError, type GuardOptions, pauseMs } from "../../server/dependencies/guard.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const broken = (): Promise<never> => Promise.reject(new Error("broken"));
const well = (): Promise<string> => Promise.resolve("well");

function guarded(options: Partial<GuardOptions> = {}) {
  const guard = createGuard("test", { timeoutMs: 100, random: () => 0.5, ...options });
  const states: string[] = [];
  guard.onState((state) => states.push(state));
  return { guard, states };
}

async function fail(times: number, run: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) await expect(run()).rejects.toThrow();
}

describe("a guard", () => {
  test("gives what the work gives", async () => {
    const { guard } = guarded();
    expect(await guard.run(well)).toBe("well");
    await expect(guard.run(broken)).rejects.toThrow("broken");
  });

  test("opens after 5 failures in a row and then does not ask", async () => {
    const { guard, states } = guarded();
    await fail(4, () => guard.run(broken));
    await guard.run(well);
    await fail(4, () => guard.run(broken));
    expect(guard.state()).toBe("closed");
    await fail(1, () => guard.run(broken));
    expect(states).toEqual(["open"]);
    const work = vi.fn(well);
    await expect(guard.run(work)).rejects.toEqual(new DependencyError("test", "open"));
    expect(work).not.toHaveBeenCalled();
  });

  test("after 60 seconds one attempt decides, and others do not wait for it", async () => {
    const { guard, states } = guarded();
    await fail(5, () => guard.run(broken));
    await vi.advanceTimersByTimeAsync(59_999);
    await expect(guard.run(well)).rejects.toMatchObject({ reason: "open" });
    await vi.advanceTimersByTimeAsync(1);
    const { promise, resolve } = Promise.withResolvers<string>();
    const trial = guard.run(() => promise);
    expect(guard.state()).toBe("half-open");
    await expect(guard.run(well)).rejects.toMatchObject({ reason: "open" });
    resolve("well again");
    expect(await trial).toBe("well again");
    expect(states).toEqual(["open", "half-open", "closed"]);
  });

  test("a failed attempt in half-open opens it again", async () => {
    const { guard, states } = guarded();
    await fail(5, () => guard.run(broken));
    await vi.advanceTimersByTimeAsync(60_000);
    await fail(1, () => guard.run(broken));
    expect(states).toEqual(["open", "half-open", "open"]);
  });

  test("an attempt that takes too long fails, is told to stop, and counts", async () => {
    const { guard } = guarded({ failures: 1 });
    let signal: AbortSignal | undefined;
    const slow = guard.run((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const failed = expect(slow).rejects.toMatchObject({ dependency: "test", reason: "timeout" });
    await vi.advanceTimersByTimeAsync(100);
    await failed;
    expect(signal?.aborted).toBe(true);
    expect(guard.state()).toBe("open");
  });

  test("tries again after growing pauses", async () => {
    const { guard } = guarded({ attempts: 4, failures: 10 });
    const times: number[] = [];
    const start = Date.now();
    const run = guard.run(() => {
      times.push(Date.now() - start);
      return times.length < 4 ? broken() : well();
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await run).toBe("well");
    expect(times).toEqual([0, 100, 300, 700]);
  });

  test("does not try again once the circuit is open", async () => {
    const { guard } = guarded({ attempts: 10, failures: 2 });
    const work = vi.fn(broken);
    const failed = expect(guard.run(work)).rejects.toMatchObject({ reason: "open" });
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    expect(work).toHaveBeenCalledTimes(2);
  });

  test("an error that is no fault of the dependency neither counts nor is tried again", async () => {
    const { guard } = guarded({ attempts: 3, isFault: (error) => !(error instanceof RangeError) });
    const work = vi.fn(() => Promise.reject(new RangeError("asked wrong")));
    await fail(10, () => guard.run(work));
    expect(work).toHaveBeenCalledTimes(10);
    expect(guard.state()).toBe("closed");
  });

  test("pauses double from 0.1 s to 30 s, give or take a fifth", () => {
    const even = Array.from({ length: 12 }, (_, i) => pauseMs(i + 1, () => 0.5));
    expect(even).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
    expect(pauseMs(1, () => 0)).toBeCloseTo(80);
    expect(pauseMs(1, () => 0.9999999)).toBeCloseTo(120);
    expect(pauseMs(1_000_000, () => 0.5)).toBe(30_000);
  });
});
