import { readdirSync, readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { Piscina } from "piscina";
import type { Compilation, CompileOptions, SourceInput, ValidateOptions, Validation } from "./artifact.ts";
import { type Compiler, createCompiler } from "./compile.ts";
import { createCatalogue } from "./components/catalogue.ts";
import { createEmitter } from "./emit/emit.ts";
import type { SourceLimits } from "./source/parse.ts";
import { createChecker, type TypeChecker } from "./typecheck/checker.ts";

/** What a worker is started with. */
export interface WorkerSettings {
  readonly version: string;
  readonly limits: SourceLimits;
  /** Component files, path → text. */
  readonly components: ReadonlyMap<string, string>;
}

export type Job = { readonly id: number } & (
  | { readonly kind: "warm"; readonly source: SourceInput }
  | { readonly kind: "validate"; readonly source: SourceInput; readonly options: ValidateOptions }
  | { readonly kind: "compile"; readonly source: SourceInput; readonly options: CompileOptions }
);

/** Sent when a job starts: killing that process ends a type-check that takes too long. */
export interface JobStarted {
  readonly job: number;
  readonly checkerProcess: number;
}

/** The checker collects less often, within bounds: 20% faster at the cost of some megabytes. */
process.env.GOGC = "200";
process.env.GOMEMLIMIT = "100MiB";

const settings: WorkerSettings = Piscina.workerData;
const components = createCatalogue(settings.components);
const emitter = createEmitter(sourcesIn("./emit/runtime/"), sourcesIn("./emit/runtime-temporal/"));
let checker = createChecker();
let compiler = startCompiler(checker);

/** The task of a worker thread; Piscina calls it with one job at a time. */
export function runJob(job: Job): Validation | Compilation {
  parentPort?.postMessage({ job: job.id, checkerProcess: checker.processId } satisfies JobStarted);
  switch (job.kind) {
    case "warm":
      return compileOrRestart(job.source, { target: "module", allowInlineCode: false });
    case "validate":
      return compiler.validate(job.source, job.options);
    case "compile":
      return compileOrRestart(job.source, job.options);
    default:
      return job satisfies never;
  }
}

/** After a fault the checker may be gone or out of step: the next job gets a new one. */
function compileOrRestart(source: SourceInput, options: CompileOptions): Compilation {
  try {
    return compiler.compile(source, options);
  } catch (error) {
    checker.close();
    checker = createChecker();
    compiler = startCompiler(checker);
    throw error;
  }
}

function startCompiler(typeChecker: TypeChecker): Compiler {
  return createCompiler({
    version: settings.version,
    limits: settings.limits,
    components,
    emitter,
    checker: typeChecker,
  });
}

/** The functions that modules import, by file name. */
function sourcesIn(path: string): ReadonlyMap<string, string> {
  const folder = new URL(path, import.meta.url);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}
