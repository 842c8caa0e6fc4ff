import { status } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo, RetryInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import {
  CompilerServiceService as Contract,
  Target,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Category, Severity } from "@workflow-compiler/proto/gen/workflow/compiler/v1/diagnostic.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { afterEach, describe, expect, test } from "vitest";
import type { Artifact, CompilePool } from "../../server/artifact.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import {
  connect,
  emptyCompilation,
  failureOf,
  type Harness,
  call as send,
  sourceOf,
  startHarness,
  validAnswer,
} from "./harness.ts";

let harness: Harness;
afterEach(() => harness.stop());

const start = async (pool: Partial<CompilePool>, more = {}) => {
  harness = await startHarness(pool, more);
  return {
    validate: (source: ReturnType<typeof sourceOf> | undefined, profile = false, allowInlineCode = false) =>
      send(harness.client, Contract.validate, { source, profile, allowInlineCode, fix: false }),
    compile: (source: ReturnType<typeof sourceOf> | undefined, options = {}) =>
      send(harness.client, Contract.compile, {
        source,
        options: {
          target: Target.TARGET_UNSPECIFIED,
          noCache: false,
          profile: false,
          allowInlineCode: false,
          ir: false,
          controlFlow: false,
          ...options,
        },
      }),
    explain: (code: string) => send(harness.client, Contract.explainDiagnostic, { code }),
    list: (typePrefix: string) => send(harness.client, Contract.listComponents, { typePrefix }),
  };
};

describe("answers", () => {
  test("an invalid definition is an answer, with everything that a diagnostic holds", async () => {
    const findings = createFindings();
    const origin = { span: { start: 8, end: 19 }, pointer: "/a~1b", node: "fetch" };
    findings.report(
      "WF_SCHEMA_001",
      origin,
      { type: "http.reqest", nearest: "http.request" },
      {
        fixes: [{ title: "Write http.request", patch: [{ op: "replace", path: "/a~1b", value: "http.request" }] }],
      },
    );
    const diagnostics = render(findings.list, 'line\n  "http.reqest"');
    const { validate } = await start({
      validate: async () => ({
        ...validAnswer,
        valid: false,
        diagnostics,
        stages: [
          { name: "source", durationMs: 1 },
          { name: "checks", durationMs: 3 },
        ],
      }),
    });
    const response = await validate(sourceOf("x"), true);
    expect(response.valid).toBe(false);
    expect(response.format).toBe(Format.FORMAT_GRAPH);
    expect(response.diagnostics).toEqual([
      {
        code: "WF_SCHEMA_001",
        message: "unknown component `http.reqest`; did you mean `http.request`?",
        category: Category.CATEGORY_SCHEMA,
        severity: Severity.SEVERITY_ERROR,
        location: {
          nodeId: "fetch",
          field: "/a~1b",
          line: 2,
          column: 4,
          endLine: 2,
          endColumn: 15,
          snippet: '  "http.reqest"',
          generated: undefined,
        },
        suggestions: expect.arrayContaining(["Write `http.request`."]),
        docsLinks: [expect.stringContaining("WF_SCHEMA_001")],
        cause: undefined,
        context: new Map([
          ["type", "http.reqest"],
          ["nearest", "http.request"],
        ]),
        fixes: [{ title: "Write http.request", jsonPatch: '[{"op":"replace","path":"/a~1b","value":"http.request"}]' }],
      },
    ]);
    expect(response.profile).toEqual({
      totalMs: 4,
      stages: [
        { name: "source", durationMs: 1, percentage: 25 },
        { name: "checks", durationMs: 3, percentage: 75 },
      ],
      bottleneck: "checks",
    });
    expect((await validate(sourceOf("x"))).profile).toBeUndefined();
  });

  test("an artifact arrives whole", async () => {
    const artifact: Artifact = {
      digest: "d".repeat(64),
      compilerVersion: "0.1.0",
      workflowName: "order",
      entrypoint: "workflow.js",
      files: [{ path: "workflow.ts", content: "export const x = 'ü';\n" }],
      inputSchema: "{}",
      outputSchema: "true",
      activities: [{ name: "payments.charge", inputSchema: "{}", outputSchema: "{}" }],
    };
    const seen: unknown[] = [];
    const { compile } = await start({
      compile: async (source, options) => {
        seen.push({ ...source, content: Buffer.from(source.content).toString() }, options);
        return { ...emptyCompilation, artifact };
      },
    });
    const response = await compile(sourceOf("a: b", { format: Format.FORMAT_AMAZON_STATES, name: "order.yaml" }), {
      allowInlineCode: true,
      target: Target.TARGET_TEMPORAL,
    });
    expect(response.artifact).toEqual(artifact);
    expect(response.profile).toBeUndefined();
    expect(seen).toEqual([
      { format: "amazon-states", content: "a: b", name: "order.yaml" },
      { target: "temporal", allowInlineCode: true },
    ]);
  });

  test("a validation is told whether the compilation would let inline code in", async () => {
    const seen: unknown[] = [];
    const { validate } = await start({
      validate: async (_source, _signal, options) => {
        seen.push(options);
        return { valid: true, diagnostics: [], format: null, stages: [] };
      },
    });
    await validate(sourceOf("x"));
    await validate(sourceOf("x"), false, true);
    expect(seen).toEqual([{ allowInlineCode: false }, { allowInlineCode: true }]);
  });

  test("a code is explained with its parameters as names", async () => {
    const { explain } = await start({});
    expect(await explain("WF_SCHEMA_001")).toMatchObject({
      code: "WF_SCHEMA_001",
      title: "A component type is unknown",
      category: Category.CATEGORY_SCHEMA,
      severity: Severity.SEVERITY_ERROR,
      message: "unknown component `{type}`; did you mean `{nearest}`?",
      docsLinks: [expect.stringContaining("WF_SCHEMA_001")],
    });
  });

  test("components are listed by prefix, sorted, with their ports and schemas", async () => {
    const { list } = await start({});
    const { components } = await list("");
    const types = components.map(({ type }) => type);
    expect(types).toEqual(types.toSorted());
    expect((await list("core.f")).components.map(({ type }) => type)).toEqual(
      types.filter((type) => type.startsWith("core.f")),
    );
    expect((await list("nothing")).components).toEqual([]);
    const branch = components.find(({ type }) => type === "core.if");
    expect(branch).toMatchObject({ builtIn: true, exclusiveOutputs: true, errors: [] });
    expect(branch?.outputs.map(({ name }) => name)).toEqual(["then", "else"]);
    expect(JSON.parse(branch?.configSchema ?? "")).toMatchObject({ required: ["condition"] });
  });

  test("calls run side by side", async () => {
    let running = 0;
    let most = 0;
    const { validate } = await start({
      async validate() {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running--;
        return validAnswer;
      },
    });
    const responses = await Promise.all(Array.from({ length: 20 }, () => validate(sourceOf("x"))));
    expect(responses.every(({ valid }) => valid)).toBe(true);
    expect(most).toBeGreaterThan(1);
  });
});

