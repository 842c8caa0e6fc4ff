import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  type CompileOptions,
  CompilerServiceService as Contract,
  Target,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { OperationsServiceService as Operations } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { Format, type Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { call, connect } from "../service/harness.ts";
import { type Collector, startCollector } from "./collector.ts";
import { type Declared, type DeclaredMetric, faultsOf, readDeclared } from "./declared.ts";

/** Stands in definitions only: it must not be in anything that the service tells of them. */
const marker = "zqDefinitionText";

const definition = (body: string): Source => ({
  format: Format.FORMAT_UNSPECIFIED,
  content: Buffer.from(
    `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: live, version: 1.0.0, type: order }\nspec: { ${body} }\n`,
  ),
  name: "live.yaml",
});
const valid = definition(`nodes: [{ id: ${marker}, type: core.transform, with: { value: "${marker}" } }]`);
const invalid = definition(`nodes: [{ id: ${marker}, type: ${marker}.unknown }]`);

const declared: Declared = readDeclared();
let collector: Collector;
let service: LocalService;
let openMetrics = "";
let prometheus = "";
let lines: readonly Record<string, unknown>[] = [];

beforeAll(async () => {
  collector = await startCollector();
  service = await startLocalService(
    {
      WFC_LOG_LEVEL: "info",
      WFC_OTLP_URL: collector.url,
      WFC_TRACE_SHARE: "1",
      WFC_RATE_LIMIT: "60/1m+20",
      WFC_STORE: "sqlite::memory:",
      WFC_OPERATIONS_ADDR: "127.0.0.1:0",
    },
    { keepLog: true },
  );
  await makeCalls();
  // Calls are counted and logged when they have ended, which is a moment after their answers have come.
  await sleep(300);
  openMetrics = await scrape("application/openmetrics-text;version=1.0.0");
  prometheus = await scrape("text/plain");
  await service.stop();
  lines = service
    .log()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
});
afterAll(async () => {
  await service?.stop();
  collector?.stop();
});

async function scrape(accept: string): Promise<string> {
  const response = await fetch(`${service.httpUrl}/metrics`, { headers: { accept } });
  return response.text();
}

async function makeCalls(): Promise<void> {
  const options = {
    target: Target.TARGET_UNSPECIFIED,
    noCache: false,
    profile: false,
    allowInlineCode: false,
    ir: false,
    controlFlow: false,
  };
  for (const source of [valid, valid, invalid]) await service.call(Contract.compile, { source, options });
  for (const source of [valid, invalid])
    await service.call(Contract.validate, { source, profile: false, allowInlineCode: false, fix: false });
  await failing(service.call(Contract.compile, { source: undefined, options }));
  await failing(service.call(Contract.explainDiagnostic, { code: "WF_NO_001" }));
  for (let i = 0; i < 25; i++) await failing(service.call(Contract.listComponents, { typePrefix: "core." }));
  await stream(options);
  await rubbish("/workflow.compiler.v1.CompilerService/Compile");
  await rubbish("/made.up.Service/Method");
  await operate();
}

async function operate(): Promise<void> {
  const client = new Client(service.operationsAddress, credentials.createInsecure());
  await call(client, Operations.getStatus, {});
  await call(client, Operations.verifyAuditLog, { knownHeads: [] });
  client.close();
}

async function failing(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {});
}

async function stream(options: CompileOptions): Promise<void> {
  const client = connect(service.address);
  const call = client.compileStream();
  for (const id of ["a", "b"]) call.write({ id, source: valid, options });
  call.end();
  let answers = 0;
  for await (const _answer of call) answers++;
  client.close();
  expect(answers).toBe(2);
}

/** Bytes that are no message, or a method that there is not. */
async function rubbish(path: string): Promise<void> {
  const client = new Client(service.address, credentials.createInsecure());
  const bytes = (buffer: Buffer): Buffer => buffer;
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(path, bytes, bytes, Buffer.from([0xff, 0xff, 0xff]), new Metadata(), (failure) =>
      resolve(failure),
    );
  });
  client.close();
  expect(error).not.toBeNull();
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly name: string; readonly labels: ReadonlyMap<string, string> }[];
}

