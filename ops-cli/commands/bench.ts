import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { count, flag, list, mapOf, number, object, oneOf, text, time } from "../schema.ts";

const latencies = object({
  min: number,
  p50: number,
  p90: number,
  p95: number,
  p99: number,
  max: number,
  mean: number,
});

export class Bench extends WfopsCommand<typeof Bench> {
  static override summary = "Put load on a server and measure how it answers.";
  static override description =
    "So many callers, each of which asks again as soon as it is answered (a closed loop), from this process. Latencies are of answered calls, as the caller sees them. A call that is refused by a rate limit or for too much load is counted, and its caller waits before it asks again. Exits with 100 where calls failed. A server on another machine is asked about first.";
  static override examples = [
    "<%= config.bin %> bench --concurrency 16 --duration 30s",
    "<%= config.bin %> bench definitions/*.yaml --method validate --rate 50",
  ];
  static override args = {
    file: Args.string({ description: "Definitions, sent in turn. Default: one of our own.", multiple: true }),
  };
  static override flags = {
    concurrency: Flags.integer({ char: "c", description: "Callers at once.", default: 8, min: 1, max: 1_000 }),
    duration: Flags.string({ char: "d", description: "How long.", default: "10s", helpValue: "DURATION" }),
    method: Flags.string({ description: "What is asked.", options: ["compile", "validate"], default: "compile" }),
    cached: Flags.boolean({
      description: "Let answers come from the cache. Default: each is compiled.",
      default: false,
    }),
    rate: Flags.integer({ description: "At most so many calls a second, all callers together.", min: 1, max: 100_000 }),
    yes: changeFlags.yes,
  };
  static override schema = object({
    measured: object({
      servers: list(text),
      method: oneOf("compile", "validate"),
      cached: flag,
      definitions: count,
      definitionBytes: count,
      concurrency: count,
      ratePerSecond: number,
      startedAt: time,
      durationMs: number,
      ownCpuCores: number,
    }),
    calls: count,
    answered: count,
    refused: count,
    failed: count,
    answeredPerSecond: number,
    latencyMs: latencies,
    histogram: list(object({ fromMs: number, toMs: number, calls: count })),
    failures: mapOf(count),
    cache: mapOf(count),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Bench>,
    { file }: ArgsOf<typeof Bench>,
  ): Promise<Outcome> {
    const { runBench } = await import("../load-test.ts");
    return runBench(session, flags, file ?? []);
  }
}