describe("refusals", () => {
  test("every wrong field of a request is named at once", async () => {
    const { compile } = await start({});
    const wrong = sourceOf("", { format: 99 as Format, name: "n".repeat(2_000) });
    const failure = await failureOf(compile(wrong, { target: 7 as Target }));
    expect(failure.code).toBe(status.INVALID_ARGUMENT);
    const { fieldViolations } = BadRequest.decode(failure.rich.get("BadRequest") ?? Buffer.alloc(0));
    expect(fieldViolations.map(({ field, description }) => [field, description])).toEqual([
      ["source.format", "value must be one of the defined enum values"],
      ["source.content", "value is required"],
      ["source.name", "must be at most 1024 characters"],
      ["options.target", "value must be one of the defined enum values"],
    ]);
    expect(failure.status?.code).toBe(status.INVALID_ARGUMENT);
    expect(failure.status?.message).toBe(failure.details);
  });

  test("a missing source, and an empty code", async () => {
    const { validate, explain } = await start({});
    const missing = await failureOf(validate(undefined));
    expect([missing.code, missing.details]).toEqual([status.INVALID_ARGUMENT, "source: value is required"]);
    expect((await failureOf(explain(""))).code).toBe(status.INVALID_ARGUMENT);
  });

  test("an unknown code is NOT_FOUND and names the nearest", async () => {
    const { explain } = await start({});
    const failure = await failureOf(explain("WF_SCHEMA_01"));
    expect(failure.code).toBe(status.NOT_FOUND);
    expect(failure.details).toContain("did you mean WF_SCHEMA_001?");
    const info = ErrorInfo.decode(failure.rich.get("ErrorInfo") ?? Buffer.alloc(0));
    expect([info.reason, info.metadata.get("nearest")]).toEqual(["UNKNOWN_DIAGNOSTIC", "WF_SCHEMA_001"]);
    expect((await failureOf(explain("constructor"))).code).toBe(status.NOT_FOUND);
    expect((await failureOf(explain("__proto__"))).code).toBe(status.NOT_FOUND);
    const long = await failureOf(explain("\u{1f600}".repeat(3_000)));
    expect(long.details.length).toBeLessThan(400);
  });

  test("100 MB do not pass, and the service goes on", async () => {
    const { validate } = await start({});
    const failure = await failureOf(validate({ ...sourceOf(""), content: Buffer.alloc(100 * 1024 * 1024, 32) }));
    expect(failure.code).toBe(status.RESOURCE_EXHAUSTED);
    expect((await validate(sourceOf("x"))).valid).toBe(true);
  });

  test("a definition slightly over the limit reaches the compiler, which says so better", async () => {
    let bytes = 0;
    const { validate } = await start({
      validate: async (source) => {
        bytes = source.content.length;
        return validAnswer;
      },
    });
    await validate({ ...sourceOf(""), content: Buffer.alloc(1024 * 1024 + 1, 32) });
    expect(bytes).toBe(1024 * 1024 + 1);
  });
});

