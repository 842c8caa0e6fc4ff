import { readFileSync } from "node:fs";
import { DrainAction } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { freePort, startRedis, type TestRedis, until } from "../dependencies/redis.ts";
import { alertRules, alertsText, panelQueries } from "./chart-files.ts";
import { drain, exercise, startLoad } from "./exercise.ts";
import { type Pager, startPager } from "./pager.ts";
import { type Alertmanager, type Prometheus, startAlertmanager, startPrometheus } from "./prometheus.ts";
import { filled } from "./promql.ts";

// It waits for what Prometheus sees, which takes a loaded machine long.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** Two replicas of two slots, which a real Prometheus scrapes; it tells a real Alertmanager, which tells us. */
let redis: TestRedis;
let services: readonly LocalService[] = [];
let pager: Pager;
let alertmanager: Alertmanager;
let prometheus: Prometheus;

/** How often is scraped and evaluated, and how far the quick rules look back. */
const INTERVAL = "1s";
const WINDOW = "5s";

beforeAll(async () => {
  [redis, pager] = await Promise.all([startRedis(), startPager()]);
  alertmanager = await startAlertmanager(routesTo(pager));
  // A new Prometheus waits five seconds before it scrapes, in which the replicas start.
  const addresses = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  [prometheus, ...services] = await Promise.all([
    startPrometheus({
      targets: addresses,
      rules: [evaluatedOften(alertsText), quickRules()],
      alertmanager: alertmanager.address,
      interval: INTERVAL,
    }),
    ...addresses.map((address, index) => startReplica(address, index === 0 ? "a" : "b")),
  ]);
  await until(() => everywhere("workflow_ready == 1"));
});
afterAll(async () => {
  await prometheus?.stop();
  await alertmanager?.stop();
  await pager?.stop();
  await Promise.all(services.map((service) => service.stop()));
  await redis?.stop();
});

function startReplica(httpAddress: string, slot: string): Promise<LocalService> {
  return startLocalService({
    WFC_HTTP_ADDR: httpAddress,
    WFC_SLOT: slot,
    WFC_REDIS_URL: redis.url,
    WFC_RATE_LIMIT: "600/1m+20",
    WFC_CONNECTION_RATE: "off",
    WFC_GLOBAL_RATE: "off",
    WFC_LOG_LEVEL: "silent",
  });
}

/** Without intervals of their own. */
function evaluatedOften(rules: string): string {
  return rules.replaceAll(/^ +interval: .*\n/gm, "");
}

/** The same rules at the pace of a test, told from the others by a label. */
function quickRules(): string {
  return evaluatedOften(alertsText)
    .replaceAll(/\[\d+[mhd]\]/g, `[${WINDOW}]`)
    .replaceAll(/^ +for: .*\n/gm, "")
    .replaceAll("name: workflow-compiler.", "name: quick.")
    .replaceAll("product: workflow-compiler", "product: workflow-compiler, pace: quick");
}

/** docs/alertmanager.yaml, where the pager is ours and hears of everything at once. */
function routesTo({ url }: Pager): object {
  const text = readFileSync(new URL("../../docs/alertmanager.yaml", import.meta.url), "utf8");
  const config = parse(text.replaceAll(/^( +group_(?:wait|interval)): .*$/gm, "$1: 1s"));
  const receivers = config.receivers.map(({ name }: { name: string }) =>
    name === "pager" ? { name, webhook_configs: [{ url, send_resolved: true }] } : { name },
  );
  return { ...config, receivers };
}

/** Whether a query has a sample of each replica. */
async function everywhere(query: string): Promise<boolean> {
  return (await prometheus.query(query)).length === services.length;
}

/** Names of the quick alerts that fire, with their severity. */
async function firing(): Promise<ReadonlySet<string>> {
  const rules = await prometheus.rules();
  const alerts = rules.flatMap(({ name, alerts }) =>
    alerts
      .filter(({ state, labels }) => state === "firing" && labels.pace === "quick")
      .map(({ labels }) => [name, labels.severity]),
  );
  return new Set(alerts.map((parts) => parts.join(" ").replace("WorkflowCompiler", "")));
}

/** Panels that show nothing while all is as in this test. */
const empty: ReadonlyMap<string, string> = new Map([
  ["admission / Not let in / {{type}}", "nobody was refused"],
  ["store / Certificates / holds", "TLS is off"],
]);

