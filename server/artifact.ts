import type { Diagnostic } from "./diagnostics/diagnostic.ts";

/** The words that the pipeline and those who call it share. Plain data: it crosses from worker threads. */

export type Format = "graph" | "amazon-states" | "open-workflow" | "n8n";

export type Target = "module" | "temporal";

export interface SourceInput {
  /** null: recognise it. */
  readonly format: Format | null;
  /** UTF-8 JSON or YAML. */
  readonly content: Uint8Array;
  /** What the caller calls it, for logs; it does not reach the artifact. */
  readonly name: string;
}

export interface ValidateOptions {
  /** Whether components declared in the definition may carry TypeScript of their own. Default: no. */
  readonly allowInlineCode: boolean;
}

export interface CompileOptions extends ValidateOptions {
  readonly target: Target;
}

/** How long a stage of the pipeline took, in milliseconds. */
export interface StageTime {
  readonly name: StageName;
  readonly durationMs: number;
}

export const stageNames = ["source", "frontend", "checks", "structure", "emit", "typecheck", "transform"] as const;

export type StageName = (typeof stageNames)[number];

export interface Validation {
  readonly valid: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly format: Format | null;
  readonly stages: readonly StageTime[];
}

export interface Compilation {
  /** Null where a diagnostic of severity "error" says why. */
  readonly artifact: Artifact | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly format: Format | null;
  /** `metadata.type` of a graph; "" where it says none. A label of metrics. */
  readonly workflowType: string;
  readonly stages: readonly StageTime[];
}

export interface Artifact {
  /** SHA-256, in hexadecimal, over the paths and contents of `files`. */
  readonly digest: string;
  readonly compilerVersion: string;
  readonly workflowName: string;
  /** Path of the module to import. */
  readonly entrypoint: string;
  readonly files: readonly ArtifactFile[];
  /** JSON Schema 2020-12. */
  readonly inputSchema: string;
  readonly outputSchema: string;
  readonly activities: readonly ArtifactActivity[];
}

export interface ArtifactFile {
  readonly path: string;
  readonly content: string;
}

export interface ArtifactActivity {
  readonly name: string;
  /** JSON Schema 2020-12. */
  readonly inputSchema: string;
  readonly outputSchema: string;
}

/** What the service asks of the compiler: `createPool` answers from worker threads. */
export interface CompilePool {
  /** Resolves when every worker and its TypeScript compiler are warm. */
  ready(): Promise<void>;
  /** Aborting `signal` gives the work up, whether it waits or runs, and rejects with the signal's reason. */
  validate(source: SourceInput, signal?: AbortSignal, options?: ValidateOptions): Promise<Validation>;
  compile(source: SourceInput, options: CompileOptions, signal?: AbortSignal): Promise<Compilation>;
  close(): Promise<void>;
}
