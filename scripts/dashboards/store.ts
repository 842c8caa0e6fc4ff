import type { Dashboard } from "./dashboard.ts";
import { max, metric, min, quantile, rate, sum } from "./queries.ts";

const operation = "workflow_store_operation_duration_seconds";

export const store: Dashboard = {
  name: "store",
  title: "Store and dependencies",
  description: "The audit log, dead letters, backups, and what the service depends on.",
  rows: [
    {
      title: "Now",
      panels: [
        {
          kind: "number",
          title: "Audit log",
          description: "1: the last verification found it broken. Runbook security-incident.",
          unit: "short",
          queries: { broken: max(metric("workflow_audit_chain_broken")) },
          bad: 1,
        },
        {
          kind: "number",
          title: "Age of the backup",
          description: "Of the last one that was finished. Runbook restore-from-backup.",
          unit: "s",
          queries: {
            age: `time() - max(last_over_time(${metric("workflow_backup_last_success_timestamp_seconds")}[2d]))`,
          },
          bad: 26 * 3_600,
        },
        {
          kind: "number",
          title: "Dead letters",
          description: "Requests that we failed on. Runbook persistent-errors.",
          unit: "short",
          queries: { letters: max(metric("workflow_dead_letters")) },
        },
        {
          kind: "number",
          title: "Certificates",
          description: "How long the first one still holds. Runbook certificate-expiry.",
          unit: "s",
          queries: { holds: `${min(metric("workflow_certificate_expiry_timestamp_seconds"))} - time()` },
          bad: 14 * 86_400,
          low: true,
        },
      ],
    },
    {
      title: "Dependencies",
      panels: [
        {
          kind: "states",
          title: "Circuits",
          description: "0 closed, 1 half-open, 2 open. Runbook circuit-open.",
          unit: "short",
          queries: { "{{name}}, {{instance}}": metric("workflow_circuit_breaker_state") },
          bad: 2,
        },
        {
          kind: "states",
          title: "Components",
          description: "1 healthy, 0.5 degraded, 0 unhealthy; the worst replica.",
          unit: "short",
          queries: { "{{component}}": min(metric("workflow_health_status"), "component") },
          bad: 1,
          low: true,
        },
        {
          kind: "lines",
          title: "Faults",
          description: "That no call need have noticed.",
          unit: "ops",
          queries: {
            "{{type}}": sum(
              rate("workflow_errors_total", 'type=~"worker|store|audit|cache|redis|telemetry|http|uncaught"'),
              "type",
            ),
          },
        },
        {
          kind: "lines",
          title: "Spans",
          description: "That the collector took, and that were lost because it was away or slow.",
          unit: "ops",
          queries: { "{{outcome}}": sum(rate("workflow_trace_spans_total"), "outcome") },
        },
      ],
    },
    {
      title: "Store",
      panels: [
        {
          kind: "lines",
          title: "Operations, p95",
          description: "A store that gets slow holds up audit records first.",
          unit: "s",
          queries: { "{{operation}}": quantile(0.95, operation, "", "operation") },
        },
        {
          kind: "lines",
          title: "Operations",
          description: "A second.",
          unit: "ops",
          queries: { "{{operation}}": sum(rate(`${operation}_count`), "operation") },
        },
      ],
    },
    {
      title: "Audit log and dead letters",
      panels: [
        {
          kind: "lines",
          title: "Audit records",
          description: "Committed and lost, a second. One that is lost is too many: runbook store-unavailable.",
          unit: "ops",
          queries: {
            committed: sum(rate("workflow_audit_records_total")),
            lost: sum(rate("workflow_audit_lost_total")),
          },
        },
        {
          kind: "lines",
          title: "Oldest record that waits",
          description: "Grows while the store is away.",
          unit: "s",
          queries: { "{{instance}}": metric("workflow_audit_lag_seconds") },
        },
        {
          kind: "lines",
          title: "Records that wait",
          description: "In memory, in each replica.",
          unit: "short",
          queries: { "{{instance}}": metric("workflow_audit_queue_records") },
        },
        {
          kind: "lines",
          title: "Last verification",
          description: "How long ago the audit log was verified. Each replica does it once an hour.",
          unit: "s",
          queries: { "{{instance}}": `time() - ${metric("workflow_audit_chain_verified_timestamp_seconds")}` },
        },
        {
          kind: "lines",
          title: "Dead letters",
          description: "Replicas that share a store tell the same number.",
          unit: "short",
          queries: { letters: max(metric("workflow_dead_letters")) },
        },
      ],
    },
  ],
};
