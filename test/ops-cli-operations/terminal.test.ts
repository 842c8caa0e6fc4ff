import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";

/** What a person sees: wfops in a terminal, which `script` makes. */

const bin = new URL("../../ops-cli/bin/wfops.ts", import.meta.url).pathname;

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet(1);
});
afterEach(() => fleet.stop());

interface Screen {
  readonly code: number | null;
  readonly raw: string;
  readonly lines: readonly string[];
}

/** @param answer is typed when a question is on the screen. */
async function inTerminal(columns: number, args: readonly string[], answer = ""): Promise<Screen> {
  const command = `stty cols ${columns}; exec ${[process.execPath, bin, ...args].join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: {
      PATH: process.env.PATH,
      HOME: `${tmpdir()}/nobody`,
      TERM: "xterm",
      NODE_COMPILE_CACHE: ".cache/node",
      ...fleet.env,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let raw = "";
  let answered = answer === "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    raw += text;
    if (answered || !raw.includes("(y/N)")) return;
    answered = true;
    child.stdin.write(answer);
  });
  const [code] = await once(child, "close");
  const lines = stripVTControlCharacters(raw)
    .split("\n")
    .map((line) => line.trimEnd());
  return { code, raw, lines };
}

test("a change shows what it would do and asks; yes makes it", async () => {
  const { code, lines } = await inTerminal(100, ["loglevel", "debug"], "y\r");
  expect(lines.join("\n")).toContain("change the log level from info to debug");
  expect(lines.join("\n")).toContain(`Log debug and above at ${fleet.replicas[0]?.address}?`);
  expect(code).toBe(0);
  expect(fleet.replicas[0]?.level()).toBe("debug");
});

test("anything else leaves all as it is", async () => {
  const { code, lines } = await inTerminal(100, ["loglevel", "debug"], "\r");
  expect([code, lines.join("\n")]).toEqual([1, expect.stringContaining("nothing was changed")]);
  expect(fleet.replicas[0]?.level()).toBe("info");
});

test("40 columns are enough, and --no-color is heard", async () => {
  const commands = [["status"], ["ratelimit", "show"], ["cache", "stats"], ["check", "--server", "127.0.0.1:1"]];
  for (const args of commands) {
    const { raw, lines } = await inTerminal(40, args);
    // A word that is longer than what is left of its line stays whole.
    const long = lines.filter((line) => line.length > 40 && / \S+ \S+$/.test(line.slice(14)));
    expect([args, long]).toEqual([args, []]);
    expect(raw).toContain("\u001b[");
  }
  const { raw } = await inTerminal(40, ["status", "--no-color"]);
  expect(raw).not.toContain("\u001b[");
});
