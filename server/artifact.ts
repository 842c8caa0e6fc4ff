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
  /** Whether to apply the fixes that the diagnostics offer, too. Default: no. */
  readonly fix?: boolean;
}

export interface CompileOptions extends Pick<ValidateOptions, "allowInlineCode"> {
  readonly target: Target;
  /** Whether to give the program as text, too. Default: no. */
  readonly ir?: boolean;
  /** Whether to give the flowchart of the structured program, too. Default: no. */
  readonly controlFlow?: boolean;
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
  /** Only where it was asked for. */
  readonly fixed?: FixedSource;
}

/** A definition with fixes applied. */
export interface FixedSource {
  readonly content: Uint8Array;
  /** In the order in which they were applied. */
  readonly fixes: readonly AppliedFix[];
}

export interface AppliedFix {
  readonly code: string;
  readonly message: string;
  readonly title: string;
  /** JSON Pointer of the diagnostic's place, in the text as the fixes before had left it. */
  readonly field: string;
}

export interface Compilation {
  /** Null where a diagnostic of severity "error" says why. */
  readonly artifact: Artifact | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly format: Format | null;
  /** `metadata.type` of a graph; "" where it says none. A label of metrics. */
  readonly workflowType: string;
  readonly stages: readonly StageTime[];
  /** Only where it was asked for. */
  readonly ir?: string;
  readonly controlFlow?: ControlFlow;
}

/** What happens after what: a flowchart of the structured program. */
export interface ControlFlow {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

export type FlowNodeKind = "start" | "end" | "fail" | "step" | "decision" | "wait" | "fork" | "join" | "loop";

export interface FlowNode {
  readonly id: string;
  readonly kind: FlowNodeKind;
  readonly label: string;
  /** The definition's own name of it; "" for what the compiler has added. */
  readonly nodeId: string;
  /** In the definition, from 1; 0: of none. */
  readonly line: number;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  /** When it is gone; "": always. */
  readonly label: string;
  readonly onFailure: boolean;
  /** Whether it leads back to the beginning of a loop. */
  readonly back: boolean;
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
