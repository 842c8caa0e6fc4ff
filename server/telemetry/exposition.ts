import { type MetricObjectWithValues, type MetricValue, type OpenMetricsContentType, Registry } from "prom-client";

/** Histograms take exemplars only in a registry of this kind. */
export type MetricRegistry = Registry<OpenMetricsContentType>;

export function createRegistry(): MetricRegistry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/** A scrape's answer. */
export interface Exposition {
  readonly format: "openmetrics" | "prometheus";
  readonly contentType: string;
  readonly text: string;
}

export type Family = MetricObjectWithValues<MetricValue<string>>;

/** prom-client keeps it beside the value; its types do not say so. */
interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  /** In seconds since 1970. */
  readonly timestamp: number;
}

/**
 * The metrics as text. Written here because prom-client renames its counters for good once it has written OpenMetrics
 * (15.1.3), and both formats are asked for: only OpenMetrics carries exemplars.
 */
export function expose(families: readonly Family[], format: Exposition["format"]): Exposition {
  const open = format === "openmetrics";
  const lines = families.flatMap((family) => linesOf(family, open));
  return {
    format,
    contentType: open ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
    text: `${lines.join("\n")}\n${open ? "# EOF\n" : ""}`,
  };
}

function linesOf(family: Family, open: boolean): readonly string[] {
  // prom-client gives the type as text.
  const type = String(family.type);
  const name = open && type === "counter" ? family.name.replace(/_total$/, "") : family.name;
  return [
    `# HELP ${name} ${family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${type}`,
    ...family.values.map((value) => sample(family.name, value, open)),
  ];
}

function sample(familyName: string, value: MetricValue<string>, open: boolean): string {
  const name = "metricName" in value && typeof value.metricName === "string" ? value.metricName : familyName;
  const line = `${name}${labelsOf(value.labels)} ${numberOf(value.value)}`;
  const exemplar = "exemplar" in value ? value.exemplar : null;
  if (!open || !isExemplar(exemplar)) return line;
  return `${line} # ${labelsOf(exemplar.labelSet)} ${numberOf(exemplar.value)} ${exemplar.timestamp.toFixed(3)}`;
}

function labelsOf(labels: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberOf(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function isExemplar(value: unknown): value is Exemplar {
  return typeof value === "object" && value !== null && "labelSet" in value && "timestamp" in value;
}
