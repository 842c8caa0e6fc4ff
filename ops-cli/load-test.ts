import { setTimeout as sleep } from "node:timers/promises";
import {
  CacheOutcome,
  CompileOptions,
  CompilerServiceService,
  ValidateRequest,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format, type Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { isLoopback } from "./checkup/check.ts";
import { durationMs, type Outcome, type Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { CliError, exitCodes } from "./exit.ts";
import { askAll } from "./fleet.ts";
import { histogramOf, type LoadResult, latenciesOf, loadText } from "./load-report.ts";
import { showCount, showDuration } from "./measures.ts";
import { showRate } from "./rates.ts";
import { readSources, sizeOf } from "./warm-up.ts";
import { nameOf } from "./words.ts";

export interface BenchFlags {
  readonly concurrency: number;
  readonly duration: string;
  readonly method: string;
  readonly cached: boolean;
  readonly rate?: number | undefined;
  readonly yes: boolean;
}

interface Tally {
  readonly latencies: number[];
  readonly failures: Map<string, number>;
  readonly cache: Map<string, number>;
  refused: number;
  failed: number;
}

export async function runBench(session: Session, flags: BenchFlags, paths: readonly string[]): Promise<Outcome> {
  const { terminal, target } = session;
  const limitMs = durationMs(flags.duration, "--duration");
  const sources = paths.length === 0 ? [ownDefinition] : await readSources(paths);
  const remote = target.servers.filter((server) => !isLoopback(server));
  if (remote.length > 0) {
    const question = `Put load on ${remote.join(", ")} for ${showDuration(limitMs)}, with ${showCount(flags.concurrency, "caller")}?`;
    await confirmChange(terminal, question, flags.yes);
  }
  const servers = await session.servers();
  const ask = asker(flags);
  // Tells at once where a server cannot be reached, and connects before anything is measured.
  for (const server of servers) await ask(server, sources[0] ?? ownDefinition);
  await tellLimits(session);
  const tally: Tally = { latencies: [], failures: new Map(), cache: new Map(), refused: 0, failed: 0 };
  const startedAt = new Date();
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const end = begin + limitMs;
  const pace = pacer(flags.rate, begin);
  const timer = setInterval(() => {
    const done = showDuration(Math.min(performance.now() - begin, limitMs));
    terminal.progress(
      `${done} of ${showDuration(limitMs)}: ${tally.latencies.length} answered, ${tally.refused} refused`,
    );
  }, 500);
  const stopped = (): boolean => session.signal.aborted || performance.now() >= end;
  const callers = Array.from({ length: flags.concurrency }, (_, index) =>
    callAgain({ index, servers, sources, ask, tally, stopped, pace }),
  );
  await Promise.all(callers).finally(() => clearInterval(timer));
  const tookMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  const result: LoadResult = {
    measured: {
      servers: servers.map(({ address }) => address),
      method: flags.method,
      cached: flags.cached,
      definitions: sources.length,
      definitionBytes: sizeOf(sources),
      concurrency: flags.concurrency,
      ratePerSecond: flags.rate ?? 0,
      startedAt,
      durationMs: tookMs,
      ownCpuCores: (user + system) / 1_000 / tookMs,
    },
    calls: tally.latencies.length + tally.refused + tally.failed,
    answered: tally.latencies.length,
    refused: tally.refused,
    failed: tally.failed,
    answeredPerSecond: (tally.latencies.length * 1_000) / tookMs,
    latencyMs: latenciesOf(tally.latencies),
    histogram: histogramOf(tally.latencies),
    failures: Object.fromEntries(tally.failures),
    cache: Object.fromEntries(tally.cache),
  };
  if (session.signal.aborted) terminal.say("Interrupted: this is what was measured until then.");
  const text = loadText(result, terminal);
  return { data: result, text, exitCode: tally.failed > 0 ? exitCodes.findings : exitCodes.fine };
}

/** What will hold the load back, where the operators' service tells. */
async function tellLimits(session: Session): Promise<void> {
  const contract = await operationsContract();
  const [answer] = await askAll(await session.operations(), (replica) => replica.call(contract.getRateLimits, {}));
  const limits = (answer?.value?.limits ?? []).filter(({ name, rate }) => limiting.has(name) && rate !== undefined);
  if (limits.length === 0) return;
  const rates = limits.map(({ name, rate }) => `${name} ${showRate(rate)}`).join(", ");
  session.terminal.say(`Rate limits are on (${rates}): calls over them are refused, and counted as such.`);
}

/** Names of the limits that calls meet. */
const limiting: ReadonlySet<string> = new Set(["call", "global"]);

type Ask = (server: Replica, source: Source) => Promise<string>;

/** Gives where the answer came from; "" where that does not apply. */
function asker({ method, cached }: BenchFlags): Ask {
  const options = { ...CompileOptions.decode(new Uint8Array()), noCache: !cached };
  const validate = ValidateRequest.decode(new Uint8Array());
  return async (server, source) => {
    if (method === "validate") {
      await server.call(CompilerServiceService.validate, { ...validate, source });
      return "";
    }
    const { cache } = await server.call(CompilerServiceService.compile, { source, options });
    return nameOf(CacheOutcome, cache, "CACHE_OUTCOME_");
  };
}

interface Caller {
  readonly index: number;
  readonly servers: readonly Replica[];
  readonly sources: readonly Source[];
  readonly ask: Ask;
  readonly tally: Tally;
  readonly stopped: () => boolean;
  readonly pace: () => Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

async function callAgain({ index, servers, sources, ask, tally, stopped, pace }: Caller): Promise<void> {
  const server = servers[index % servers.length];
  let pauseMs = FIRST_PAUSE_MS;
  for (let call = index; server !== undefined && !stopped(); call++) {
    await pace();
    if (stopped()) return;
    const source = sources[call % sources.length] ?? ownDefinition;
    const begin = performance.now();
    try {
      const cache = await ask(server, source);
      tally.latencies.push(performance.now() - begin);
      if (cache !== "") count(tally.cache, cache);
      pauseMs = FIRST_PAUSE_MS;
    } catch (fault) {
      if (stopped() && fault instanceof CliError && fault.reason === "interrupted") return;
      if (!(fault instanceof CliError)) throw fault;
      const refused = fault.reason === "resource-exhausted" || fault.reason === "unavailable";
      if (refused) tally.refused += 1;
      else tally.failed += 1;
      count(tally.failures, fault.reason);
      if (refused) await sleep(pauseMs);
      pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
    }
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Lets so many through each second, evenly; all of them without a rate. */
function pacer(rate: number | undefined, begin: number): () => Promise<void> {
  if (rate === undefined) return async () => {};
  let next = begin;
  return async () => {
    const at = Math.max(next, performance.now());
    next = at + 1_000 / rate;
    const wait = at - performance.now();
    if (wait > 0) await sleep(wait);
  };
}

/** A dozen nodes: what a small real workflow is like. */
const ownDefinition: Source = {
  format: Format.FORMAT_GRAPH,
  name: "wfops-bench.yaml",
  content: Buffer.from(
    JSON.stringify({
      apiVersion: "workflow.compiler/v1",
      kind: "Workflow",
      metadata: { name: "wfops-bench", version: "1.0.0" },
      spec: {
        components: [
          {
            type: "bench.step",
            version: "1.0.0",
            inputs: { text: { schema: { type: "string" }, required: true } },
            outputs: { out: { schema: { type: "string" } } },
            implementation: { activity: "bench.step" },
          },
        ],
        input: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
        nodes: Array.from({ length: 12 }, (_, index) => ({
          id: `step${index}`,
          type: "bench.step",
          with: { text: index === 0 ? "${ input.text }" : `\${ step${index - 1}.out + '-${index}' }` },
        })),
        connections: Array.from({ length: 11 }, (_, index) => ({ from: `step${index}`, to: `step${index + 1}` })),
        output: "${ step11.out }",
      },
    }),
  ),
};
