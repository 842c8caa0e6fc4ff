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

/** Sent when a job starts, and again when it gets a new checker: killing that process ends a type-check that takes too long. */
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
  announce(job);
  switch (job.kind) {
    case "warm":
      return compileOrRestart(job, job.source, { target: "module", allowInlineCode: false });
    case "validate":
      return compiler.validate(job.source, job.options);
    case "compile":
      return compileOrRestart(job, job.source, job.options);
    default:
      return job satisfies never;
  }
}

function announce({ id }: Job): void {
  parentPort?.postMessage({ job: id, checkerProcess: checker.processId } satisfies JobStarted);
}

/**
 * After a fault the checker may be gone, killed for its memory, or out of step: there is a new one, and the job is tried once
 * more, so that its caller does not notice. A job that was stopped has no thread any more to try it in.
 */
function compileOrRestart(job: Job, source: SourceInput, options: CompileOptions): Compilation {
  try {
    return compiler.compile(source, options);
  } catch {
    restart();
    announce(job);
  }
  try {
    return compiler.compile(source, options);
  } catch (error) {
    restart();
    throw error;
  }
}

function restart(): void {
  checker.close();
  checker = createChecker();
  compiler = startCompiler(checker);
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