describe("faults", () => {
  const secret = "cannot open /srv/secret/path";

  test("say nothing of the inside, and the log finds them by their id", async () => {
    const { validate } = await start({ validate: () => Promise.reject(new Error(secret)) });
    const failure = await failureOf(validate(sourceOf("x")));
    expect(failure.code).toBe(status.INTERNAL);
    const info = ErrorInfo.decode(failure.rich.get("ErrorInfo") ?? Buffer.alloc(0));
    const correlationId = info.metadata.get("correlation_id");
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
    expect([info.reason, info.domain]).toEqual(["INTERNAL", "workflow-compiler.dev"]);
    expect([...info.metadata.keys()]).toEqual(["correlation_id"]);
    expect(`${failure.details}${JSON.stringify(failure.status)}`).not.toContain("secret");
    const fault = harness.log.find((line) => line.msg === "fault");
    expect(fault).toMatchObject({ correlationId, err: { message: secret } });
  });

  test("a throw before the first await, a throw of no error and a late one all answer", async () => {
    const throwing = (): never => {
      throw new Error(secret);
    };
    const { compile, validate } = await start({ validate: throwing, compile: () => Promise.reject("half \ud800") });
    expect((await failureOf(validate(sourceOf("x")))).code).toBe(status.INTERNAL);
    expect((await failureOf(compile(sourceOf("x")))).code).toBe(status.INTERNAL);
    expect(harness.client.getChannel().getConnectivityState(false)).toBeDefined();
  });

  test("an answer that does not encode is INTERNAL", async () => {
    const { validate } = await start({ validate: async () => ({ ...validAnswer, format: "cobol" }) as never });
    expect((await failureOf(validate(sourceOf("x"), true))).code).toBe(status.INTERNAL);
  });
});

describe("deadlines", () => {
  const never = (signals: AbortSignal[]) => (_source: unknown, signal?: AbortSignal) => {
    if (signal) signals.push(signal);
    return new Promise<never>(() => {});
  };

  test("the server's own ends a call, and its work", async () => {
    const signals: AbortSignal[] = [];
    const { validate } = await start({ validate: never(signals) }, { admission: { deadlineMs: 50 } });
    const failure = await failureOf(validate(sourceOf("x")));
    expect(failure.code).toBe(status.DEADLINE_EXCEEDED);
    const info = ErrorInfo.decode(failure.rich.get("ErrorInfo") ?? Buffer.alloc(0));
    expect([info.reason, info.metadata.get("limit_ms")]).toEqual(["SERVER_DEADLINE", "50"]);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  test("the caller's ends the work too", async () => {
    const signals: AbortSignal[] = [];
    await start({ validate: never(signals) });
    const request = { source: sourceOf("x"), profile: false, allowInlineCode: false, fix: false };
    const failure = await failureOf(send(harness.client, Contract.validate, request, { deadline: Date.now() + 1_500 }));
    expect(failure.code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => signals[0]?.aborted === true);
    await until(() => harness.log.some((line) => line.code === "DEADLINE_EXCEEDED"));
  });

  test("a caller that leaves ends the work", async () => {
    const signals: AbortSignal[] = [];
    await start({ validate: never(signals) });
    const answered = new Promise<number>((resolve) => {
      const call = harness.client.validate(
        { source: sourceOf("x"), profile: false, allowInlineCode: false, fix: false },
        (error) => resolve(error?.code ?? 0),
      );
      void until(() => signals.length === 1).then(() => call.cancel());
    });
    expect(await answered).toBe(status.CANCELLED);
    await until(() => signals[0]?.aborted === true);
  });
});

describe("draining", () => {
  test("finishes what it has and sends new calls away", async () => {
    const waiting: (() => void)[] = [];
    const { validate } = await start({
      validate: () => new Promise((resolve) => waiting.push(() => resolve(validAnswer))),
    });
    const underWay = validate(sourceOf("x"));
    await until(() => waiting.length === 1);
    const other = connect(harness.address);
    await send(other, Contract.explainDiagnostic, { code: "WF_SCHEMA_001" });
    const stopped = harness.service.drain(5_000);
    const failure = await failureOf(send(other, Contract.explainDiagnostic, { code: "WF_SCHEMA_001" }));
    expect(failure.code).toBe(status.UNAVAILABLE);
    const retry = failure.rich.get("RetryInfo");
    if (retry) expect(RetryInfo.decode(retry).retryDelay).toEqual({ seconds: 1n, nanos: 0 });
    waiting[0]?.();
    expect((await underWay).valid).toBe(true);
    await stopped;
    other.close();
  });
});

test("each call is one line in the log, without the definition", async () => {
  const { validate } = await start({});
  await validate(sourceOf("very-private-text", { name: "order.yaml" }));
  await failureOf(validate(sourceOf("")));
  const calls = harness.log.filter((line) => line.msg === "call");
  expect(calls).toHaveLength(2);
  expect(calls[0]).toMatchObject({
    call: "workflow.compiler.v1.CompilerService/Validate",
    code: "OK",
    durationMs: expect.any(Number),
    source: "order.yaml",
    bytes: 17,
    format: "graph",
    valid: true,
    diagnostics: 0,
  });
  expect(calls[1]).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(JSON.stringify(harness.log)).not.toContain("very-private-text");
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
