import { createHash } from "node:crypto";
import type { Checked, Finding } from "../findings.ts";
import { xml } from "../xml.ts";

/** Workflow commands of GitHub Actions: annotations of the changed lines. */
export function githubReport(files: readonly Checked[]): string {
  const lines = files.flatMap(({ path, findings, failure }) => [
    ...findings.map((finding) => annotation(path, finding)),
    ...(failure === null ? [] : [`::error file=${property(path)}::${data(failure.message)}`]),
  ]);
  return lines.join("\n");
}

function annotation(
  path: string,
  { code, severity, message, suggestions, line, column, endLine, endColumn }: Finding,
): string {
  const level = severity === "error" || severity === "warning" ? severity : "notice";
  // Columns are of one line only.
  const columns = endLine === line ? `,col=${column},endColumn=${endColumn}` : "";
  const place = `file=${property(path)},line=${line},endLine=${endLine}${columns},title=${property(code)}`;
  return `::${level} ${place}::${data([message, ...suggestions].join("\n"))}`;
}

function data(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(value: string): string {
  return data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

const gitlabSeverities = new Map([
  ["error", "critical"],
  ["warning", "minor"],
]);

/** GitLab's code quality report. A fingerprint stays the same while the problem does, wherever it moves in the file. */
export function gitlabReport(files: readonly Checked[]): unknown {
  const seen = new Map<string, number>();
  const fingerprint = (...parts: readonly string[]): string => {
    const key = JSON.stringify(parts);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return createHash("sha256").update(`${key}${before}`).digest("hex");
  };
  return files.flatMap(({ path, findings, failure }) => [
    ...findings.map(({ code, severity, message, line, endLine, nodeId }) => ({
      description: message,
      check_name: code,
      fingerprint: fingerprint(path, code, message, nodeId),
      severity: gitlabSeverities.get(severity) ?? "info",
      location: { path, lines: { begin: line, end: endLine } },
    })),
    ...(failure === null
      ? []
      : [
          {
            description: failure.message,
            check_name: failure.reason,
            fingerprint: fingerprint(path, failure.reason),
            severity: "blocker",
            location: { path, lines: { begin: 1, end: 1 } },
          },
        ]),
  ]);
}

/** JUnit XML: a suite a file; a problem is a test that failed, a file without any a test that passed. */
export function junitReport(files: readonly Checked[]): string {
  const suites = files.map(({ path, findings, failure }) => {
    const cases = [
      ...findings.map((finding) => testCase(path, finding)),
      ...(failure === null
        ? []
        : [
            `    <testcase classname="${xml(path)}" name="judged"><error message="${xml(failure.message)}"/></testcase>`,
          ]),
    ];
    if (cases.length === 0) cases.push(`    <testcase classname="${xml(path)}" name="valid"/>`);
    const failures = findings.filter(({ severity }) => severity === "error").length;
    const counts = `tests="${cases.length}" failures="${failures}" errors="${failure === null ? 0 : 1}"`;
    return [`  <testsuite name="${xml(path)}" ${counts}>`, ...cases, "  </testsuite>"].join("\n");
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="wfops validate">',
    ...suites,
    "</testsuites>",
  ].join("\n");
}

function testCase(path: string, { code, severity, message, suggestions, line, column }: Finding): string {
  const name = `${code} at ${line}:${column}`;
  const said = xml([message, ...suggestions, `${path}:${line}:${column}`].join("\n"));
  const inside =
    severity === "error"
      ? `<failure message="${xml(message)}" type="${code}">${said}</failure>`
      : `<system-out>${severity}: ${said}</system-out>`;
  return `    <testcase classname="${xml(path)}" name="${xml(name)}">${inside}</testcase>`;
}
