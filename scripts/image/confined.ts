import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import type { ImageConfig } from "./root-folder.ts";
import { root } from "./shell.ts";

/**
 * Runs an image's start command as a strict platform would, without a container engine: user 65532 without capabilities and
 * unable to get any, the image as a root that cannot be written, /tmp and /data in memory, processes and mounts of its own.
 */
const mounts = `
set -eu
mount --make-rprivate /
mount --bind "$IMAGE_ROOT" "$IMAGE_ROOT"
mount -o remount,ro,bind "$IMAGE_ROOT"
mount -t proc proc "$IMAGE_ROOT/proc"
mount --rbind /dev "$IMAGE_ROOT/dev"
mount -t tmpfs -o mode=1777,size=256m tmpfs "$IMAGE_ROOT/tmp"
mount -t tmpfs -o mode=0700,uid=65532,gid=65532 tmpfs "$IMAGE_ROOT/data"
exec setpriv --no-new-privs --inh-caps=-all unshare --root="$IMAGE_ROOT" --wd="$IMAGE_WORKDIR" --setgid=65532 --setuid=65532 "$@"
`;

export interface Outcome {
  readonly startMs: number;
  /** What the definition compiled to: a sentence with the digest of its artifact. */
  readonly compiled: string;
  /** How many processes the container had, all of them checked. */
  readonly processes: number;
  readonly exitCode: number | null;
}

/** Compiles a definition from outside, asks the image's own health check, and stops it. Nothing outlives this. */
export async function runConfined(folder: string, config: ImageConfig): Promise<Outcome> {
  const began = performance.now();
  const ports = { WFC_GRPC_ADDR: "127.0.0.1:0", WFC_OPERATIONS_ADDR: "127.0.0.1:0", WFC_HTTP_ADDR: "127.0.0.1:0" };
  const child = start(folder, config, ports, [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]);
  try {
    const { address, httpAddress } = await addresses(child);
    const startMs = performance.now() - began;
    const compiled = compile(address);
    const [, ...probe] = config.Healthcheck?.Test ?? [];
    await succeeds(start(folder, config, { WFC_HTTP_ADDR: httpAddress }, probe), "the health check");
    await succeeds(start(folder, config, {}, ["node", "server/migrate.ts"]), "the job that migrates the store");
    await succeeds(start(folder, config, {}, ["node", "ops-cli/bin/wfops.ts", "runbook", "list"]), "wfops");
    const processes = processesIn(folder);
    const strong = processes.filter(({ status }) => !isWeak(status));
    if (strong.length > 0) throw new Error(`process ${strong[0]?.id} has rights that it should not have`);
    const init = processes.find(({ status }) => status.includes("Name:\ttini\n"));
    if (init === undefined) throw new Error("no init started the service");
    process.kill(init.id, "SIGTERM");
    return { startMs, compiled, processes: processes.length, exitCode: await exitOf(child) };
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

function start(
  folder: string,
  config: ImageConfig,
  extra: Record<string, string>,
  command: readonly string[],
): ChildProcess {
  const own = Object.fromEntries((config.Env ?? []).map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
  const place = { IMAGE_ROOT: folder, IMAGE_WORKDIR: config.WorkingDir ?? "/" };
  // The programs that prepare the mounts are found after the image's own folders, which do not exist out here.
  const PATH = `${own.PATH}:${process.env.PATH}`;
  const isolation = ["--mount", "--pid", "--fork", "--kill-child"];
  return spawn("unshare", [...isolation, "/bin/sh", "-c", mounts, "confined", ...command], {
    cwd: "/",
    env: { ...own, ...extra, ...place, PATH },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

interface Addresses {
  readonly address: string;
  readonly httpAddress: string;
}

async function addresses(child: ChildProcess): Promise<Addresses> {
  if (child.stdout === null) throw new Error("the container has no stdout");
  let httpAddress = "";
  for await (const line of createInterface({ input: child.stdout })) {
    httpAddress = / at http:\/\/(\S+)$/.exec(line)?.[1] ?? httpAddress;
    const address = / listening on (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return { address, httpAddress };
  }
  throw new Error("the container did not start; its message stands above");
}

/** By a client outside, as `helm test` does. */
function compile(address: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}scripts/smoke.ts`], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, WFOPS_SERVER: address },
  });
  if (status !== 0) throw new Error(`the container does not compile: ${stderr}`);
  return stdout.trim();
}

async function succeeds(child: ChildProcess, what: string): Promise<void> {
  child.stdout?.resume();
  const code = await exitOf(child);
  if (code !== 0) throw new Error(`${what} ends with exit code ${code} in the image`);
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

interface Process {
  readonly id: number;
  /** What Linux tells of it: proc(5), `/proc/PID/status`. */
  readonly status: string;
}

/** Those whose root the image is. Processes come and go while this looks. */
function processesIn(folder: string): readonly Process[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || readlinkSync(`/proc/${name}/root`) !== folder) return [];
      return [{ id: Number(name), status: readFileSync(`/proc/${name}/status`, "utf8") }];
    } catch {
      return [];
    }
  });
}

function isWeak(status: string): boolean {
  const { Uid, Gid, CapEff, CapPrm, NoNewPrivs } = Object.fromEntries(
    status.split("\n").map((line) => line.split(/:\s*/).slice(0, 2)),
  );
  const isUser = [Uid, Gid].every((ids) => /^65532(\s+65532)*$/.test(String(ids).trim()));
  return isUser && Number(`0x${CapEff}`) === 0 && Number(`0x${CapPrm}`) === 0 && NoNewPrivs === "1";
}
