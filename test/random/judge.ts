import type { Target } from "../../server/artifact.ts";
import type { Diagnostic } from "../../server/diagnostics/diagnostic.ts";
import { isCode } from "../../server/diagnostics/explain.ts";
import type { TestCompiler } from "../modules/compiler.ts";
import type { definitions } from "./definitions.ts";

/** What came of a definition. `codes`: of the errors; none where it was accepted. `fault`: what is wrong with the answer, or "". */
export interface Verdict {
  readonly codes: readonly string[];
  readonly fault: string;
}

/**
 * What Validate accepts must compile, and what it rejects must say where, inside the text. One definition in four is
 * compiled for Temporal too; which ones depends on their text alone, so that what fails does so again.
 */
export function judge(compiler: TestCompiler, text: string, format: keyof typeof definitions): Verdict {
  const targets: readonly Target[] = text.length % 4 === 0 ? ["module", "temporal"] : ["module"];
  const source = { format, content: Buffer.from(text), name: "random" } as const;
  const lines = text.split("\n");
  try {
    const { valid, diagnostics } = compiler.validate(source);
    const codes = diagnostics.filter(isError).map(({ code }) => code);
    const faults = [placesOf(diagnostics, lines), ...targets.map((target) => compiledFor(target))];
    return { codes: [...new Set(codes)], fault: faults.find((fault) => fault !== "") ?? "" };

    function compiledFor(target: Target): string {
      const compiled = compiler.compile(source, { target, allowInlineCode: false });
      const errors = compiled.diagnostics.filter(isError);
      // Validate knows no target: what only Temporal cannot have is told when it is compiled.
      const isBeyond = target === "temporal" && valid && errors.every(({ code }) => code === "WF_COMPILE_003");
      if (isBeyond && errors.length > 0) return placesOf(compiled.diagnostics, lines);
      const fault = placesOf(compiled.diagnostics, lines) || disagreement(valid, compiled.artifact !== null, errors);
      return fault === "" ? "" : `${target}: ${fault}`;
    }
  } catch (error) {
    return { codes: [], fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function disagreement(valid: boolean, hasArtifact: boolean, errors: readonly Diagnostic[]): string {
  const said = errors.map(({ code, message }) => `${code} ${message}`).join("\n");
  if (valid !== (errors.length === 0)) return `Validate says ${valid}, Compile says:\n${said}`;
  if (hasArtifact !== valid) return `valid is ${valid}, and there is ${hasArtifact ? "an" : "no"} artifact`;
  return "";
}

function placesOf(diagnostics: readonly Diagnostic[], lines: readonly string[]): string {
  return diagnostics.map((diagnostic) => misplaced(diagnostic, lines)).find((one) => one !== "") ?? "";
}

function misplaced({ code, message, location }: Diagnostic, lines: readonly string[]): string {
  const { line, column, endLine, endColumn } = location;
  const at = `${code} at ${line}:${column}-${endLine}:${endColumn}: ${message}`;
  if (!isCode(code) || code === "WF_COMPILE_002") return at;
  const isInside = (atLine: number, atColumn: number): boolean =>
    atLine >= 1 && atLine <= lines.length && atColumn >= 1 && atColumn <= (lines[atLine - 1]?.length ?? 0) + 1;
  const isForward = line < endLine || (line === endLine && column <= endColumn);
  return isInside(line, column) && isInside(endLine, endColumn) && isForward ? "" : `outside of the text: ${at}`;
}
