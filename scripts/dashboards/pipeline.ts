import type { Dashboard } from "./dashboard.ts";
import { metric, quantile, rate, sum } from "./queries.ts";

const stage = "workflow_stage_duration_seconds";
const queue = "workflow_queue_duration_seconds";

export const pipeline: Dashboard = {
  name: "pipeline",
  title: "Compile pipeline",
  description: "What the compiler does, stage by stage.",
  rows: [
    {
      title: "Stages",
      panels: [
        {
          kind: "lines",
          title: "Stages, p95",
          description: "The type-check is the slowest one, as a rule. Another one that grows is a finding.",
          unit: "s",
          queries: { "{{stage}}": quantile(0.95, stage, "", "stage") },
        },
        {
          kind: "lines",
          title: "Stages, p50",
          description: "What a stage takes for the definition in the middle.",
          unit: "s",
          queries: { "{{stage}}": quantile(0.5, stage, "", "stage") },
        },
        {
          kind: "lines",
          title: "Where the time goes",
          description: "Share of each stage of the time that compiling takes.",
          unit: "percentunit",
          queries: { "{{stage}}": `${sum(rate(`${stage}_sum`), "stage")} / scalar(${sum(rate(`${stage}_sum`))})` },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Wait for a worker",
          description: "More than the compilation itself takes: more replicas, or more WFC_WORKERS.",
          unit: "s",
          queries: { p50: quantile(0.5, queue), p95: quantile(0.95, queue), p99: quantile(0.99, queue) },
        },
      ],
    },
    {
      title: "Runs",
      panels: [
        {
          kind: "lines",
          title: "Compilations by outcome",
          description: "`invalid` is the definition's fault, `error` ours. Answers from the cache are not here.",
          unit: "ops",
          queries: { "{{status}}": sum(rate("workflow_compilations_total"), "status") },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Validations by outcome",
          description: "Definitions that were validated and not compiled.",
          unit: "ops",
          queries: { "{{status}}": sum(rate("workflow_validations_total"), "status") },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Compilations by workflow type",
          description: "The ten types of which most are compiled.",
          unit: "ops",
          queries: { "{{workflow_type}}": `topk(10, ${sum(rate("workflow_compilations_total"), "workflow_type")})` },
          stacked: true,
        },
        {
          kind: "lines",
          title: "Slowest workflow types, p95",
          description: "The ten types that take longest.",
          unit: "s",
          queries: {
            "{{workflow_type}}": `topk(10, ${quantile(0.95, "workflow_compilation_duration_seconds", "", "workflow_type")})`,
          },
        },
        {
          kind: "lines",
          title: "Diagnostics",
          description: "The ten errors that definitions have most. WF_COMPILE_002 and WF_COMPILE_004 are ours.",
          unit: "ops",
          queries: { "{{error_code}}": `topk(10, ${sum(rate("workflow_validation_errors_total"), "error_code")})` },
        },
      ],
    },
    {
      title: "Workers",
      panels: [
        {
          kind: "lines",
          title: "Workers",
          description: "Busy workers, all workers, and definitions that wait.",
          unit: "short",
          queries: {
            busy: sum(metric("workflow_workers_busy")),
            all: sum(metric("workflow_workers")),
            wait: sum(metric("workflow_queue_depth")),
          },
        },
        {
          kind: "lines",
          title: "Workers replaced",
          description:
            "`fault`: the compiler ended by itself. `job_limit` and `memory_limit`: a definition took too long, or too much. Runbook persistent-errors.",
          unit: "ops",
          queries: { "{{reason}}": sum(rate("workflow_worker_restarts_total"), "reason") },
        },
      ],
    },
  ],
};
