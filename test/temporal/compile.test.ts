import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../../server/artifact.ts";
import { compilerOptions } from "../../server/typecheck/checker.ts";
import { createTestCompiler, runtimeSources, type TestCompiler } from "../modules/compiler.ts";
import * as definitions from "./definitions.ts";
import { writeArtifactIn } from "./worker.ts";

const root = new URL("../../", import.meta.url).pathname;
const examples = globSync("docs/examples/**/*.{yaml,json}", { cwd: root }).filter(
  (path) => !path.endsWith("input.json"),
);
const texts = new Map<string, string>([
  ...examples.sort().map((path) => [path, readFileSync(join(root, path), "utf8")] as const),
  ...Object.entries(definitions),
]);

describe("modules for Temporal", () => {
  let compiler: TestCompiler;
  const artifacts = new Map<string, Artifact>();
  const refused: string[] = [];
  beforeAll(() => {
    compiler = createTestCompiler();
    for (const [name, text] of texts) {
      const { artifact, diagnostics } = compiler.compileText(text, null, "temporal");
      if (artifact === null) refused.push(`${name}: ${diagnostics.map(({ message }) => message).join("; ")}`);
      else artifacts.set(name, artifact);
    }
  });
  afterAll(() => compiler.close());

  const moduleOf = (name: string): string =>
    artifacts.get(name)?.files.find(({ path }) => path === "workflow.ts")?.content ?? "";
  const runtimeOf = (name: string): string =>
    artifacts.get(name)?.files.find(({ path }) => path === "runtime.ts")?.content ?? "";

  test("are made of every example", () => {
    expect(examples.length).toBeGreaterThan(5);
    expect(refused).toEqual([]);
  });

  test("are accepted by tsc beside all of the SDK's own types, in our settings and in those of a usual worker", () => {
    const folder = mkdtempSync(join(tmpdir(), "temporal-types-"));
    try {
      [...artifacts.values()].forEach((artifact, index) => {
        writeArtifactIn(join(folder, String(index)), artifact);
      });
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const { noLib: _, types: __, ...strict } = compilerOptions;
      const ours = { ...strict, lib: ["es2023"], types: ["node"] };
      const usual = {
        target: "es2023",
        module: "nodenext",
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ["node"],
      };
      for (const options of [ours, usual]) {
        writeFileSync(
          join(folder, "tsconfig.json"),
          JSON.stringify({ compilerOptions: options, include: ["*/*.ts"], exclude: ["node_modules"] }),
        );
        const { stdout, status } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
        expect(stdout).toBe("");
        expect(status).toBe(0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("leave retries to Temporal where a RetryPolicy can tell them", () => {
    expect(moduleOf("sequence")).toContain(`const chargeActivities = proxyActivities<Activities>({
  startToCloseTimeout: 30_000,
  retry: {
    initialInterval: 200,
    backoffCoefficient: 3,
    maximumInterval: 60_000,
    maximumAttempts: 4,
    nonRetryableErrorTypes: ["Declined"],
  },
});`);
    expect(moduleOf("sequence")).toContain(`const activities = proxyActivities<Activities>({
  startToCloseTimeout: "1 day",
  retry: { maximumAttempts: 1 },
});`);
    expect(moduleOf("poller")).toContain('nonRetryableErrorTypes: ["States.Runtime"]');
  });

  test("try again themselves where it cannot", () => {
    expect(moduleOf("branches")).toContain("retry: { maximumAttempts: 1 }");
    expect(moduleOf("branches")).toContain('when: (failure) => failure.name === "Busy"');
  });

  test("have one parameter, and activities without a context", () => {
    expect(moduleOf("sequence")).toContain("export async function run(input: Input): Promise<Output> {");
    expect(moduleOf("sequence")).toContain('"payments.charge"(input: { amount: number }): Promise<string>;');
  });

  test("ask the worker for HTTP, which a workflow cannot do", () => {
    expect(moduleOf("web")).toContain('"http.request"(input: HttpRequest): Promise<HttpResponse>;');
    expect(runtimeOf("web")).not.toContain("fetch");
    const asked = (target: "module" | "temporal") =>
      compiler.artifactOf(definitions.web, null, target).activities.map(({ name }) => name);
    expect(asked("temporal")).toContain("http.request");
    expect(asked("module")).not.toContain("http.request");
    const activity = artifacts.get("web")?.activities.find(({ name }) => name === "http.request");
    expect(JSON.parse(activity?.inputSchema ?? "")).toMatchObject({ type: "object", required: ["url"] });
  });

  test("listen to signals only where they receive", () => {
    expect(runtimeOf("approval")).toContain("defineSignal");
    expect(runtimeOf("sequence")).not.toContain("defineSignal");
  });

  test("use no timer, clock or randomness but those of the sandbox", () => {
    for (const name of artifacts.keys()) {
      expect(runtimeOf(name)).not.toMatch(/\b(setTimeout|clearTimeout|crypto|fetch|performance|process)\b/);
    }
  });

  test("are the same each time, and leave modules that run by themselves as they are", () => {
    const alone = createTestCompiler();
    try {
      expect(alone.artifactOf(definitions.sequence, null, "module").digest).toBe(
        compiler.artifactOf(definitions.sequence).digest,
      );
      expect(alone.artifactOf(definitions.sequence, null, "temporal").digest).toBe(artifacts.get("sequence")?.digest);
    } finally {
      alone.close();
    }
  });

  test("refuse a component's own code that reaches out of the workflow", () => {
    const own = (body: string) => `
apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: own, version: 1.0.0 }
spec:
  components:
    - type: own.code
      outputs: { out: { schema: { type: string } } }
      implementation:
        template: |
          ${body}
  nodes: [{ id: make, type: own.code }]
  output: { made: "\${ make.out }" }
`;
    const compile = (body: string) =>
      compiler.compile(
        { format: null, content: Buffer.from(own(body)), name: "own" },
        { target: "temporal", allowInlineCode: true },
      );
    expect(compile('return "made";')).toMatchObject({ artifact: expect.anything() });
    expect(compile("return context.idempotencyKey;")).toMatchObject({
      artifact: null,
      diagnostics: [{ code: "WF_COMPILE_003", message: expect.stringContaining("TARGET_TEMPORAL") }],
    });
  });

  test("replace just those functions of the runtime that Temporal does in another way", () => {
    const declared = (folder: string): readonly string[] =>
      [...runtimeSources(folder).values()].flatMap((text) =>
        Array.from(
          text.matchAll(/^(?:export )?(?:async )?(?:function|interface|const|class) (\w+)/gm),
          ([, name = ""]) => name,
        ),
      );
    const module = new Set(declared("runtime"));
    expect(
      declared("runtime-temporal")
        .filter((name) => module.has(name))
        .sort(),
    ).toEqual(["CallPolicy", "RunOptions", "call", "itself", "runScope", "startTimer", "systemClock"]);
  });
});
