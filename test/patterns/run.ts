import { readFileSync } from "node:fs";
import type { TestCompiler } from "../modules/compiler.ts";
import { runInFreshProcess } from "../modules/fresh-process.ts";
import { prelude } from "../modules/virtual-clock.ts";
import type { Pattern, Run } from "./patterns.ts";

const root = new URL("../../", import.meta.url);

/** What a run did: each event as `20 finished pack`, in the order in which they happened, and what came of it. */
export interface Outcome {
  readonly trace: readonly string[];
  readonly output?: unknown;
  /** Of the failure that it ended with. */
  readonly failure?: string;
}

export function exampleOf(pattern: Pattern): string {
  return `docs/examples/patterns/${String(pattern.number).padStart(2, "0")}-${pattern.file}.yaml`;
}

export function definitionOf(pattern: Pattern): string {
  return readFileSync(new URL(exampleOf(pattern), root), "utf8");
}

/** Compiles the example and runs the module in a process of its own, on a clock that does not wait. */
export async function runPattern(compiler: TestCompiler, pattern: Pattern, run: Run): Promise<Outcome> {
  const artifact = compiler.artifactOf(definitionOf(pattern));
  const result = await runInFreshProcess(artifact, driverOf(run));
  if (typeof result !== "object" || result === null || !("events" in result) || !Array.isArray(result.events))
    throw new Error("the driver gives events");
  const trace = result.events.map(([type, step, at, error]) => `${at} ${type} ${step}${error ? ` ${error}` : ""}`);
  return {
    trace,
    ...("output" in result && { output: result.output }),
    ...("name" in result && { failure: String(result.name) }),
  };
}

/** Activities take the time that the run says, and give the values that it says one after the other. */
function driverOf({ input = null, work = {}, messages = [] }: Run): string {
  return `${prelude}
    const work = new Map(Object.entries(${JSON.stringify(work)}));
    const calls = new Map();
    const activities = new Proxy({}, { get: () => async (_input, { step, signal }) => {
      const { ms = 10, gives = [] } = work.get(step) ?? {};
      const call = calls.get(step) ?? 0;
      calls.set(step, call + 1);
      await sleep(Array.isArray(ms) ? ms[call % ms.length] : ms, signal);
      return gives[call % gives.length] ?? null;
    } });
    for (const [at, channel, message] of ${JSON.stringify(messages)}) void sleep(at).then(() => send(channel, message));
    await finish(run(${JSON.stringify(input)}, activities, options));`;
}
