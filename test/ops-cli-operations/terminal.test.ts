import { afterEach, beforeEach, expect, test } from "vitest";
import { inTerminal } from "../ops-cli/terminal.ts";
import { type Fleet, startFleet } from "./fleet.ts";

/** What a person sees: wfops in a terminal. */

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet(1);
});
afterEach(() => fleet.stop());

test("a change shows what it would do and asks; yes makes it", async () => {
  const { code, lines } = await inTerminal(["loglevel", "debug"], { columns: 100, env: fleet.env, answer: "y\r" });
  expect(lines.join("\n")).toContain("change the log level from info to debug");
  expect(lines.join("\n")).toContain(`Log debug and above at ${fleet.replicas[0]?.address}?`);
  expect(code).toBe(0);
  expect(fleet.replicas[0]?.level()).toBe("debug");
});

test("anything else leaves all as it is", async () => {
  const { code, lines } = await inTerminal(["loglevel", "debug"], { columns: 100, env: fleet.env, answer: "\r" });
  expect([code, lines.join("\n")]).toEqual([1, expect.stringContaining("nothing was changed")]);
  expect(fleet.replicas[0]?.level()).toBe("info");
});

test("40 columns are enough, and --no-color is heard", async () => {
  const commands = [["status"], ["ratelimit", "show"], ["cache", "stats"], ["check", "--server", "127.0.0.1:1"]];
  for (const args of commands) {
    const { raw, lines } = await inTerminal(args, { columns: 40, env: fleet.env });
    // A word that is longer than what is left of its line stays whole.
    const long = lines.filter((line) => line.length > 40 && / \S+ \S+$/.test(line.slice(14)));
    expect([args, long]).toEqual([args, []]);
    expect(raw).toContain("\u001b[");
  }
  const { raw } = await inTerminal(["status", "--no-color"], { columns: 40, env: fleet.env });
  expect(raw).not.toContain("\u001b[");
});
