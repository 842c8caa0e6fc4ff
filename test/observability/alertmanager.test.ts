import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { alertRules } from "./chart-files.ts";

const run = promisify(execFile);
const file = new URL("../../docs/alertmanager.yaml", import.meta.url).pathname;

async function receiversOf(labels: Readonly<Record<string, string>>): Promise<string> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const { stdout } = await run("amtool", ["config", "routes", "test", `--config.file=${file}`, ...pairs]);
  return stdout.trim();
}

test("the example is a configuration that Alertmanager takes", async () => {
  const { stdout } = await run("amtool", ["check-config", file]);
  expect(stdout).toContain("SUCCESS");
});

test("every alert reaches whom its severity says, and security hears of the audit log", async () => {
  for (const { alert, labels } of alertRules()) {
    const grave = labels.severity === "critical" ? "pager" : "team-chat";
    const expected = alert.startsWith("WorkflowCompilerAudit") ? `security,${grave}` : grave;
    expect(await receiversOf({ alertname: alert, ...labels }), alert).toBe(expected);
  }
  expect(await receiversOf({ alertname: "SomethingElse", severity: "critical" })).toBe("unclaimed");
});

test("the example names only alerts that there are", () => {
  const { inhibit_rules, route } = parse(readFileSync(file, "utf8"));
  const text = JSON.stringify([inhibit_rules, route]);
  const names = alertRules().map(({ alert }) => alert);
  const patterns = [...text.matchAll(/alertname=~?\\"(.*?)\\"/g)].map(([, pattern = ""]) => pattern);
  expect(patterns.length).toBeGreaterThan(6);
  for (const pattern of patterns) {
    // Each alternative is an alert of its own.
    const [, prefix = pattern, alternatives] = /^(\w+)\((.*)\)$/.exec(pattern) ?? [];
    const wanted = alternatives === undefined ? [pattern] : alternatives.split("|").map((name) => `${prefix}${name}`);
    for (const name of wanted)
      expect(
        names.some((alert) => new RegExp(`^${name}$`).test(alert)),
        name,
      ).toBe(true);
  }
});
