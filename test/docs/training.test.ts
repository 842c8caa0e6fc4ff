import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";

/**
 * Runs docs/training.md as a reader would: all of its commands in one shell. What stands in a `text` block is part of what
 * the commands before it print, line by line.
 */
const root = new URL("../../", import.meta.url).pathname;
const page = readFileSync(`${root}docs/training.md`, "utf8");

interface Block {
  readonly exercise: string;
  readonly kind: string;
  readonly text: string;
}

const blocks: readonly Block[] = page.split(/^## /m).flatMap((section) => {
  const exercise = section.split("\n", 1)[0] ?? "";
  return [...section.matchAll(/^```(\w+(?: setup)?)\n([\s\S]*?)^```$/gm)].map(([, kind = "", text = ""]) => ({
    exercise,
    kind,
    text,
  }));
});

const mark = (index: number): string => `==== block ${index} ====`;

test("every command of the training works, and prints what the page says", { timeout: 300_000 }, async () => {
  const ports = await freePorts(4);
  const environment = {
    ...process.env,
    WFC_GRPC_ADDR: `127.0.0.1:${ports[0]}`,
    WFC_OPERATIONS_ADDR: `127.0.0.1:${ports[1]}`,
    WFC_HTTP_ADDR: `127.0.0.1:${ports[2]}`,
    REDIS_PORT: String(ports[3]),
  };
  // Whatever fails, nothing goes on running.
  const script = [
    "trap 'kill -9 ${server:-} $(cat ${folder:-/nowhere}/redis.pid) 2> /dev/null || true' EXIT",
    ...blocks.map(({ kind, text }, index) => (kind === "sh" ? `${text}\necho '${mark(index)}'` : "")),
  ];
  const { stdout, status } = spawnSync("bash", ["-c", `set -e; exec 2>&1\n${script.join("\n")}`], {
    cwd: root,
    encoding: "utf8",
    env: environment,
    timeout: 280_000,
  });
  const missing = blocks.flatMap(({ kind, text, exercise }, index) => {
    if (kind !== "text") return [];
    const said = saidBefore(stdout, index);
    return text
      .trim()
      .split("\n")
      .filter((line) => !said.includes(line))
      .map((line) => ({ exercise, line, said }));
  });
  expect(missing.slice(0, 1)).toEqual([]);
  expect(stdout).toContain(mark(blocks.findLastIndex(({ kind }) => kind === "sh")));
  expect(status).toBe(0);
});

/** What the commands printed since the last `text` block. */
function saidBefore(output: string, index: number): string {
  const earlier = blocks.findLastIndex(({ kind }, at) => at < index && kind === "text");
  const from = blocks.findLastIndex(({ kind }, at) => at < earlier && kind === "sh");
  const start = from < 0 ? 0 : output.indexOf(mark(from));
  const last = blocks.findLastIndex(({ kind }, at) => at < index && kind === "sh");
  return output.slice(start, output.indexOf(mark(last)));
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => Object(server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
