import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

/** wfops as a process of its own, as people and scripts run it. */

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to an environment without WFOPS_*, colours and a home. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  readonly cwd?: string;
  /** Arguments of node itself. */
  readonly node?: readonly string[];
  /** A file that is open. Default: a pipe. */
  readonly stdout?: number;
}

const bin = new URL("../../ops-cli/bin/wfops.ts", import.meta.url).pathname;

export async function wfops(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = startWfops(args, options);
  child.stdin?.on("error", () => {}).end(options.stdin ?? "");
  return ended(child);
}

export function startWfops(
  args: readonly string[],
  { env = {}, cwd, node = [], stdout }: RunOptions = {},
): ChildProcess {
  const { PATH = "" } = process.env;
  return spawn(process.execPath, [...node, bin, ...args], {
    cwd,
    env: { PATH, HOME: `${tmpdir()}/nobody`, NODE_COMPILE_CACHE: ".cache/node", ...env },
    stdio: ["pipe", stdout ?? "pipe", "pipe"],
  });
}

export async function ended(child: ChildProcess): Promise<Ran> {
  if (child.stdout === null || child.stderr === null) throw new Error("its output is not ours");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

const snapshot = new URL("commands.json", import.meta.url);

/** The document that a command printed with `--json`, found to be as its schema says. */
export function expectJson(command: string, { stdout }: Ran): unknown {
  return expectSchema(command, JSON.parse(stdout));
}

export function expectSchema(command: string, data: unknown): unknown {
  const { commands } = JSON.parse(readFileSync(snapshot, "utf8"));
  const entry = commands.find(({ name }: { name: string }) => name === command);
  expect(entry, `${command} is not in commands.json: npm run wfops:docs`).toBeDefined();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  expect(ajv.validate(entry.schema, data) ? [] : ajv.errors).toEqual([]);
  return data;
}
