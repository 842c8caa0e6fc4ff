import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig } from "../../server/config/read.ts";

/** docs/requirements.md: what it names exists. */
const root = new URL("../../", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const rows = read("docs/requirements.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| Requirement "))
  .map((line) => {
    const [, requirement = "", metBy = "", shownBy = ""] = line.split("|").map((cell) => cell.trim());
    return { requirement, metBy, shownBy };
  });

test("the table covers what operations ask for", () => {
  expect(rows.length).toBeGreaterThan(40);
  const all = rows.map(({ requirement }) => requirement).join("\n");
  const asked = [
    "Metrics",
    "error rate over 1%",
    "Rates: 100 a minute",
    "Probes",
    "10, 50, 100%",
    "48 hours",
    "30 days",
    "70%",
    "Graceful",
  ];
  expect(asked.filter((word) => !all.includes(word))).toEqual([]);
});

test.each(rows)("$requirement", ({ metBy, shownBy }) => {
  expect(metBy).not.toBe("");
  const files = [...`${metBy} ${shownBy}`.matchAll(/\]\(([^)#]+)/g)].map(([, path = ""]) => join("docs", path));
  const tests = [...shownBy.matchAll(/`(test\/[\w./-]+)`(?: "([^"]+)")?/g)];
  expect([...files, ...tests.map(([, file = ""]) => file)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const untold = tests.filter(([, file = "", title]) => title !== undefined && !titlesOf(file).includes(title));
  expect(untold.map(([text]) => text)).toEqual([]);
  if (tests.length === 0) expect(shownBy).toMatch(/nothing here can/);
});

/** Only what stands as the title of a test: a comment with the same words proves nothing. */
function titlesOf(file: string): string {
  const text = read(file);
  return [...text.matchAll(/^\s*(?:test|describe)(?:\.each[\s\S]*?\))?\(\s*(["`])([\s\S]*?)\1,/gm)]
    .map(([, , title]) => title)
    .join("\n");
}

test("every alert leads to a runbook that exists", () => {
  const { groups } = parse(read("helm/workflow-compiler/files/alerts.yaml"));
  interface Rule {
    readonly alert?: string;
    readonly annotations?: { readonly runbook_url?: string };
  }
  const alerts: readonly Rule[] = groups.flatMap(({ rules }: { rules: readonly Rule[] }) =>
    rules.filter(({ alert }) => alert),
  );
  expect(alerts.length).toBeGreaterThan(10);
  const page = (rule: Rule): string => `docs/runbooks/${rule.annotations?.runbook_url?.split("/").at(-1)}`;
  expect(alerts.filter((rule) => !existsSync(join(root, page(rule)))).map(({ alert }) => alert)).toEqual([]);
});

test("logs are kept for 30 days", () => {
  const days = 24 * 3_600_000;
  expect(readConfig({}).config).toMatchObject({ auditRetentionMs: 30 * days, deadLetterRetentionMs: 30 * days });
});
