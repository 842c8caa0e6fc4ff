import type { Category, Code, Params, Severity } from "./catalogue.ts";

/** A range of UTF-16 offsets into the definition's text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where in the caller's document something was written. Every IR step and expression carries one. */
export interface Origin {
  readonly span: Span;
  /** JSON Pointer (RFC 6901) into the document; "" is the whole document. */
  readonly pointer: string;
  /** The node id, state name or task name around it; "" outside of any. */
  readonly node: string;
}

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

/** A mend that a machine can make. It applies to the document as it was sent. */
export interface Fix {
  readonly title: string;
  readonly patch: readonly PatchOperation[];
}

/**
 * What a stage found wrong: a code, its parameters as data, and a place. Text is made of it last, by `render`.
 * `C` binds the parameters to the code, so that a message never lacks one.
 */
export interface Finding<C extends Code = Code> {
  readonly code: C;
  readonly params: Params<C>;
  readonly origin: Origin;
  readonly fixes: readonly Fix[];
  readonly cause?: Finding;
  readonly generated?: GeneratedPosition;
}

/** A finding made ready to send: formatted, and placed by line and column. */
export interface Diagnostic {
  readonly code: Code;
  readonly message: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly location: Location;
  readonly suggestions: readonly string[];
  readonly docsLinks: readonly string[];
  readonly context: Readonly<Record<string, string>>;
  readonly fixes: readonly Fix[];
  readonly cause?: Diagnostic;
}

/** Lines and columns count from 1; a column counts UTF-16 code units, as editors and the TypeScript compiler do. */
export interface Location {
  readonly nodeId: string;
  readonly field: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The first line of the range as the caller wrote it, at most 200 characters. */
  readonly snippet: string;
  /** Only of what was found in generated code. */
  readonly generated?: GeneratedPosition;
}

/** A place in a file of the artifact, or in the file that it would have had. Counts from 1, as `Location` does. */
export interface GeneratedPosition {
  /** Such as `workflow.ts`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** Collects the findings of one request. Passes return nothing else of what they noticed. */
export interface Findings {
  report<C extends Code>(
    code: C,
    origin: Origin,
    params: Params<C>,
    more?: { fixes?: readonly Fix[]; cause?: Finding; generated?: GeneratedPosition },
  ): void;
  readonly list: readonly Finding[];
  /** Whether a finding with severity "error" was reported. */
  readonly failed: boolean;
}
