import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";
import { print } from "./layout/print.ts";
import { type Header, layOutModule } from "./module.ts";
import { createRuntimeComposer, type RuntimeComposer } from "./runtime-module.ts";
import type { TargetName } from "./target.ts";

/** Where a piece of the module comes from: it holds from its offset up to the next one. */
export interface Mapping {
  /** UTF-16 offset in the module's text. */
  readonly offset: number;
  /** Null for what the definition does not say, such as where a function begins: it is not the step's before it. */
  readonly origin: Origin | null;
}

export interface EmittedModule {
  /** `workflow.ts`, as Prettier would leave it. */
  readonly text: string;
  /** `runtime.ts`: just the functions that the module imports, and what they need. */
  readonly runtime: string;
  /** In the order of their offsets. */
  readonly mappings: readonly Mapping[];
}

export interface Emitter {
  /** Prints a program whose regions are all sequences. */
  emit(program: Program, header: Header, target?: TargetName): EmittedModule;
}

/** Measured: below it the parts cost more to check than they save, above it the control flow of each costs more. */
const defaultPartLimit = 100;

/**
 * `sources`: the text of each file of `emit/runtime/`, by its name. `temporalSources`: of `emit/runtime-temporal/`, whose
 * functions take the place of those of the same name where Temporal runs the module. The caller reads them: nothing here
 * does I/O. `partLimit`: of the statements of one function, beyond which it is cut into parts.
 */
export function createEmitter(
  sources: ReadonlyMap<string, string>,
  temporalSources: ReadonlyMap<string, string> = new Map(),
  partLimit: number = defaultPartLimit,
): Emitter {
  const runtimes: Readonly<Record<TargetName, RuntimeComposer>> = {
    module: createRuntimeComposer(sources),
    temporal: createRuntimeComposer(sources, temporalSources),
  };
  return {
    emit(program, header, target = "module") {
      const runtime = runtimes[target];
      const { doc, runtime: needed } = layOutModule(program, header, target, runtime.names, partLimit);
      const { text, mappings } = print(doc);
      return { text, runtime: runtime.compose(needed), mappings };
    },
  };
}
