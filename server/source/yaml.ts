import type { ParsedNode } from "yaml";
import type { Findings, Span } from "../diagnostics/diagnostic.ts";
import { createAliases } from "./aliases.ts";
import { createBuilder } from "./builder.ts";
import type { SourceLimits } from "./limits.ts";
import type { Tree } from "./tree.ts";
import { type Composed, composeYaml, type YamlProblem } from "./yaml-compose.ts";
import { yamlTokens } from "./yaml-tokens.ts";
import { createTreeMaker, isImplied } from "./yaml-tree.ts";

/** Longer messages quote the text. */
const MAX_MESSAGE = 200;

/** Reads YAML 1.2 (core schema) with aliases and merge keys, as the value that JSON could express; null after reporting. */
export function parseYaml(text: string, limits: SourceLimits, findings: Findings): Tree | null {
  if (!isPrintable(text, findings)) return null;
  const tokens = yamlTokens(text, limits, findings);
  if (tokens === null) return null;
  const composed = composeYaml(tokens);
  if (reportProblems(composed, text, findings)) return null;
  const contents: ParsedNode | null = composed.document?.contents ?? null;
  if (contents === null || isImplied(contents)) {
    if (composed.second === null) reportSyntax("it is empty", { start: 0, end: 0 }, findings);
    return null;
  }
  const builder = createBuilder(text, limits, findings);
  const aliases = createAliases(builder, limits, findings);
  const root = createTreeMaker({ text, builder, aliases, findings })(contents, "", 0);
  return aliases.broken ? null : root;
}

/** YAML allows no control characters but tab, line feed, carriage return and next line (YAML 1.2.2 §5.1). */
function isPrintable(text: string, findings: Findings): boolean {
  const found = /[\p{Cc}--[\t\n\r\u0085]]/v.exec(text);
  if (found === null) return true;
  const unit = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  reportSyntax(`it holds the control character U+${unit}`, { start: found.index, end: found.index + 1 }, findings);
  return false;
}

function reportSyntax(problem: string, span: Span, findings: Findings): void {
  findings.report("WF_SOURCE_001", { span, pointer: "", node: "" }, { syntax: "YAML", problem });
}

function reportFeature(feature: string, span: Span, findings: Findings): void {
  findings.report("WF_SOURCE_011", { span, pointer: "", node: "" }, { feature });
}

/** Whether the text cannot be used. Of syntax errors only the first is told: the library goes on, and sees ghosts. */
function reportProblems(composed: Composed, text: string, findings: Findings): boolean {
  const { second, errors, warnings } = composed;
  if (second !== null) reportFeature("more than one YAML document in a text", second, findings);
  if (composed.document?.directives.yaml.version === "1.1") {
    reportFeature("YAML 1.1", { start: text.indexOf("%"), end: text.indexOf("%") + 1 }, findings);
  }
  const features = [...errors, ...warnings].map((problem) => ({ feature: featureOf(problem, text), problem }));
  for (const { feature, problem } of features)
    if (feature !== null) reportFeature(feature, within(problem.span, text), findings);
  const [first] = errors
    .filter((problem) => featureOf(problem, text) === null)
    .sort((a, b) => a.span.start - b.span.start);
  if (first !== undefined) reportSyntax(oneLine(first.message), within(first.span, text), findings);
  return errors.length > 0 || composed.stopped;
}

/** What an error or warning of the library means that is YAML but not ours; null for wrong syntax and for mere style. */
function featureOf({ code, span }: YamlProblem, text: string): string | null {
  const source = oneLine(text.slice(span.start, span.end));
  switch (code) {
    case "TAG_RESOLVE_FAILED":
      return `YAML tag \`${text.slice(span.start, Math.min(span.end, span.start + MAX_MESSAGE))}\``;
    case "NON_STRING_KEY":
      return "a key that is not plain text";
    case "BAD_DIRECTIVE":
      return `YAML directive \`${source}\``;
    default:
      return null;
  }
}

function within(span: Span, text: string): Span {
  const start = Math.min(span.start, text.length);
  return { start, end: Math.min(Math.max(span.end, start), text.length) };
}

function oneLine(text: string): string {
  const [line = ""] = text.slice(0, MAX_MESSAGE).split("\n");
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/["']quote$/, "quote");
}
