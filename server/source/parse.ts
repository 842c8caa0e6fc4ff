import type { Findings } from "../diagnostics/diagnostic.ts";
import { createFindings } from "../diagnostics/findings.ts";
import { decode } from "./decode.ts";
import { parseJson } from "./json.ts";
import type { SourceLimits } from "./limits.ts";
import type { Document, Tree } from "./tree.ts";
import { parseYaml } from "./yaml.ts";

export { defaultLimits, type SourceLimits } from "./limits.ts";

export interface ParsedSource {
  /** The text as findings count in it; "" where it was too large to decode. */
  readonly text: string;
  /** Null where too little can be understood to look further; the reason was reported. */
  readonly document: Document | null;
}

/**
 * Bytes as a tree with positions. Where the text starts with `{` or `[` it is JSON, unless what is wrong with it as JSON
 * is right as YAML; all other text is YAML.
 */
export function parseSource(content: Uint8Array, limits: SourceLimits, findings: Findings): ParsedSource {
  if (content.length > limits.bytes) {
    const origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };
    findings.report("WF_SOURCE_003", origin, { bytes: String(content.length), limit: String(limits.bytes) });
    return { text: "", document: null };
  }
  const { text, ok } = decode(content, findings);
  return { text, document: ok ? parseText(text, limits, findings) : null };
}

function parseText(text: string, limits: SourceLimits, findings: Findings): Document | null {
  const start = text.search(/\S/);
  if (start === -1) {
    const origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };
    findings.report("WF_SOURCE_001", origin, { syntax: "JSON or YAML", problem: "it is empty" });
    return null;
  }
  if (text[start] !== "{" && text[start] !== "[")
    return asDocument(text, "yaml", parseYaml(text, limits, findings), findings);
  const jsonFindings = createFindings();
  const { root, maybeYaml } = parseJson(text, limits, jsonFindings);
  if (maybeYaml) {
    const yamlFindings = createFindings();
    const yamlRoot = parseYaml(text, limits, yamlFindings);
    if (yamlRoot !== null) {
      passOn(yamlFindings, findings);
      return asDocument(text, "yaml", yamlRoot, findings);
    }
  }
  passOn(jsonFindings, findings);
  return asDocument(text, "json", root, findings);
}

function passOn(from: Findings, to: Findings): void {
  for (const { code, origin, params, fixes } of from.list) to.report(code, origin, params, { fixes });
}

function asDocument(text: string, syntax: Document["syntax"], root: Tree | null, findings: Findings): Document | null {
  if (root === null) return null;
  if (root.kind === "object") return { text, syntax, root };
  const found = root.kind === "null" ? "null" : root.kind === "array" ? "an array" : `a ${root.kind}`;
  findings.report("WF_SOURCE_013", { span: root.span, pointer: "", node: "" }, { found });
  return null;
}
