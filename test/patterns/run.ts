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
  const folder = pattern.refused === undefined ? "docs/examples/patterns" : "test/patterns/refused";
  return `${folder}/${String(pattern.number).padStart(2, "0")}-${pattern.file}.yaml`;
}

export function definitionOf(pattern: Pattern): string {
  return readFileSync(new URL(exampleOf(pattern), root), "utf8");
}

/** The codes of what is wrong with the example. */
export function codesOf(compiler: TestCompiler, pattern: Pattern): readonly string[] {
  return compiler.compileText(definitionOf(pattern)).diagnostics.map(({ code }) => code);
}

/** Whether a run did what it must show; else in what it differs first. */
export function differenceOf(run: Run, { trace, output = null, failure }: Outcome): string | null {
  const at = run.trace.findIndex((event, index) => trace[index] !== event);
  if (at >= 0) return `expected "${run.trace[at]}", not "${trace[at] ?? "the end"}"`;
  if (trace.length > run.trace.length) return `"${trace[run.trace.length]}" was not expected`;
  if (failure !== run.failure) return `it ended with ${failure ?? "success"}`;
  const isSame = JSON.stringify(output) === JSON.stringify(run.output ?? null);
  return isSame ? null : `its output is ${JSON.stringify(output)}`;
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
