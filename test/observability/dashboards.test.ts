import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderDashboard } from "../../scripts/dashboards/dashboard.ts";
import { compilerMethods, ourCodes } from "../../scripts/dashboards/queries.ts";
import { dashboardFolder, dashboards } from "../../scripts/dashboards.ts";
import { readDeclared } from "../telemetry/declared.ts";
import { alertRules, alertsText, dashboardFiles, panelQueries } from "./chart-files.ts";
import { filled, knownSamples, queryFaults } from "./promql.ts";

const known = knownSamples(readDeclared().metrics);

test("the dashboards of the chart are what `npm run dashboards` writes", () => {
  expect(dashboardFiles().map(({ file }) => file)).toEqual(dashboards.map(({ name }) => `${name}.json`).sort());
  for (const dashboard of dashboards)
    expect(readFileSync(`${dashboardFolder}${dashboard.name}.json`, "utf8")).toBe(renderDashboard(dashboard));
});

test("every dashboard and panel can be told from others, and says what it shows", () => {
  const files = dashboardFiles();
  expect(new Set(files.map(({ uid }) => uid)).size).toBe(files.length);
  for (const { file, panels } of files) {
    expect(new Set(panels.map(({ id }) => id)).size, file).toBe(panels.length);
    for (const { type, title, description, targets } of panels.filter((panel) => panel.type !== "row")) {
      expect(description, `${file}, ${title}, ${type}`).toMatch(/\.$/);
      expect(targets?.length, `${file}, ${title}`).toBeGreaterThan(0);
    }
  }
});

test("every query of a panel is PromQL and names only metrics, labels and values that there are", () => {
  const queries = panelQueries();
  expect(queries.length).toBeGreaterThan(80);
  const faults = queries.flatMap(({ where, query }) =>
    queryFaults(filled(query, "1m"), known).map((fault) => `${where}: ${fault}`),
  );
  expect(faults).toEqual([]);
});

test("the variables choose among labels of metrics that there are", () => {
  for (const { file, templating } of dashboardFiles()) {
    const queries = templating.list.map(({ query }) => query).filter((query) => query !== "prometheus");
    expect(queries, file).toHaveLength(2);
    for (const query of queries) {
      const [, selector = "", label] = /^label_values\((.*), (\w+)\)$/.exec(String(query)) ?? [];
      expect(queryFaults(filled(`sum by (${label}) (${selector})`, "1m"), known)).toEqual([]);
    }
  }
});

test("every query of an alert is PromQL and names only metrics, labels and values that there are", () => {
  const rules = alertRules();
  expect(rules.length).toBeGreaterThan(20);
  const faults = rules.flatMap(({ alert, expr }) => queryFaults(expr, known).map((fault) => `${alert}: ${fault}`));
  expect(faults).toEqual([]);
});

test("alerts and dashboards mean the same by a failed call", () => {
  const selectors = [...alertsText.matchAll(/workflow_requests_total\{(.*?)\}/g)].map(([, text]) => text);
  expect(new Set(selectors)).toEqual(new Set([compilerMethods, `${compilerMethods}, ${ourCodes}`]));
});

test.each([
  ["sum(rate(workflow_requests_total[5m])", "no PromQL"],
  ["workflow_reqests_total", "no metric workflow_reqests_total"],
  ['workflow_requests_total{status="OK"}', "has no label status"],
  ['workflow_requests_total{code="Ok"}', "never has code=Ok"],
  ['workflow_requests_total{code=~"OK|ABSENT"}', "never has code=/^(?:ABSENT)$/"],
  ['workflow_build_info{version="1 2"}', "never has version=1 2"],
  ["sum by (slot) (workflow_ready)", "nothing has a label slot"],
  ["workflow_ready * on (job) group_left (slott) workflow_build_info", "nothing has a label slott"],
  ["rate(workflow_ready[5m])", "which is no counter"],
  ["delta(workflow_audit_lost_total[5m])", "delta of the counter"],
  ["histogram_quantile(0.9, workflow_stage_duration_seconds_sum)", "histogram_quantile of"],
])("a mistake is found: %s", (query, fault) => {
  expect(queryFaults(query, known).join()).toContain(fault);
});
