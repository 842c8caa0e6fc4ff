import type { Diagnostic } from "@workflow-compiler/proto/gen/workflow/compiler/v1/diagnostic.ts";
import type { CliError } from "./exit.ts";
import { categoryName, severityName } from "./words.ts";

/** A problem of a definition, in words. */
export interface Finding {
  readonly code: string;
  /** error, warning or info. */
  readonly severity: string;
  readonly category: string;
  readonly message: string;
  /** From 1; columns count UTF-16 code units. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** Of the character after the last one. */
  readonly endColumn: number;
  /** JSON Pointer into the definition. */
  readonly field: string;
  readonly nodeId: string;
  readonly suggestions: readonly string[];
  readonly docsLinks: readonly string[];
  readonly fixes: readonly { readonly title: string; readonly jsonPatch: string }[];
  /** Codes and messages of what led to it, the nearest first. */
  readonly causes: readonly string[];
}

/** What came of one file. */
export interface Checked {
  readonly path: string;
  /** What was read, without a byte-order mark. */
  readonly text: string;
  readonly findings: readonly Finding[];
  /** Why there is no answer about it. */
  readonly failure: CliError | null;
}

export function findingOf(diagnostic: Diagnostic): Finding {
  const { code, message, location, suggestions, docsLinks, fixes } = diagnostic;
  return {
    code,
    severity: severityName(diagnostic.severity),
    category: categoryName(diagnostic.category),
    message,
    line: location?.line ?? 1,
    column: location?.column ?? 1,
    endLine: location?.endLine ?? 1,
    endColumn: location?.endColumn ?? 1,
    field: location?.field ?? "",
    nodeId: location?.nodeId ?? "",
    suggestions,
    docsLinks,
    fixes: fixes.map(({ title, jsonPatch }) => ({ title, jsonPatch })),
    causes: causesOf(diagnostic.cause),
  };
}

function causesOf(cause: Diagnostic | undefined): readonly string[] {
  return cause === undefined ? [] : [`${cause.code}: ${cause.message}`, ...causesOf(cause.cause)];
}

export function failureJson(failure: CliError | null) {
  return failure && { reason: failure.reason, message: failure.message, next: failure.next };
}

export interface Tally {
  readonly errors: number;
  readonly warnings: number;
  readonly failures: number;
}

export function tallyOf(files: readonly Pick<Checked, "findings" | "failure">[]): Tally {
  const all = files.flatMap(({ findings }) => findings);
  return {
    errors: all.filter(({ severity }) => severity === "error").length,
    warnings: all.filter(({ severity }) => severity === "warning").length,
    failures: files.filter(({ failure }) => failure !== null).length,
  };
}

/** `3 files: 2 errors, 1 warning`. */
export function tallyText(files: number, { errors, warnings, failures }: Tally): string {
  const several = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
  const parts = [
    ...(errors > 0 ? [several(errors, "error")] : []),
    ...(warnings > 0 ? [several(warnings, "warning")] : []),
    ...(failures > 0 ? [`${failures} could not be judged`] : []),
  ];
  return `${several(files, "file")}: ${parts.join(", ") || "no problems"}`;
}
