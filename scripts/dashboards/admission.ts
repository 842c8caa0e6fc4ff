import type { Dashboard } from "./dashboard.ts";
import { metric, rate, sum } from "./queries.ts";

export const admission: Dashboard = {
  name: "admission",
  title: "Admission",
  description: "Who is let in: rate limits, the concurrency limit, connections, and what peers do wrong.",
  rows: [
    {
      title: "Rate limits",
      panels: [
        {
          kind: "lines",
          title: "Refused by method",
          description: "Calls and messages, a second. Who it was stands in the log. Runbook rate-limit-exceeded.",
          unit: "ops",
          queries: { "{{method}}": sum(rate("workflow_rate_limited_total"), "method") },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Refused by limit",
          description: "`global` refuses everybody: it should be larger than what all callers need.",
          unit: "ops",
          queries: { "{{limit}}": sum(rate("workflow_rate_limit_refused_total"), "limit") },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Limits",
          description: "What each caller is given a second. Operators can change it at run time.",
          unit: "ops",
          queries: { "{{limit}}, {{instance}}": metric("workflow_rate_limit_per_second") },
        },
        {
          kind: "lines",
          title: "Not let in",
          description: "Calls without a good certificate or token, or without the role.",
          unit: "ops",
          queries: {
            "{{type}}": sum(rate("workflow_errors_total", 'type=~"unauthenticated|permission_denied"'), "type"),
          },
        },
      ],
    },
    {
      title: "Concurrency",
      panels: [
        {
          kind: "lines",
          title: "Limit and use",
          description: "How many definitions the compiler is given at once, over all replicas.",
          unit: "short",
          queries: {
            limit: sum(metric("workflow_concurrency_limit")),
            "in flight": sum(metric("workflow_concurrency_in_flight")),
            waiting: sum(metric("workflow_concurrency_waiting")),
          },
        },
        {
          kind: "lines",
          title: "Sent away",
          description: "With UNAVAILABLE, for want of room: more replicas are needed.",
          unit: "ops",
          queries: { shed: sum(rate("workflow_concurrency_shed_total")) },
        },
      ],
    },
    {
      title: "Peers",
      panels: [
        {
          kind: "lines",
          title: "Connections and streams",
          description: "That are open, in each replica.",
          unit: "short",
          queries: {
            "connections, {{instance}}": metric("workflow_connections"),
            "streams, {{instance}}": metric("workflow_active_streams"),
          },
        },
        {
          kind: "lines",
          title: "Faults of peers",
          description: "What peers did wrong below the level of a request. A rise may be an attack.",
          unit: "ops",
          queries: { "{{fault}}": sum(rate("workflow_peer_faults_total"), "fault") },
        },
      ],
    },
  ],
};
