import { createHash } from "node:crypto";
import type {
  Artifact,
  ArtifactFile,
  Compilation,
  CompileOptions,
  Format,
  SourceInput,
  StageName,
  StageTime,
  Target,
  ValidateOptions,
  Validation,
} from "./artifact.ts";
import { runChecks } from "./checks/checks.ts";
import { checkSecrets } from "./checks/secrets.ts";
import type { ComponentCatalogue } from "./components/component.ts";
import type { Diagnostic, Findings, Origin } from "./diagnostics/diagnostic.ts";
import { createFindings } from "./diagnostics/findings.ts";
import { createLines } from "./diagnostics/lines.ts";
import { render } from "./diagnostics/render.ts";
import type { EmittedModule, Emitter } from "./emit/emit.ts";
import { temporalObstacles } from "./emit/temporal.ts";
import { workerActivities } from "./emit/temporal-activities.ts";
import { fixAll, type Judged } from "./fixing.ts";
import { flowchartOf } from "./flowchart.ts";
import { amazonStatesToProgram } from "./frontends/amazon-states/amazon-states.ts";
import { withAwsCode } from "./frontends/amazon-states/aws-codes.ts";
import type { FrontEnd } from "./frontends/front-end.ts";
import { graphToProgram } from "./frontends/graph/graph.ts";
import { withMends } from "./frontends/mends/mending.ts";
import { schemaTextOf } from "./ir/json-schema.ts";
import { printProgram } from "./ir/print.ts";
import type { Program } from "./ir/program.ts";
import { parseSource, type SourceLimits } from "./source/parse.ts";
import { recogniseFormat } from "./source/recognise.ts";
import type { Document } from "./source/tree.ts";
import { structure } from "./structure/structure.ts";
import type { TypeChecker, TypeProblem } from "./typecheck/checker.ts";
import { definitionMaps } from "./typecheck/definition-map.ts";
import { toJavaScript } from "./typecheck/transform.ts";

export interface CompilerParts {
  readonly version: string;
  readonly limits: SourceLimits;
  readonly components: ComponentCatalogue;
  readonly emitter: Emitter;
  readonly checker: TypeChecker;
}

/** The pipeline: bytes in, every problem or a type-checked module out. The same bytes always give the same answer. */
export interface Compiler {
  validate(source: SourceInput, options?: ValidateOptions): Validation;
  compile(source: SourceInput, options: CompileOptions): Compilation;
}

const frontEnds: Readonly<Record<Format, FrontEnd | null>> = {
  graph: graphToProgram,
  "amazon-states": amazonStatesToProgram,
  "open-workflow": null,
  n8n: null,
};

/** A definition as far as the front half of the pipeline came with it. */
interface Analysis {
  readonly text: string;
  readonly document: Document | null;
  readonly format: Format | null;
  /** Null where findings say why. */
  readonly program: Program | null;
}

export function createCompiler(parts: CompilerParts): Compiler {
  return {
    validate(source, options) {
      const findings = createFindings();
      const clock = createStageClock();
      const allowInlineCode = options?.allowInlineCode ?? false;
      const { text, format } = analyse(source, parts, allowInlineCode, findings, clock);
      const diagnostics = show(findings, text, format);
      const judge = (content: Uint8Array): Judged => {
        const found = createFindings();
        const read = analyse({ ...source, content }, parts, allowInlineCode, found, createStageClock());
        return { text: read.text, diagnostics: show(found, read.text, read.format) };
      };
      const fixed = options?.fix ? fixAll({ text, diagnostics }, source.content, judge) : null;
      return { valid: !hasError(diagnostics), diagnostics, format, stages: clock.stages, ...(fixed && { fixed }) };
    },
    compile(source, options) {
      const findings = createFindings();
      const clock = createStageClock();
      const { text, document, format, program } = analyse(source, parts, options.allowInlineCode, findings, clock);
      if (options.target === "temporal" && program !== null) reportObstacles(program, findings);
      const isRefused = findings.failed || hasError(show(findings, text, format));
      const structured = program === null || isRefused ? null : clock.time("structure", () => structure(program));
      const artifact =
        document === null || structured === null
          ? null
          : build(structured, document, source.content, options.target, parts, findings, clock);
      const diagnostics = show(findings, text, format);
      const lines = createLines(text);
      return {
        artifact,
        diagnostics,
        format,
        workflowType: workflowTypeOf(document),
        stages: clock.stages,
        ...(options.ir && program !== null && { ir: printProgram(program) }),
        ...(options.controlFlow &&
          structured !== null &&
          artifact !== null && { controlFlow: flowchartOf(structured, ({ span }) => lines.at(span.start).line) }),
      };
    },
  };
}

