import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import type { DeclaredMetric, LabelValues } from "../telemetry/declared.ts";

/** What queries may name: samples by name, as Prometheus has them. */
export type Known = ReadonlyMap<string, KnownSample>;

interface KnownSample {
  readonly counts: boolean;
  readonly labels: Readonly<Record<string, LabelValues>>;
}

/** Given by Prometheus to each sample, from where it was scraped. */
const targetLabels = ["namespace", "job", "instance", "pod"];

const anything: LabelValues = { pattern: ".*", max: Number.POSITIVE_INFINITY };

/** What queries name that the service does not tell of itself: of Prometheus, and of kube-state-metrics. */
const outside: readonly [string, KnownSample][] = [
  ["up", { counts: false, labels: {} }],
  [
    "ALERTS",
    { counts: false, labels: { alertname: anything, alertstate: anything, severity: anything, product: anything } },
  ],
  ["kube_pod_container_status_restarts_total", { counts: true, labels: { container: anything } }],
  ["kube_pod_container_status_waiting_reason", { counts: false, labels: { container: anything, reason: anything } }],
];

export function knownSamples(metrics: readonly DeclaredMetric[]): Known {
  return new Map([
    ...outside,
    ...metrics.flatMap(({ name, type, labels = {} }): [string, KnownSample][] => {
      if (type !== "histogram") return [[name, { counts: type === "counter", labels }]];
      return [
        [`${name}_bucket`, { counts: true, labels: { ...labels, le: anything } }],
        [`${name}_sum`, { counts: true, labels }],
        [`${name}_count`, { counts: true, labels }],
      ];
    }),
  ]);
}

/** A query of a dashboard with Grafana's variables filled in, as for all releases. */
export function filled(query: string, rateInterval: string): string {
  return query.replaceAll("$__rate_interval", rateInterval).replaceAll(/"\$(namespace|job)"/g, '".*"');
}

/** What is wrong with a query: its syntax, metrics and labels that there are not, values that a label never has. */
export function queryFaults(query: string, known: Known): readonly string[] {
  const faults: string[] = [];
  parser.parse(query).iterate({
    enter({ type, node }) {
      if (type.isError) faults.push(`no PromQL at ${node.from}: ${query.slice(node.from, node.from + 20)}`);
      else faults.push(...(checks[type.name]?.(node, query, known) ?? []));
    },
  });
  return faults;
}

type Check = (node: SyntaxNode, query: string, known: Known) => readonly string[];

const checks: Readonly<Record<string, Check>> = {
  VectorSelector: selectorFaults,
  // A grouping is right if something that stands within the same expression has the label.
  GroupingLabels(node, query, known) {
    const scope = node.parent?.parent;
    const labels = new Set(targetLabels);
    for (const selector of scope ? within(scope, "VectorSelector") : [])
      for (const label of Object.keys(known.get(nameOf(selector, query))?.labels ?? {})) labels.add(label);
    return node
      .getChildren("LabelName")
      .map((label) => textOf(label, query))
      .filter((label) => !labels.has(label))
      .map((label) => `nothing has a label ${label}`);
  },
  FunctionCall(node, query, known) {
    const called = textOf(node.getChild("FunctionIdentifier"), query);
    const names = within(node, "VectorSelector").map((selector) => nameOf(selector, query));
    if (
      called === "histogram_quantile" &&
      !names.every((name) => name.endsWith("_bucket") || name === "workflow_build_info")
    )
      return [`histogram_quantile of ${names}`];
    const [name = ""] = names;
    const counts = known.get(name)?.counts;
    if (/^(rate|increase)$/.test(called) && counts === false) return [`${called} of ${name}, which is no counter`];
    if (/^(delta|deriv|max_over_time)$/.test(called) && counts === true) return [`${called} of the counter ${name}`];
    return [];
  },
};

function selectorFaults(node: SyntaxNode, query: string, known: Known): readonly string[] {
  const name = nameOf(node, query);
  const sample = known.get(name);
  if (sample === undefined) return [`no metric ${name}`];
  return within(node, "UnquotedLabelMatcher").flatMap((matcher) => {
    const label = textOf(matcher.getChild("LabelName"), query);
    if (targetLabels.includes(label)) return [];
    const values = sample.labels[label];
    if (values === undefined) return [`${name} has no label ${label}`];
    const operator = textOf(matcher.getChild("MatchOp"), query);
    const value: string = JSON.parse(textOf(matcher.getChild("StringLiteral"), query));
    const parts = operator.includes("~") ? value.split("|").map((part) => new RegExp(`^(?:${part})$`)) : [value];
    return parts.filter((part) => !canBe(part, values)).map((part) => `${name} never has ${label}=${part}`);
  });
}

function canBe(wanted: string | RegExp, allowed: LabelValues): boolean {
  if ("values" in allowed)
    return allowed.values.some((value) => (typeof wanted === "string" ? wanted === value : wanted.test(value)));
  return typeof wanted !== "string" || new RegExp(`^(?:${allowed.pattern})$`).test(wanted);
}

function within(node: SyntaxNode, type: string): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((inner) => {
    if (inner.name === type) found.push(inner.node);
  });
  return found;
}

function nameOf(selector: SyntaxNode, query: string): string {
  return textOf(selector.getChild("Identifier"), query);
}

function textOf(node: SyntaxNode | null, query: string): string {
  return node === null ? "" : query.slice(node.from, node.to);
}
