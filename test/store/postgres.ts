import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** A PostgreSQL of its own on a free port of this machine, in a folder that goes away with it. */
export interface Postgres {
  readonly port: number;
  /** A new, empty database; gives its address. */
  database(): Promise<string>;
  /** SIGKILL to all of its processes, as a machine that goes down. */
  kill(): Promise<void>;
  /** After `kill`: on the same port, with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; then it runs as the user `postgres`. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

export async function startPostgres(): Promise<Postgres> {
  const programs = findPrograms();
  const owner = findOwner();
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  const env = { PATH: process.env.PATH, LC_ALL: "C.UTF-8", TZ: "UTC" };
  const init = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"],
    { ...owner, env, cwd: folder, encoding: "utf8" },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.error?.message ?? init.stderr}`);
  const port = await freePort();
  const settings = ["fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=16MB", "autovacuum=off"];
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    const listen = ["-h", "127.0.0.1", "-p", String(port), "-k", folder];
    const started = spawn(
      join(programs, "postgres"),
      ["-D", data, ...listen, ...settings.flatMap((setting) => ["-c", setting])],
      { ...owner, env, cwd: folder, stdio: "ignore" },
    );
    server = started;
    while (!(await answers(port))) {
      if (started.exitCode !== null) throw new Error(`PostgreSQL ended with exit code ${started.exitCode}`);
      await sleep(50);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = server;
    server = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    // Whoever kills the postmaster alone leaves its children to notice by themselves, and a restart must wait for them.
    const children = signal === "SIGKILL" && running.pid !== undefined ? childrenOf(running.pid) : [];
    running.kill(signal);
    for (const child of children) killQuietly(child);
    await ended;
    while (children.some(isAlive)) await sleep(10);
  }

  await start();
  return {
    port,
    async database() {
      const name = `test_${randomUUID().replaceAll("-", "")}`;
      const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `postgres://postgres@127.0.0.1:${port}/${name}`;
    },
    kill: () => end("SIGKILL"),
    restart: start,
    async stop() {
      // At once: connections that are still open do not hold it up.
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The folder of `initdb` and `postgres`: on the path, or where Debian puts them. */
function findPrograms(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  const found = folders.find((folder) => ["initdb", "postgres"].every((name) => existsSync(join(folder, name))));
  if (found === undefined) throw new Error("these tests need PostgreSQL: install the package `postgresql`");
  return found;
}

function findOwner(): Owner {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("postgres:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error("PostgreSQL does not run as root, and there is no user `postgres`");
  return { uid: Number(uid), gid: Number(gid) };
}

function childrenOf(parent: number): readonly number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(parent)], { encoding: "utf8" });
  return stdout.split("\n").flatMap((line) => (line.trim() === "" ? [] : [Number(line)]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