/** What was found, ready to send. */
function show(findings: Findings, text: string, format: Format | null): readonly Diagnostic[] {
  const diagnostics = render(findings.list, text);
  return format === "amazon-states" ? diagnostics.map(withAwsCode) : diagnostics;
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** The front half: bytes → tree → program, checked. */
function analyse(
  source: SourceInput,
  parts: CompilerParts,
  allowInlineCode: boolean,
  findings: Findings,
  clock: StageClock,
): Analysis {
  const { text, document } = clock.time("source", () => parseSource(source.content, parts.limits, findings));
  if (document === null) return { text, document, format: source.format, program: null };
  clock.time("checks", () => checkSecrets(document, findings));
  const format = source.format ?? recogniseFormat(document);
  const frontEnd = chooseFrontEnd(document, format, findings);
  const program =
    frontEnd &&
    clock.time("frontend", () =>
      frontEnd(document, { findings: withMends(findings, document), components: parts.components, allowInlineCode }),
    );
  if (program !== null) clock.time("checks", () => runChecks(program, findings));
  return { text, document, format, program };
}

function workflowTypeOf(document: Document | null): string {
  const metadata = document?.root.kind === "object" ? document.root.byKey.get("metadata")?.value : undefined;
  const type = metadata?.kind === "object" ? metadata.byKey.get("type")?.value : undefined;
  return type?.kind === "string" ? type.value : "";
}

function chooseFrontEnd(document: Document, format: Format | null, findings: Findings): FrontEnd | null {
  const root: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };
  if (document.root.kind !== "object") {
    findings.report("WF_SOURCE_013", root, { found: `a value of type ${document.root.kind}` });
    return null;
  }
  if (format === null) {
    const keys = document.root.members.slice(0, 5).map((member) => member.key);
    findings.report("WF_SOURCE_010", root, {
      seen: keys.length > 0 ? `its fields are ${keys.join(", ")}` : "it has no fields",
    });
    return null;
  }
  const frontEnd = frontEnds[format];
  if (frontEnd === null) {
    const instead = "Send a graph or a state machine in the Amazon States Language.";
    findings.report("WF_COMPILE_003", root, { feature: `format ${format}`, instead });
  }
  return frontEnd;
}

function reportObstacles(program: Program, findings: Findings): void {
  for (const { feature, instead, origin } of temporalObstacles(program)) {
    findings.report("WF_COMPILE_003", origin, { feature: `${feature}, for TARGET_TEMPORAL,`, instead });
  }
}

/** The back half: structured program → TypeScript, accepted by its compiler → artifact. A refusal is our defect, and nothing is returned. */
function build(
  program: Program,
  document: Document,
  content: Uint8Array,
  target: Target,
  parts: CompilerParts,
  findings: Findings,
  clock: StageClock,
): Artifact | null {
  const sourceDigest = createHash("sha256").update(content).digest("hex");
  const emitted = clock.time("emit", () =>
    parts.emitter.emit(program, { compilerVersion: parts.version, sourceDigest }, target),
  );
  const modules = new Map([
    ["workflow.ts", emitted.text],
    ["runtime.ts", emitted.runtime],
  ]);
  const problems = clock.time("typecheck", () => parts.checker.check(modules, target));
  for (const problem of problems) reportRefusal(problem, emitted, findings);
  if (problems.length > 0) return null;
  return clock.time("transform", () => {
    const workflow = toJavaScript("workflow.ts", emitted.text);
    const runtime = toJavaScript("runtime.ts", emitted.runtime);
    const maps = definitionMaps(emitted, document, program.name, workflow.places());
    const files: readonly ArtifactFile[] = [
      { path: "workflow.ts", content: emitted.text },
      { path: "workflow.js", content: `${workflow.code}//# sourceMappingURL=workflow.js.map\n` },
      { path: "workflow.js.map", content: maps.javaScript },
      { path: "workflow.d.ts", content: workflow.declarations },
      { path: "workflow.ts.map", content: maps.typeScript },
      { path: "runtime.ts", content: emitted.runtime },
      { path: "runtime.js", content: runtime.code },
      { path: "runtime.d.ts", content: runtime.declarations },
    ];
    return {
      digest: digestOf(files.flatMap((file) => [file.path, file.content])),
      compilerVersion: parts.version,
      workflowName: program.name,
      entrypoint: "workflow.js",
      files,
      inputSchema: schemaTextOf(program.input),
      outputSchema: schemaTextOf(program.output),
      activities: activitiesFor(program, target).map((activity) => ({
        name: activity.name,
        inputSchema: schemaTextOf(activity.input),
        outputSchema: schemaTextOf(activity.output),
      })),
    };
  });
}

function activitiesFor(program: Program, target: Target): Program["activities"] {
  return target === "temporal" ? workerActivities(program) : program.activities;
}

/** TS2563: a body with about a thousand branches or more is beyond the compiler's control-flow analysis. */
const TOO_LARGE_TO_ANALYSE = 2563;

/** What the TypeScript compiler refuses is a defect of ours, but for bodies that are too large for it. */
function reportRefusal(problem: TypeProblem, emitted: EmittedModule, findings: Findings): void {
  const inWorkflow = problem.file === "workflow.ts";
  const mapping = inWorkflow
    ? emitted.mappings.findLast(({ offset, origin }) => offset <= problem.offset && origin !== null)
    : undefined;
  const { line, column } = createLines(inWorkflow ? emitted.text : emitted.runtime).at(problem.offset);
  const more = { generated: { path: problem.file, line, column } };
  if (problem.code === TOO_LARGE_TO_ANALYSE) {
    findings.report("WF_COMPILE_004", wholeDocument, { stage: "typecheck", limit: "branches in one body" }, more);
  } else {
    const text = `TS${problem.code}: ${problem.message}`;
    findings.report("WF_COMPILE_002", mapping?.origin ?? wholeDocument, { problem: text }, more);
  }
}

const wholeDocument: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };

/** SHA-256 over parts, each preceded by its length in bytes, so that no two lists of parts run together. */
function digestOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

interface StageClock {
  readonly stages: readonly StageTime[];
  time<T>(name: StageName, work: () => T): T;
}

function createStageClock(): StageClock {
  const durations = new Map<StageName, number>();
  return {
    get stages() {
      return [...durations].map(([name, durationMs]) => ({ name, durationMs }));
    },
    time(name, work) {
      const start = performance.now();
      try {
        return work();
      } finally {
        durations.set(name, (durations.get(name) ?? 0) + performance.now() - start);
      }
    },
  };
}
