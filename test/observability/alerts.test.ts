import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { alertRules } from "./chart-files.ts";

const run = promisify(execFile);
const folder = new URL(".", import.meta.url).pathname;
const testFiles = readdirSync(folder).filter((file) => /^alerts-.*\.yaml$/.test(file));

/** Pages of docs/runbooks. */
const runbooks = [
  "high-error-rate",
  "high-latency",
  "high-memory",
  "unhealthy-replica",
  "rate-limit-exceeded",
  "circuit-open",
  "persistent-errors",
  "cache-stampede",
  "store-unavailable",
  "certificate-expiry",
  "bad-release",
  "restore-from-backup",
  "security-incident",
];

interface RuleTest {
  readonly name: string;
  readonly promql_expr_test: readonly {
    readonly eval_time: string;
    readonly expr: string;
    readonly exp_samples: readonly { readonly labels: string }[];
  }[];
}

/** `severity` and, where a rule has one, `window`: what tells rules of the same name from each other. */
const facetsOf = (labels: Readonly<Record<string, string>>): string[] =>
  ["severity", "window"].flatMap((label) => (labels[label] === undefined ? [] : [`${label}="${labels[label]}"`]));

test.concurrent.each(testFiles)(
  "promtool finds that alerts fire and stop as %s says",
  async (file) => {
    const { stdout } = await run("promtool", ["test", "rules", file], { cwd: folder });
    expect(stdout).toContain("SUCCESS");
  },
  240_000,
);

test("the rules are good ones, says promtool", async () => {
  const file = new URL("../../helm/workflow-compiler/files/alerts.yaml", import.meta.url).pathname;
  const { stdout } = await run("promtool", ["check", "rules", "--lint=all", "--lint-fatal", file]);
  expect(stdout).toContain(`SUCCESS: ${alertRules().length} rules found`);
});

test("every rule fires and later stops in one test of these, and does not fire in another", () => {
  const tests = testFiles.flatMap((file): RuleTest[] => parse(readFileSync(`${folder}${file}`, "utf8")).tests);
  const untested = alertRules().flatMap(({ alert, labels }) => {
    const facets = facetsOf(labels);
    const timelines = tests.map((one) =>
      one.promql_expr_test
        .filter(({ expr }) => expr.includes(`"${alert}"`))
        .toSorted((a, b) => secondsOf(a.eval_time) - secondsOf(b.eval_time))
        .map(({ exp_samples }) => exp_samples.some((sample) => facets.every((facet) => sample.labels.includes(facet)))),
    );
    const stops = timelines.some((timeline) => timeline.includes(true) && timeline.at(-1) === false);
    const silent = timelines.some((timeline) => timeline.length > 0 && !timeline.includes(true));
    return stops && silent
      ? []
      : [`${alert} ${facets}${stops ? "" : " fires and stops nowhere"}${silent ? "" : " is silent nowhere"}`];
  });
  expect(untested).toEqual([]);
});

test("every alert says how grave it is, what happened, and where the way out is written", () => {
  for (const { alert, labels, annotations } of alertRules()) {
    expect(alert).toMatch(/^WorkflowCompiler[A-Z]\w+$/);
    expect(labels).toMatchObject({
      severity: expect.stringMatching(/^(critical|warning)$/),
      product: "workflow-compiler",
    });
    expect(Object.keys(annotations).sort()).toEqual(["description", "runbook_url", "summary"]);
    const [, runbook] =
      /^https:\/\/workflow-compiler\.dev\/runbooks\/([a-z-]+)\.md$/.exec(annotations.runbook_url ?? "") ?? [];
    expect(runbooks).toContain(runbook);
  }
  const used = alertRules().map(({ annotations }) => annotations.runbook_url);
  for (const runbook of runbooks) expect(used.some((url) => url?.endsWith(`/${runbook}.md`))).toBe(true);
});

const secondsPer: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 };

/** Of a duration such as `48h5m`. */
function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)([hms])/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (secondsPer[unit] ?? Number.NaN), 0);
}
