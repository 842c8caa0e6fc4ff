import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { stripVTControlCharacters } from "node:util";

const bin = new URL("../../ops-cli/bin/wfops.ts", import.meta.url).pathname;

/** What a person has seen. */
export interface Screen {
  readonly code: number | null;
  readonly raw: string;
  /** Without colours and movements of the cursor. */
  readonly lines: readonly string[];
}

export interface TerminalOptions {
  readonly columns: number;
  readonly env: Readonly<Record<string, string>>;
  /** Typed when a question is on the screen. Default: nothing is. */
  readonly answer?: string;
}

/** wfops in a terminal, which the program `script` makes. */
export async function inTerminal(
  args: readonly string[],
  { columns, env, answer = "" }: TerminalOptions,
): Promise<Screen> {
  const command = `stty cols ${columns}; exec ${[process.execPath, bin, ...args].join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: {
      PATH: process.env.PATH,
      HOME: `${tmpdir()}/nobody`,
      TERM: "xterm",
      NODE_COMPILE_CACHE: ".cache/node",
      ...env,
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