function familiesOf(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family>();
  let current: { name: string; help: string } = { name: "", help: "" };
  for (const line of text.split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") current = { name, help: rest };
    else if (kind === "TYPE") families.set(name, { type: rest, help: current.help, samples: [] });
    else if (line !== "" && !line.startsWith("#")) families.get(current.name)?.samples.push(sampleOf(line));
  }
  return families;
}

function sampleOf(line: string): Family["samples"][number] {
  const [, name = "", text = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*?)\})? [-+\w.]+(?: # .*)?$/.exec(line) ?? [];
  if (name === "") throw new Error(`no sample: ${line}`);
  const labels = new Map(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", value = ""]) => [label, value]),
  );
  return { name, labels };
}

function metricFaults(metric: DeclaredMetric, family: Family | undefined): readonly string[] {
  if (family === undefined) return [`${metric.name} is missing`];
  const faults: string[] = [];
  if (family.type !== metric.type) faults.push(`${metric.name} is a ${family.type}`);
  if (family.help !== metric.help) faults.push(`${metric.name} has another help: ${family.help}`);
  if (metric.when === undefined && family.samples.length === 0) faults.push(`${metric.name} has no sample`);
  for (const { name, labels } of family.samples) {
    if (
      name !== metric.name &&
      !(metric.type === "histogram" && /^_(bucket|sum|count)$/.test(name.slice(metric.name.length)))
    )
      faults.push(`${metric.name} has a sample ${name}`);
    const names = [...labels.keys()].filter((label) => label !== "le");
    if (
      names.sort().join() !==
      Object.keys(metric.labels ?? {})
        .sort()
        .join()
    )
      faults.push(`${name} has labels ${names}`);
  }
  for (const [label, allowed] of Object.entries(metric.labels ?? {})) {
    const values = new Set(family.samples.flatMap(({ labels }) => labels.get(label) ?? []));
    const wrong = [...values].filter((value) =>
      "values" in allowed ? !allowed.values.includes(value) : !new RegExp(`^(?:${allowed.pattern})$`).test(value),
    );
    faults.push(...wrong.map((value) => `${metric.name} has ${label}=${JSON.stringify(value)}`));
    if ("max" in allowed && values.size > allowed.max)
      faults.push(`${metric.name} has ${values.size} values of ${label}`);
  }
  return faults;
}

test("every metric that a scrape gives is declared, and every declared one is there with its type, labels and values", () => {
  const families = familiesOf(prometheus);
  const known = new Set(declared.metrics.map(({ name }) => name));
  expect([...families.keys()].filter((name) => !known.has(name))).toEqual([]);
  expect(declared.metrics.flatMap((metric) => metricFaults(metric, families.get(metric.name)))).toEqual([]);
  expect([...familiesOf(openMetrics).keys()].sort()).toEqual(
    declared.metrics.map(({ name, type }) => (type === "counter" ? name.replace(/_total$/, "") : name)).sort(),
  );
});