test("every query of a panel runs on what Prometheus has scraped from the service, and gives numbers", async () => {
  await Promise.all(services.map((service) => exercise(service, 0)));
  await until(() => everywhere("workflow_backup_last_success_timestamp_seconds"));
  // A rate needs two scrapes, so what has just begun to be counted is done once more. The backup is what is done last.
  await Promise.all(services.map((service) => exercise(service, 1)));
  await until(() => everywhere('rate(workflow_store_operation_duration_seconds_count{operation="backup"}[1m]) > 0'));
  const faults: string[] = [];
  for (const { where, query } of panelQueries()) {
    const samples = await prometheus.query(filled(query, "1m"));
    const numbers = samples.filter(({ value: [, value] }) => value !== "NaN");
    if (numbers.length > 0 === empty.has(where))
      faults.push(`${where}: ${samples.length} samples, ${numbers.length} numbers`);
  }
  expect(faults).toEqual([]);
});

test("every slot has its own line, and its replicas' names are in no label of ours", async () => {
  const [share] = panelQueries().filter(({ where }) => where.startsWith("rollout / Share of the calls"));
  const samples = await prometheus.query(filled(share?.query ?? "", "1m"));
  expect(samples.map(({ metric }) => metric.slot).sort()).toEqual(["a", "b"]);
  const sum = samples.reduce((total, { value: [, value] }) => total + Number(value), 0);
  expect(sum).toBeCloseTo(1);
});

test("every query of an alert runs, and on a healthy service no alert of the chart fires", async () => {
  for (const { alert, expr } of alertRules()) {
    await expect(prometheus.query(expr), alert).resolves.toBeDefined();
  }
  const rules = (await prometheus.rules()).filter(({ labels }) => labels.pace !== "quick");
  expect(rules).toHaveLength(alertRules().length);
  expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
  expect(rules.filter(({ state }) => state === "firing")).toEqual([]);
});

test("alerts fire when something is wrong, reach the pager, and stop when it is mended", async () => {
  const [first, second] = services;
  if (first === undefined || second === undefined) throw new Error("there are no two replicas");
  await redis.kill();
  await drain(second, DrainAction.DRAIN_ACTION_HOLD);
  const load = startLoad(services);
  const wrong = [
    "ErrorRate critical",
    "ErrorRate warning",
    "ErrorBudgetBurn critical",
    "ErrorBudgetBurn warning",
  ].concat(
    ["SlotErrorRate critical", "ReplicaUnhealthy warning", "RateLimiting warning", "CacheHitRate warning"],
    ["CircuitOpen warning"],
  );
  const seen = new Set<string>();
  await until(async () => {
    for (const alert of await firing()) seen.add(alert);
    return wrong.every((alert) => seen.has(alert));
  });
  await until(() => pager.heard.some(({ labels }) => labels.alertname === "WorkflowCompilerErrorRate"));

  await drain(first, DrainAction.DRAIN_ACTION_HOLD);
  await until(async () => (await firing()).has("Down critical"));
  await until(() => pager.heard.some(({ labels }) => labels.alertname === "WorkflowCompilerDown"));
  // Who knows that nothing is there is not told that nothing works.
  await until(async () => {
    const errors = (await alertmanager.alerts()).filter(
      ({ labels }) => labels.alertname === "WorkflowCompilerErrorRate",
    );
    return errors.length > 0 && errors.every(({ status }) => status.inhibitedBy.length > 0);
  });

  await load.end();
  await Promise.all([first, second].map((service) => drain(service, DrainAction.DRAIN_ACTION_RESUME)));
  // A circuit stays open for a minute; the tests of the rules have it close.
  await until(async () => [...(await firing())].every((alert) => alert === "CircuitOpen warning"));
  await until(() =>
    pager.heard.some(({ status, labels }) => status === "resolved" && labels.alertname === "WorkflowCompilerDown"),
  );
  for (const { labels, annotations } of pager.heard) {
    expect(labels.severity).toBe("critical");
    expect(annotations.runbook_url).toMatch(/^https:\/\/workflow-compiler\.dev\/runbooks\/[a-z-]+\.md$/);
    expect(JSON.stringify(annotations)).not.toMatch(/error expanding|no value/);
  }
});
