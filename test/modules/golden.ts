import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Artifact } from "../../server/artifact.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import type { Diagnostic } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { amazonStatesToProgram } from "../../server/frontends/amazon-states/amazon-states.ts";
import { graphToProgram } from "../../server/frontends/graph/graph.ts";
import { printProgram } from "../../server/ir/print.ts";
import type { Program } from "../../server/ir/program.ts";
import { defaultLimits, parseSource } from "../../server/source/parse.ts";
import { recogniseFormat } from "../../server/source/recognise.ts";
import { structure } from "../../server/structure/structure.ts";
import type { TestCompiler } from "./compiler.ts";

/**
 * A golden case: a folder of `test/goldens` with a definition and all that becomes of it. `program.ir` is what the front
 * end makes of it, `structured.ir` the same with sequences only, `workflow.ts` the module, `diagnostics.txt` what is said.
 */
export interface GoldenCase {
  readonly name: string;
  /** Ends with a slash. */
  readonly folder: string;
  readonly definition: string;
}

/** In the order in which they arise; a case has those that its definition comes to. */
export const goldenFiles = ["program.ir", "structured.ir", "workflow.ts", "diagnostics.txt"] as const;
export type GoldenFile = (typeof goldenFiles)[number];

const root = new URL("../goldens/", import.meta.url).pathname;

export function goldenCases(): readonly GoldenCase[] {
  return readdirSync(root)
    .sort()
    .map((name) => {
      const folder = `${root}${name}/`;
      const definition = ["definition.yaml", "definition.json"].find((file) => existsSync(folder + file));
      if (definition === undefined) throw new Error(`${folder} has no definition`);
      return { name, folder, definition: folder + definition };
    });
}

/** What a definition becomes, by file; and the module itself where there is one. */
export function goldenOf(
  one: GoldenCase,
  compiler: TestCompiler,
): { files: ReadonlyMap<GoldenFile, string>; artifact: Artifact | null } {
  const text = readFileSync(one.definition, "utf8");
  const files = new Map<GoldenFile, string>();
  const { artifact, diagnostics } = compiler.compileText(text);
  const program = programOf(text);
  if (program !== null) files.set("program.ir", printProgram(program));
  if (artifact !== null && program !== null) {
    files.set("structured.ir", printProgram(structure(program)));
    files.set("workflow.ts", fileOf(artifact, "workflow.ts"));
  }
  if (diagnostics.length > 0) files.set("diagnostics.txt", diagnostics.map(showDiagnostic).join("\n"));
  return { files, artifact };
}

/** The front end's program, or null where the definition has problems. */
export function programOf(text: string): Program | null {
  const findings = createFindings();
  const { document } = parseSource(Buffer.from(text), defaultLimits, findings);
  if (document === null) return null;
  const frontEnd = recogniseFormat(document) === "graph" ? graphToProgram : amazonStatesToProgram;
  const program = frontEnd(document, { findings, components: createCatalogue(new Map()), allowInlineCode: false });
  return findings.failed ? null : program;
}

export function fileOf(artifact: Artifact, path: string): string {
  const file = artifact.files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`the artifact has no ${path}`);
  return file.content;
}

/** Writes the files of a case; those that it does not come to any more go. Gives the names of the files that changed. */
export function writeGolden(one: GoldenCase, files: ReadonlyMap<GoldenFile, string>): readonly GoldenFile[] {
  return goldenFiles.filter((file) => {
    const path = one.folder + file;
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const after = files.get(file);
    if (before === after) return false;
    if (after === undefined) rmSync(path);
    else writeFileSync(path, after);
    return true;
  });
}

/** A diagnostic as a page of text: place, code and message, then what was written there and what would help. */
function showDiagnostic({ code, severity, message, location, suggestions, fixes, cause }: Diagnostic): string {
  const { line, column, endLine, endColumn, field, nodeId, snippet } = location;
  const at = `${line}:${column}-${endLine}:${endColumn}`;
  const lines = [
    `${at} ${severity} ${code}: ${message}`,
    `  at ${field === "" ? "the document" : field}${nodeId === "" ? "" : ` in ${nodeId}`}`,
    `  | ${snippet}`,
    ...suggestions.map((suggestion) => `  suggestion: ${suggestion}`),
    ...fixes.map((fix) => `  fix: ${fix.title}`),
    ...(cause === undefined ? [] : [`  cause: ${cause.code}: ${cause.message}`]),
  ];
  return `${lines.join("\n")}\n`;
}
