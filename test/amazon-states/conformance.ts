import { existsSync, readFileSync } from "node:fs";
import type { Compilation } from "../../server/artifact.ts";
import { createTestCompiler } from "../modules/compiler.ts";
import { createVirtualClock } from "../runtime/virtual-clock.ts";
import { differenceOf } from "./conformance-compare.ts";
import { createStubs, type Task } from "./conformance-stubs.ts";
import { createLoader, type LoadedModule } from "./running.ts";

/** One recorded execution of AWS Step Functions, as the corpus has it. */
export interface Case {
  readonly id: string;
  readonly definition: unknown;
  readonly input: unknown;
  readonly expected: Expected;
  readonly tasks: readonly Task[];
  readonly states_entered: readonly string[] | null;
  readonly uses: readonly string[];
  readonly query_language: string;
  /** JSON Pointers into the expected output of values that the recording replaced. */
  readonly placeholders: readonly string[];
  readonly order_unreliable?: boolean;
  readonly concurrent?: boolean;
  readonly cause_is_json_text?: boolean;
  readonly s3_objects?: readonly { readonly bucket: string; readonly key: string; readonly body: string }[];
}

interface Expected {
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT";
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** What a compiled module did with a case. */
export interface Outcome {
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly entered: readonly string[];
  /** What an activity was given other than AWS gave its service. */
  readonly differentInputs: readonly string[];
}

/** What came of a case: null where it passed. */
export type Difference = string | null;

export interface Conformance {
  run(test: Case): Promise<Difference>;
  close(): Promise<void>;
}

const corpus = new URL("../../../shared/corpus/amazon-states-executions/cases.jsonl", import.meta.url);

/** The recorded executions; null where the corpus is not on this machine. */
export function recordedCases(file: URL | string = corpus): readonly Case[] | null {
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line): Case => JSON.parse(line));
}

/** Compiles each definition once, type-checked, and runs its module in this process. */
export async function createConformance(): Promise<Conformance> {
  const compiler = createTestCompiler();
  const loader = await createLoader();
  const modules = new Map<string, Promise<LoadedModule | string>>();

  async function load(definition: unknown): Promise<LoadedModule | string> {
    const text = JSON.stringify(definition);
    const { artifact, diagnostics } = compile(text);
    if (artifact === null) {
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      return errors.map(({ code, message }) => `${code} ${message}`).join("; ");
    }
    return loader.load(artifact);
  }

  /** What the compiler throws is a fault of it, and the case's failure. */
  function compile(text: string): Pick<Compilation, "artifact" | "diagnostics"> {
    try {
      return compiler.compileText(text, "amazon-states");
    } catch (error) {
      throw new Error(`the compiler failed on ${text.slice(0, 200)}`, { cause: error });
    }
  }

  return {
    async run(test) {
      const text = JSON.stringify(test.definition);
      const loading = modules.get(text) ?? load(test.definition);
      modules.set(text, loading);
      const module = await loading.catch((error: unknown) => `a fault: ${error}`);
      if (typeof module === "string") return `does not compile: ${module}`;
      return differenceOf(test, await outcomeOf(module, test));
    },
    async close() {
      compiler.close();
      await loader.close();
    },
  };
}

async function outcomeOf(module: LoadedModule, test: Case): Promise<Outcome> {
  const clock = createVirtualClock(Date.parse("2024-01-01T00:00:00Z"));
  const stubs = createStubs(test);
  const entered: string[] = [];
  const onEvent = (event: { type: string; step: string; attempt?: number }): void => {
    if (event.type === "started" && (event.attempt ?? 1) === 1) entered.push(event.step);
  };
  const done = { entered, differentInputs: stubs.differentInputs };
  try {
    const options = { clock, onEvent, random: () => 0.5 };
    const output = await clock.drive(module.run(test.input, stubs.activities, options));
    return { ...done, output };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...done, error: error.name, cause: error.message };
  }
}