test("what happened was counted", () => {
  const has = (series: string) =>
    expect(prometheus).toMatch(new RegExp(`^${series.replaceAll(/[{}]/g, "\\$&")}$`, "m"));
  has('workflow_requests_total{method="Compile",code="OK"} 3');
  has('workflow_requests_total{method="Compile",code="INVALID_ARGUMENT"} 2');
  has('workflow_requests_total{method="CompileStream",code="OK"} 1');
  has('workflow_requests_total{method="ExplainDiagnostic",code="NOT_FOUND"} 1');
  has('workflow_requests_total{method="other",code="UNIMPLEMENTED"} 1');
  has('workflow_rate_limited_total{method="ListComponents"} [1-9]\\d*');
  has('workflow_messages_total{direction="received"} 2');
  has('workflow_messages_total{direction="sent"} 2');
  has('workflow_compilations_total{status="invalid",workflow_type="order"} 1');
  has('workflow_validations_total{status="valid"} 1');
  has('workflow_validation_errors_total{error_code="WF_SCHEMA_001"} 2');
  has('workflow_peer_faults_total{fault="malformed_message"} 1');
  has('workflow_health_status{component="typescript_compiler"} 1');
  has('workflow_requests_total{method="OperationsService/VerifyAuditLog",code="OK"} 1');
  has("workflow_audit_chain_broken 0");
  has("workflow_ready 1");
  const bytes = Number(/^workflow_compiler_memory_bytes (\S+)$/m.exec(prometheus)?.[1]);
  const own = Number(/^process_resident_memory_bytes (\S+)$/m.exec(prometheus)?.[1]);
  expect(bytes).toBeGreaterThan(own + 5e6);
});

test("every span is declared with its attributes, and nothing of a definition is in them", () => {
  const { resource, names } = declared.spans;
  const patterns = names.map(({ name, pattern }) => new RegExp(`^(?:${pattern ?? name.replaceAll(".", "\\.")})$`));
  const seen = new Set<number>();
  const faults: string[] = [];
  const kinds = { internal: 1, server: 2 } as const;
  for (const span of collector.spans) {
    const index = patterns.findIndex((pattern) => pattern.test(span.name));
    const entry = names[index];
    seen.add(index);
    if (entry === undefined) faults.push(`span ${span.name} is not declared`);
    else faults.push(...faultsOf(span.attributes, entry.attributes, span.name));
    if (entry && span.kind !== kinds[entry.kind]) faults.push(`span ${span.name} is of kind ${span.kind}`);
    faults.push(...faultsOf(span.resource, resource, `resource of ${span.name}`));
  }
  names.forEach(({ name, when }, index) => {
    if (when === undefined && !seen.has(index)) faults.push(`no span ${name}`);
  });
  expect(faults).toEqual([]);
  const told = collector.spans.map(({ name, attributes }) => [name, ...attributes]);
  expect(JSON.stringify(told)).not.toContain(marker);
});

test("the stages of a compile stand within its call, and its exemplar and log line name the trace", () => {
  const compiles = collector.spans.filter(({ name }) => name.endsWith("CompilerService/Compile"));
  const stage = collector.spans.find(({ name }) => name === "stage.typecheck");
  const call = compiles.find(({ spanId }) => spanId === stage?.parentSpanId);
  expect(call?.traceId).toBe(stage?.traceId);
  expect(call?.attributes.get("workflow.cache")).toBe("miss");
  expect(openMetrics).toMatch(
    /^workflow_compilation_duration_seconds_bucket\{.*\} \d+ # \{trace_id="[0-9a-f]{32}"\} /m,
  );
  const traced = lines.filter(({ message, traceId }) => message === "call" && traceId === call?.traceId);
  expect(traced).toHaveLength(1);
  expect(traced[0]).toMatchObject({ method: "workflow.compiler.v1.CompilerService/Compile", code: "OK" });
});

test("every field of every log line is declared, and nothing of a definition is in them", () => {
  const { fields, lines: known } = declared.log;
  const faults = lines.flatMap((line) => {
    const entry = known.find(({ message }) => message === line.message);
    const missing = entry?.always.filter((name) => !(name in line)) ?? [];
    const level = entry && entry.level !== line.level ? [`"${line.message}" is of level ${line.level}`] : [];
    return [
      ...faultsOf(new Map(Object.entries(line)), fields, `line "${line.message}"`),
      ...missing.map((name) => `line "${line.message}" has no ${name}`),
      ...level,
    ];
  });
  for (const { message, when } of known)
    if (when === undefined && !lines.some((line) => line.message === message)) faults.push(`no line "${message}"`);
  expect(faults).toEqual([]);
  expect(lines.filter(({ message }) => message === "call").length).toBeGreaterThan(30);
  expect(JSON.stringify(lines)).not.toContain(marker);
});
