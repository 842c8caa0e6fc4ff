import type { Diagnostic } from "../../server/diagnostics/diagnostic.ts";
import { isCode } from "../../server/diagnostics/explain.ts";
import type { TestCompiler } from "../modules/compiler.ts";
import type { definitions } from "./definitions.ts";

/** What came of a definition. `codes`: of the errors; none where it was accepted. `fault`: what is wrong with the answer, or "". */
export interface Verdict {
  readonly codes: readonly string[];
  readonly fault: string;
}

/** What Validate accepts must compile, and what it rejects must say where, inside the text. */
export function judge(compiler: TestCompiler, text: string, format: keyof typeof definitions): Verdict {
  const source = { format, content: Buffer.from(text), name: "random" } as const;
  try {
    const { valid, diagnostics } = compiler.validate(source);
    const compiled = compiler.compile(source, { target: "module", allowInlineCode: false });
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    const lines = text.split("\n");
    const fault =
      [...diagnostics, ...compiled.diagnostics]
        .map((diagnostic) => misplaced(diagnostic, lines))
        .find((one) => one !== "") ?? disagreement(valid, compiled.artifact !== null, errors);
    return { codes: [...new Set(errors.map(({ code }) => code))], fault };
  } catch (error) {
    return { codes: [], fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function disagreement(valid: boolean, hasArtifact: boolean, errors: readonly Diagnostic[]): string {
  const said = errors.map(({ code, message }) => `${code} ${message}`).join("\n");
  if (valid !== (errors.length === 0)) return `Validate says ${valid}, Compile says:\n${said}`;
  if (hasArtifact !== valid) return `valid is ${valid}, and there is ${hasArtifact ? "an" : "no"} artifact`;
  return "";
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
