import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { type LocalService, startLocalService } from "./local-service.ts";

/**
 * `npm run soak -- --minutes 10`: whether a service that works all the time stays as it is. Compiles definitions that differ,
 * that come again and that are wrong, and watches the memory of the service with its compilers, and its file descriptors.
 * Exit code 1: one of them grows by more than its noise.
 */
const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write(`--minutes is ${JSON.stringify(values.minutes)}; it must be a number above 0\n`);
  process.exit(2);
}

/** Calls at once. */
const CALLERS = 2;
/** Caches and stores that are still filling would look like a leak: here they are full after a minute. */
const environment = {
  WFC_CACHE_BYTES: "4194304",
  WFC_ARTIFACT_BYTES: "4194304",
  WFC_MAX_CONNECTIONS: "20",
};
/** At the start everything grows: just-in-time compiled code, heaps, pools. */
const WARM_UP = 0.3;
/** Growth from the first to the last third of what follows that no garbage collector explains. */
const MAX_GROWTH = 1.08;

interface Sample {
  readonly minute: number;
  readonly calls: number;
  readonly megabytes: number;
  readonly descriptors: number;
}

const folder = mkdtempSync(join(tmpdir(), "soak-"));
const service = await startLocalService({ ...environment, WFC_STORE: `sqlite:${join(folder, "store.db")}` });
const samples: Sample[] = [];
let calls = 0;
const startedAt = Date.now();
const endsAt = startedAt + minutes * 60_000;
try {
  say("minute     calls   memory   descriptors");
  await Promise.all([...Array.from({ length: CALLERS }, (_, caller) => keepCalling(service, caller)), watch(service)]);
} finally {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
}
const memory = growth(samples.map(({ megabytes }) => megabytes));
const descriptors = growth(samples.map(({ descriptors: count }) => count));
say(`\n${calls} calls in ${minutes} minutes`);
say(`memory:      ${describe(memory)} MB`);
say(`descriptors: ${describe(descriptors)}`);
const flat = isFlat(memory) && isFlat(descriptors);
say(flat ? "flat" : "GROWS");
process.exitCode = flat ? 0 : 1;

async function keepCalling(target: LocalService, caller: number): Promise<void> {
  for (let turn = 0; Date.now() < endsAt; turn++) {
    const text = definition(turn % 3 === 0 ? turn % 30 : caller * 1e9 + turn, turn % 11 === 0);
    const source = { format: Format.FORMAT_UNSPECIFIED, content: Buffer.from(text), name: "soak.json" };
    if (turn % 5 === 0)
      await target.call(Contract.validate, { source, profile: false, allowInlineCode: false, fix: false });
    else await target.call(Contract.compile, { source, options: undefined });
    calls++;
  }
}

/** Two samples a second would be noise, one a minute too few for a short run: sixty in all, at most one in two seconds. */
async function watch(target: LocalService): Promise<void> {
  const everyMs = Math.max(2_000, (minutes * 60_000) / 60);
  let told = -1;
  while (Date.now() < endsAt) {
    await sleep(Math.min(everyMs, Math.max(0, endsAt - Date.now())));
    const minute = (Date.now() - startedAt) / 60_000;
    const sample = {
      minute,
      calls,
      megabytes: residentMegabytes(target.processId),
      descriptors: open(target.processId),
    };
    samples.push(sample);
    if (Math.floor(minute * 4) === told) continue;
    told = Math.floor(minute * 4);
    const { megabytes, descriptors: count } = sample;
    say(
      `${minute.toFixed(1).padStart(6)} ${String(calls).padStart(9)} ${megabytes.toFixed(0).padStart(5)} MB ${String(count).padStart(11)}`,
    );
  }
}

interface Growth {
  readonly first: number;
  readonly last: number;
  /** Median distance from the median within the first third. */
  readonly noise: number;
}

function growth(all: readonly number[]): Growth {
  const steady = all.slice(Math.floor(all.length * WARM_UP));
  const third = Math.max(1, Math.floor(steady.length / 3));
  const start = steady.slice(0, third);
  const first = median(start);
  return { first, last: median(steady.slice(-third)), noise: median(start.map((value) => Math.abs(value - first))) };
}

function isFlat({ first, last, noise }: Growth): boolean {
  return last <= Math.max(first * MAX_GROWTH, first + 4 * noise);
}

function describe({ first, last, noise }: Growth): string {
  return `${first.toFixed(1)} after warm-up, ${last.toFixed(1)} at the end (noise ${noise.toFixed(1)})`;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Of the service and of the compilers that it has started. */
function residentMegabytes(processId: number): number {
  const family = readdirSync("/proc").filter((name) => name === String(processId) || parentOf(name) === processId);
  const pages = family.reduce((sum, name) => sum + Number(read(`/proc/${name}/statm`).split(" ")[1] ?? 0), 0);
  return (pages * 4_096) / 1024 ** 2;
}

function parentOf(name: string): number {
  return /^\d+$/.test(name) ? Number(/^PPid:\t(\d+)$/m.exec(read(`/proc/${name}/status`))?.[1] ?? 0) : 0;
}

function open(processId: number): number {
  return readdirSync(`/proc/${processId}/fd`).length;
}

/** "" where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Of five to forty steps; `wrong` refers to a node that is not there. */
function definition(index: number, wrong: boolean): string {
  const steps = 5 + (index % 36);
  const nodes = Array.from({ length: steps }, (_, step) => ({
    id: `step${step}`,
    type: step % 4 === 3 ? "http.request" : "core.transform",
    with:
      step % 4 === 3
        ? { url: `https://example.com/${index}/\${ input.name }` }
        : { value: { index, text: `\${ input.name + "-${step}" }` } },
  }));
  const connections = nodes
    .slice(1)
    .map(({ id }, step) => ({ from: `step${step}`, to: wrong && step === 3 ? "nowhere" : id }));
  return JSON.stringify({
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: `soak-${index}`, version: "1.0.0", type: `type-${index % 7}` },
    spec: {
      input: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
      nodes,
      connections,
    },
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
