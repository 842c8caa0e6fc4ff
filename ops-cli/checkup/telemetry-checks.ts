import { type Check, each, judged, skipped } from "./check.ts";
import { circuit, setting } from "./sight.ts";

export const telemetryChecks: readonly Check[] = [
  {
    id: "metrics-served",
    category: "telemetry",
    good: "/metrics is served",
    hint: "Is the HTTP port open from here? It is WFC_HTTP_ADDR.",
    link: "docs/telemetry.md",
    judge: ({ replicas }) =>
      replicas.every(({ metrics }) => metrics === null)
        ? skipped("the port is not known")
        : judged(
            [],
            each(replicas, ({ metrics }) => (metrics === "not reached" ? "it cannot be reached" : "")),
          ),
  },
  {
    id: "prometheus-scrapes",
    category: "telemetry",
    good: "Prometheus scrapes every replica",
    hint: "Look at its targets page; the chart's monitoring.serviceMonitor makes them known.",
    link: "docs/telemetry.md",
    judge: ({ scraped, replicas, target }) => {
      if (scraped === null) return skipped("WFOPS_PROMETHEUS is not set");
      if (typeof scraped === "string") return judged([`${target.prometheus}: ${scraped}`]);
      return judged([], scraped < replicas.length ? [`it knows ${scraped} of ${replicas.length}`] : []);
    },
  },
  {
    id: "traces-sent",
    category: "telemetry",
    good: "traces reach their collector",
    hint: "Is the collector of WFC_OTLP_URL up? Nothing but traces is lost.",
    link: "docs/telemetry.md#traces",
    judge: ({ replicas }) =>
      replicas.every((sight) => setting(sight, "WFC_OTLP_URL") === "")
        ? skipped("WFC_OTLP_URL is not set")
        : judged(
            [],
            each(replicas, (sight) => circuit(sight, "telemetry")),
          ),
  },
  {
    id: "log-level",
    category: "telemetry",
    good: "no more is logged than usual",
    hint: "Go back with `wfops loglevel info`.",
    link: "docs/telemetry.md#logs",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { logLevel } }) =>
          ["trace", "debug"].includes(logLevel) ? `it is ${logLevel}` : "",
        ),
      ),
  },
];
