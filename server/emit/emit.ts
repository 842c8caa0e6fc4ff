import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";

/** Where a piece of the module comes from. */
export interface Mapping {
  /** UTF-16 offset in the module's text. */
  readonly offset: number;
  readonly origin: Origin;
}

export interface EmittedModule {
  readonly text: string;
  readonly runtime: string;
  readonly mappings: readonly Mapping[];
}

export interface Emitter {
  emit(program: Program, header: { readonly compilerVersion: string; readonly sourceDigest: string }): EmittedModule;
}
