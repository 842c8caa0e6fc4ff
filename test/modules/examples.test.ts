import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../../server/artifact.ts";
import { createTestCompiler, type TestCompiler } from "./compiler.ts";
import { runInFreshProcess } from "./fresh-process.ts";

const folder = new URL("../../docs/examples/", import.meta.url);
const read = (example: string, file: string) => readFileSync(new URL(`${example}/${file}`, folder), "utf8");
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(new URL(`${entry.name}/`, folder)).includes("activities.ts"))
  .map((entry) => entry.name);

function definitionOf(example: string): string {
  const file = readdirSync(new URL(`${example}/`, folder)).find((name) =>
    /^(workflow|definition)\.(ya?ml|json)$/.test(name),
  );
  return read(example, file ?? "workflow.yaml");
}

/** A clock that runs twenty times as fast, so that pauses are short and time limits still longer than what they limit. */
const driver = `
import { readFileSync } from "node:fs";
import { run } from "./workflow.ts";
import * as outside from "./activities.ts";
const clock = { now: () => Date.now(), sleep: (ms, signal) => new Promise((resolve, reject) => { const timer = setTimeout(resolve, Math.min(ms / 20, 2 ** 31 - 1)); signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true }); }) };
const input = JSON.parse(readFileSync(new URL("./input.json", import.meta.url), "utf8"));
const steps = [];
const output = await run(input, outside.activities, { clock, messages: outside.messages, random: () => 0.5, onEvent: ({ type, step }) => steps.push(type + " " + step) });
console.log(JSON.stringify({ output, steps }));
`;

describe("the examples", () => {
  let compiler: TestCompiler;
  const artifacts = new Map<string, Artifact>();
  beforeAll(() => {
    compiler = createTestCompiler();
    for (const example of examples) artifacts.set(example, compiler.artifactOf(definitionOf(example)));
  });
  afterAll(() => compiler.close());

  const runExample = async (example: string) => {
    const artifact = artifacts.get(example);
    if (artifact === undefined) throw new Error(`${example} was not compiled`);
    const extra = { "activities.ts": read(example, "activities.ts"), "input.json": read(example, "input.json") };
    return (await runInFreshProcess(artifact, driver, extra)) as { output: Record<string, unknown>; steps: string[] };
  };

  test("are the five that the documentation names", () => {
    expect(examples).toEqual(
      expect.arrayContaining(["atm-withdrawal", "job-poller", "order-fulfilment", "payroll", "swift-payment"]),
    );
  });

  test("order-fulfilment ships a paid order, after the payment provider was busy once", async () => {
    const { output, steps } = await runExample("order-fulfilment");
    expect(output).toMatchObject({ status: "shipped" });
    expect(steps.filter((step) => step.endsWith(" charge"))).toEqual([
      "started charge",
      "failed charge",
      "started charge",
      "finished charge",
    ]);
    expect(steps).toContain("skipped rejected");
  });

  test("swift-payment sends a payment once compliance has approved it", async () => {
    const { output, steps } = await runExample("swift-payment");
    expect(output).toMatchObject({ status: "sent", reference: expect.stringMatching(/^UETR-/) });
    expect(steps).toContain("finished approval");
  });

  test("payroll pays each employee", async () => {
    const { output } = await runExample("payroll");
    expect(output).toMatchObject({ period: expect.any(String), paid: expect.any(Number) });
    expect(Number(output.paid)).toBeGreaterThan(0);
  });

  test("atm-withdrawal comes to an end that its output type allows", async () => {
    const { output } = await runExample("atm-withdrawal");
    expect(["dispensed", "declined", "failed"]).toContain(output.status);
  });

  test("job-poller polls until the job is done", async () => {
    const { steps } = await runExample("job-poller");
    expect(steps.filter((step) => step === "started Get Status").length).toBeGreaterThan(1);
    expect(steps).toContain("finished Notify Success");
  });

  test("are accepted by the TypeScript compiler as a project would call it, with the whole standard library and lib.dom", () => {
    const root = mkdtempSync(join(process.cwd(), "test/modules/.examples-"));
    try {
      const files: string[] = [];
      for (const [example, artifact] of artifacts) {
        const folderOf = join(root, example);
        mkdirSync(folderOf);
        for (const file of artifact.files) writeFileSync(join(folderOf, file.path), file.content);
        files.push(join(folderOf, "workflow.ts"));
      }
      const strict = [
        "--strict",
        "--noUncheckedIndexedAccess",
        "--exactOptionalPropertyTypes",
        "--noUnusedLocals",
        "--noUnusedParameters",
        "--noImplicitReturns",
      ];
      const common = [
        "--ignoreConfig",
        "--noEmit",
        "--target",
        "es2023",
        "--module",
        "nodenext",
        "--lib",
        "es2023,dom",
        "--types",
        "",
      ];
      const result = spawnSync(join(process.cwd(), "node_modules/.bin/tsc"), [...common, ...strict, ...files], {
        encoding: "utf8",
      });
      expect(result.stdout).toBe("");
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
