import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogLevel } from "../../server/config/settings.ts";
import { createLogLevelControl } from "../../server/operations/settings.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function control() {
  let level: LogLevel = "warn";
  const log = {
    level: () => level,
    setLevel: (next: LogLevel) => {
      level = next;
    },
  };
  const made = createLogLevelControl({ log, logger: { info: () => {} } });
  const set = (name: string, durationSeconds: number) =>
    made.set({ level: name, durationSeconds, reason: "why" }, { reason: "", resource: "" }).previousLevel;
  return { ...made, set, level: () => level };
}

test("a level for a while goes back to the last one that was to stay", () => {
  const { set, level } = control();
  expect(set("debug", 60)).toBe("warn");
  expect(set("trace", 120)).toBe("debug");
  vi.advanceTimersByTime(60_000);
  expect(level()).toBe("trace");
  vi.advanceTimersByTime(60_000);
  expect(level()).toBe("warn");
});

test("a level that is to stay forgets the one before", () => {
  const { set, level, close } = control();
  set("debug", 60);
  set("error", 0);
  vi.advanceTimersByTime(60_000);
  expect(level()).toBe("error");
  set("debug", 60);
  close();
  vi.advanceTimersByTime(60_000);
  expect(level()).toBe("debug");
});
