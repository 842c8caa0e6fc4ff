import { pathToFileURL } from "node:url";
import type { Checked, Finding } from "../findings.ts";

/** SARIF 2.1.0 (OASIS), for GitHub's and other code scanning. */
export function sarifReport(files: readonly Checked[], version: string): unknown {
  const codes = [...new Map(files.flatMap(({ findings }) => findings.map((one) => [one.code, one] as const))).values()];
  const indexOf = new Map(codes.map(({ code }, index) => [code, index]));
  const failures = files.flatMap(({ path, failure }) => (failure === null ? [] : [{ path, message: failure.message }]));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "wfops", version, rules: codes.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: failures.length === 0,
            toolExecutionNotifications: failures.map(({ path, message }) => ({
              level: "error",
              message: { text: message },
              locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) } } }],
            })),
          },
        ],
        results: files.flatMap(({ path, findings }) =>
          findings.map((finding) => resultOf(path, finding, indexOf.get(finding.code) ?? 0)),
        ),
      },
    ],
  };
}

function ruleOf({ code, category, severity, docsLinks }: Finding) {
  const [helpUri] = docsLinks;
  return {
    id: code,
    ...(helpUri !== undefined && { helpUri }),
    defaultConfiguration: { level: levelOf(severity) },
    properties: { category },
  };
}

function resultOf(path: string, finding: Finding, ruleIndex: number) {
  const { code, severity, message, suggestions, line, column, endLine, endColumn, field, nodeId, fixes } = finding;
  return {
    ruleId: code,
    ruleIndex,
    level: levelOf(severity),
    message: { text: [message, ...suggestions].join("\n") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path) },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
        logicalLocations: [{ fullyQualifiedName: field, ...(nodeId !== "" && { name: nodeId }) }],
      },
    ],
    ...(fixes.length > 0 && { properties: { fixes } }),
  };
}

function levelOf(severity: string): string {
  return severity === "error" || severity === "warning" ? severity : "note";
}

/** A relative path stays one, so that a report can be read on another machine. */
function uriOf(path: string): string {
  if (path.startsWith("/")) return pathToFileURL(path).href;
  return path.split(/[\\/]/).map(encodeURIComponent).join("/");
}
