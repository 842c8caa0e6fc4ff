import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

/** docs/first-steps.md is a session: its commands are run here as they stand there, and print what stands there. */

const root = new URL("../../", import.meta.url).pathname;

interface Step {
  readonly command: string;
  /** As the page has it. */
  readonly output: string;
}

function stepsOf(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  // A runbook prints its own commands as we do, and therefore has a block to itself.
  const isRunbook = (block: string): boolean => block.startsWith("$ wfops runbook run");
  return blocks.flatMap((block) =>
    block
      .split(isRunbook(block) ? /^\$ (?=wfops runbook run)/m : /^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...output] = part.trimEnd().split("\n");
        return { command, output: output.join("\n") };
      }),
  );
}

/** What differs from machine to machine and from run to run; columns are as wide as that makes them. */
function masked(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "ID")
    .replace(/\b[0-9a-f]{12}\b/g, "DIGEST")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
    .replace(/(\d+[dhm] )*\b\d+(\.\d+)? ?(ms|s)\b/g, "DURATION")
    .replace(/\d+(\.\d+)? (KiB|MiB|cores)/g, "SIZE")
    .replace(/Node \d+\.\d+\.\d+/g, "Node VERSION")
    .replace(/of \d+ under way/g, "of LIMIT under way")
    .replace(/connections +\d+/g, "connections COUNT")
    .replace(/\d+ of 1 worker busy, \d+ waiting/g, "WORK")
    .replace(/\s+/g, " ")
    .trim();
}

let folder: string;
let service: ChildProcess;
/** Ports, and the replica's name, as they are here and as the page has them. */
let names: ReadonlyMap<string, string>;
const started: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "first-steps-"));
  symlinkSync(join(root, "docs"), join(folder, "docs"));
  service = spawn(process.execPath, ["server/main.ts"], {
    cwd: root,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: ".cache/node",
      WFC_GRPC_ADDR: "0.0.0.0:0",
      WFC_OPERATIONS_ADDR: "127.0.0.1:0",
      WFC_HTTP_ADDR: "0.0.0.0:0",
      WFC_STORE: `sqlite:${folder}/store.db`,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (service.stdout === null) throw new Error("it has no stdout");
  for await (const line of createInterface({ input: service.stdout })) {
    started.push(line);
    if (line.includes("listening on")) break;
  }
  const [http = "", operations = "", grpc = ""] = started.map((line) => /:(\d+)$/.exec(line)?.[1]);
  names = new Map([
    [`:${http}`, ":8080"],
    [`:${operations}`, ":50052"],
    [`:${grpc}`, ":50051"],
    [`${hostname()} `, "vm "],
  ]);
});
afterAll(async () => {
  service.kill("SIGTERM");
  await once(service, "exit");
  rmSync(folder, { recursive: true });
});

/** In one shell, which knows the exit code of each command at the next. */
async function session(commands: readonly string[]): Promise<readonly string[]> {
  const port = (documented: string) => [...names].find(([, there]) => there === documented)?.[0];
  const wfops = `wfops() { "${process.execPath}" "${root}ops-cli/bin/wfops.ts" "$@"; }`;
  const run = commands.map((command) => `echo '#next'; (exit $code); ${command}\ncode=$?`);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    NODE_COMPILE_CACHE: `${root}.cache/node`,
    WFOPS_SERVER: `127.0.0.1${port(":50051")}`,
    WFOPS_OPERATIONS: `127.0.0.1${port(":50052")}`,
  };
  const script = [wfops, "exec 2>&1", "code=0", ...run].join("\n");
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script], { cwd: folder, env });
  return stdout.split(/^#next\n/m).slice(1);
}

function here(printed: string): string {
  return [...names].reduce((text, [mine, documented]) => text.replaceAll(mine, documented), printed);
}

/** `…` on a line of its own stands for what is left out. */
function expectPrinted(printed: string, { command, output }: Step): void {
  const [first = "", ...later] = output.split(/^…$/m).map((part) => masked(part));
  const said = masked(here(printed));
  expect(said.slice(0, first.length), `$ ${command}`).toBe(first);
  let rest = said.slice(first.length);
  for (const part of later) {
    expect(rest, `$ ${command}`).toContain(part);
    rest = rest.slice(rest.indexOf(part) + part.length);
  }
  expect(rest, `$ ${command}`).toBe("");
}

test("the first steps are what happens", async () => {
  const steps = stepsOf(readFileSync(join(root, "docs/first-steps.md"), "utf8"));
  const [install, start, alias, ...others] = steps;
  expect([install, alias]).toEqual([
    { command: "npm ci", output: "" },
    { command: 'alias wfops="npm run -s wfops --"', output: "" },
  ]);
  expect(start?.command).toBe("npm start");
  expect(here(started.join("\n"))).toBe(start?.output);
  const printed = await session(others.map(({ command }) => command));
  expect(printed.length).toBe(others.length);
  for (const [index, step] of others.entries()) expectPrinted(printed[index] ?? "", step);
});
