import fc from "fast-check";
import { expect, test } from "vitest";
import { createMetrics, type Metrics } from "../../server/telemetry/metrics.ts";
import { samplesOf } from "./exposition.ts";

const compile = "workflow.compiler.v1.CompilerService/Compile";
const check = "grpc.health.v1.Health/Check";

const create = (): Metrics => createMetrics({ version: "1.2.3", slot: "blue", methods: [compile, check] });

async function read(metrics: Metrics, format: "openmetrics" | "prometheus" = "prometheus") {
  return samplesOf((await metrics.scrape(format)).text);
}

const run = {
  status: "success",
  workflowType: "order",
  durationMs: 30,
  stages: [
    { name: "source", durationMs: 5 },
    { name: "typecheck", durationMs: 15 },
  ],
  errorCodes: [],
  traceId: "",
} as const;

test("a call counts by its method and status, and its time goes into a histogram", async () => {
  const metrics = create();
  metrics.callEnded({ method: compile, traceId: "" }, { code: "OK", durationMs: 3 });
  metrics.callEnded({ method: check, traceId: "" }, { code: "INTERNAL", durationMs: 3 });
  metrics.callEnded({ method: "made.up/Method", traceId: "" }, { code: "MADE_UP", durationMs: 3 });
  const samples = await read(metrics);
  expect(samples.get('workflow_requests_total{method="Compile",code="OK"}')).toBe(1);
  expect(samples.get('workflow_requests_total{method="Health/Check",code="INTERNAL"}')).toBe(1);
  // What fails for a reason of ours is there before it happens, so that a rate sees the first time too.
  expect(samples.get('workflow_requests_total{method="Compile",code="UNAVAILABLE"}')).toBe(0);
  expect(samples.has('workflow_requests_total{method="Health/Check",code="UNAVAILABLE"}')).toBe(false);
  expect(samples.get('workflow_requests_total{method="other",code="other"}')).toBe(1);
  expect(samples.get('workflow_errors_total{type="internal"}')).toBe(1);
  expect(samples.get('workflow_request_duration_seconds_bucket{le="0.0025",method="Compile"}')).toBe(0);
  expect(samples.get('workflow_request_duration_seconds_bucket{le="0.005",method="Compile"}')).toBe(1);
});

test("a run of the compiler tells its status, its stages, and how long it waited", async () => {
  const metrics = create();
  metrics.compiled(run);
  metrics.compiled({ ...run, status: "invalid", stages: [], errorCodes: ["WF_TYPE_001", "WF_TYPE_001", "made up"] });
  metrics.validated({ ...run, status: "valid" });
  const samples = await read(metrics);
  expect(samples.get('workflow_compilations_total{status="success",workflow_type="order"}')).toBe(1);
  expect(samples.get('workflow_compilations_total{status="invalid",workflow_type="order"}')).toBe(1);
  expect(samples.get('workflow_compilation_duration_seconds_count{workflow_type="order"}')).toBe(2);
  expect(samples.get('workflow_stage_duration_seconds_sum{stage="typecheck"}')).toBeCloseTo(0.03);
  expect(samples.get("workflow_queue_duration_seconds_sum")).toBeCloseTo(0.02);
  expect(samples.get('workflow_validation_errors_total{error_code="WF_TYPE_001"}')).toBe(2);
  expect(samples.get('workflow_validation_errors_total{error_code="other"}')).toBe(1);
  expect(samples.get('workflow_validations_total{status="valid"}')).toBe(1);
});

test("whatever types definitions name, the number of series is bounded and no label can break out", async () => {
  const hostile = create();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary", maxLength: 60 }), { maxLength: 100 }), async (types) => {
      for (const workflowType of types) hostile.compiled({ ...run, workflowType });
      count += types.length;
      const samples = await read(hostile);
      const series = [...samples.keys()].filter((key) => key.startsWith("workflow_compilations_total{"));
      expect(series.length).toBeLessThanOrEqual(52);
      for (const key of series)
        expect(key).toMatch(/^workflow_compilations_total\{status="success",workflow_type="[A-Za-z0-9_.-]{1,40}"\}$/);
      expect(series.reduce((sum, key) => sum + (samples.get(key) ?? 0), 0)).toBe(count);
    }),
    { numRuns: 50 },
  );
  const metrics = create();
  for (let i = 0; i < 1_000; i++) metrics.compiled({ ...run, workflowType: `type-${i}` });
  const samples = await read(metrics);
  expect(samples.get('workflow_compilations_total{status="success",workflow_type="other"}')).toBe(950);
});

