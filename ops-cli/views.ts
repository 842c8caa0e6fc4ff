import { FlowNodeKind } from "@workflow-compiler/proto/gen/workflow/compiler/v1/control_flow.ts";
import type { Outcome, Session } from "./command.ts";
import { type Compiled, compileOne, optionsOf } from "./compiling.ts";
import { CliError, exitCodes } from "./exit.ts";
import { type Finding, findingOf } from "./findings.ts";
import { dotOf } from "./flowcharts/dot.ts";
import type { Flowchart } from "./flowcharts/flowchart.ts";
import { mermaidOf } from "./flowcharts/mermaid.ts";
import { svgOf } from "./flowcharts/svg.ts";
import { textReport } from "./reports/text.ts";
import { nameOf } from "./words.ts";

/** What `ir` and `graph` show of one definition. */

const wish = { target: "module", noCache: false, profile: false };

export async function showIr(session: Session, path: string, allowInlineCode: boolean): Promise<Outcome> {
  const compiled = await compileOne(session, path, optionsOf({ ...wish, allowInlineCode }, { ir: true }));
  const { ir, artifact } = compiled.response;
  if (artifact !== undefined && ir === "") throw tooOld(session);
  const findings = tellProblems(session, path, compiled);
  const isBad = artifact === undefined;
  return { data: { path, ir, findings }, text: ir, exitCode: isBad ? exitCodes.findings : exitCodes.fine };
}

export async function showGraph(
  session: Session,
  path: string,
  format: string,
  allowInlineCode: boolean,
): Promise<Outcome> {
  const compiled = await compileOne(session, path, optionsOf({ ...wish, allowInlineCode }, { controlFlow: true }));
  const { controlFlow, artifact } = compiled.response;
  const findings = tellProblems(session, path, compiled);
  if (artifact === undefined) {
    return { data: { path, nodes: [], edges: [], findings }, text: "", exitCode: exitCodes.findings };
  }
  if (controlFlow === undefined) throw tooOld(session);
  const chart: Flowchart = {
    nodes: controlFlow.nodes.map((node) => ({ ...node, kind: nameOf(FlowNodeKind, node.kind, "FLOW_NODE_KIND_") })),
    edges: controlFlow.edges,
  };
  return { data: { path, ...chart, findings }, text: drawn(chart, format) };
}

function drawn(chart: Flowchart, format: string): string {
  if (format === "svg") return svgOf(chart);
  return format === "dot" ? dotOf(chart) : mermaidOf(chart);
}

/** Beside the result, so that it can go on to another program. */
function tellProblems({ terminal, json }: Session, path: string, { content, response }: Compiled): readonly Finding[] {
  const findings = response.diagnostics.map(findingOf);
  const text = content.toString().replace(/^\ufeff/, "");
  const report = textReport([{ path, text, findings, failure: null }], terminal);
  if (!json && report !== "") terminal.complain(report);
  return findings;
}

/** An older server ignores what it does not know of a request. */
function tooOld({ versionStep }: Session): CliError {
  return new CliError("unimplemented", "the server cannot show it", [versionStep]);
}