test("both formats can be scraped in any order and say the same", async () => {
  const metrics = create();
  metrics.callEnded({ method: compile, traceId: "" }, { code: "OK", durationMs: 3 });
  const first = await metrics.scrape("prometheus");
  const open = await metrics.scrape("openmetrics");
  const again = await metrics.scrape("prometheus");
  expect(first.contentType).toContain("text/plain; version=0.0.4");
  expect(open.contentType).toContain("application/openmetrics-text; version=1.0.0");
  expect(first.text).toContain("# TYPE workflow_requests_total counter");
  expect(again.text).toContain("# TYPE workflow_requests_total counter");
  expect(open.text).toContain("# TYPE workflow_requests counter\nworkflow_requests_total{");
  expect(open.text.endsWith("# EOF\n")).toBe(true);
  expect(samplesOf(open.text).get('workflow_requests_total{method="Compile",code="OK"}')).toBe(1);
  expect([...samplesOf(open.text).keys()].sort()).toEqual([...samplesOf(again.text).keys()].sort());
});

test("what took part in a recorded trace names it as exemplar, in OpenMetrics only", async () => {
  const metrics = create();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  metrics.callEnded({ method: compile, traceId }, { code: "OK", durationMs: 3 });
  metrics.compiled({ ...run, traceId });
  const { text } = await metrics.scrape("openmetrics");
  const exemplar = (name: string) => text.split("\n").find((line) => line.startsWith(name) && line.includes(" # "));
  expect(exemplar("workflow_request_duration_seconds_bucket")).toMatch(
    / 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c"\} 0\.003 \d+\.\d{3}$/,
  );
  expect(exemplar("workflow_compilation_duration_seconds_bucket")).toContain(traceId);
  expect(exemplar("workflow_stage_duration_seconds_bucket")).toContain(traceId);
  expect((await metrics.scrape("prometheus")).text).not.toContain(traceId);
});

test("readings are taken at a scrape; what is not known or fails has no sample", async () => {
  const metrics = create();
  let fails = false;
  metrics.read({
    cache: () => ({
      entries: 3,
      bytes: 900,
      capacityBytes: 1_000,
      evictions: 4,
      uses: { memory: 5, redis: 1, store: 0, coalesced: 2, miss: 7, bypassed: 1 },
    }),
    concurrency: () => ({ limit: null, underWay: 2, waiting: 0, shed: 9 }),
    guards: () => [{ name: "redis", state: () => "open" }],
    deadLetters: () => (fails ? Promise.reject(new Error("the store is away")) : 12),
    rateLimits: () => [
      { name: "call", rate: { count: 120, perMs: 60_000 }, refused: 3 },
      { name: "global", rate: null, refused: 0 },
    ],
    certificates: () => [
      { use: "server", notAfter: 2_000_000 },
      { use: "server", notAfter: 1_000_000 },
    ],
  });
  const samples = await read(metrics);
  expect(samples.get("workflow_cache_hits_total")).toBe(8);
  expect(samples.get("workflow_cache_misses_total")).toBe(7);
  expect(samples.get("workflow_cache_size")).toBe(3);
  expect(samples.get('workflow_cache_tier_hits_total{tier="memory"}')).toBe(5);
  expect(samples.get('workflow_circuit_breaker_state{name="redis"}')).toBe(2);
  expect(samples.has("workflow_concurrency_limit")).toBe(false);
  expect(samples.get("workflow_concurrency_shed_total")).toBe(9);
  expect(samples.get("workflow_dead_letters")).toBe(12);
  expect(samples.get('workflow_rate_limit_per_second{limit="call"}')).toBe(2);
  expect(samples.has('workflow_rate_limit_per_second{limit="global"}')).toBe(false);
  expect(samples.get('workflow_certificate_expiry_timestamp_seconds{certificate="server"}')).toBe(1_000);
  expect(samples.has("workflow_audit_lag_seconds")).toBe(false);
  fails = true;
  const after = await read(metrics);
  expect(after.has("workflow_dead_letters")).toBe(false);
  expect(after.get("workflow_cache_hits_total")).toBe(8);
});
