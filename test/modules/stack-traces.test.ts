import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../../server/artifact.ts";
import { createTestCompiler, type TestCompiler } from "./compiler.ts";
import { fileOf } from "./golden.ts";

const graph = `apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: traces, version: 1.0.0 }
spec:
  input: { type: object, required: [n, items], properties: { n: { type: integer }, items: { type: array, items: { type: string } } } }
  components:
    - type: shop.do
      inputs: { with: { schema: {}, required: true } }
      outputs: { out: { schema: { type: string } } }
  nodes:
    - { id: first, type: shop.do, with: { with: 1 } }
    - id: left
      type: shop.do
      with: { with: 2 }
    - { id: right, type: shop.do, with: { with: 3 } }
    - { id: divide, type: core.transform, join: all, with: { value: "\${ 10 / input.n }" } }
    - { id: given, type: shop.do, with: { with: "\${ 10 % input.n }" } }
    - id: each
      type: core.forEach
      with: { items: "\${ input.items }" }
      nodes:
        - { id: inner, type: shop.do, with: { with: "\${ item }" } }
      connections: []
    - { id: box, type: core.scope, timeout: 1s, nodes: [{ id: slow, type: shop.do, with: { with: 5 } }] }
    - { id: stop, type: core.fail, with: { error: Stopped, message: for good } }
  connections:
    - { from: first, to: left }
    - { from: first, to: right }
    - { from: left, to: divide }
    - { from: right, to: divide }
    - { from: divide, to: given }
    - { from: given, to: each }
    - { from: each, to: box }
    - { from: box, to: stop }
`;

const machine = JSON.stringify(
  {
    StartAt: "Before",
    States: {
      Before: { Type: "Pass", Next: "Read it" },
      "Read it": {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: { "of.$": "$.missing" },
        End: true,
      },
    },
  },
  null,
  2,
);

/** Runs a module and prints the stack of what it fails with. `fails`: the step whose activity throws. */
const driver = `
import { run } from "./workflow.js";
const [fails, n] = process.argv.slice(2);
const activity = async (_input, { step, signal }) => {
  if (step === "slow" && fails === step) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  if (step === fails) throw Object.assign(new Error("it went wrong"), { name: "Broken" });
  return step;
};
const activities = new Proxy({}, { get: () => activity });
const clock = { now: () => 0, sleep: (ms, signal) => new Promise((resolve) => setImmediate(resolve)) };
try {
  await run({ n: Number(n), items: ["a"] }, activities, fails === "slow" ? { clock } : {});
  console.log("it did not fail");
} catch (error) {
  console.log(JSON.stringify({ name: error.name, step: error.step, stack: error.stack, cause: error.cause?.stack ?? "" }));
}
`;

interface Failure {
  readonly name: string;
  readonly step: string;
  readonly stack: string;
  readonly cause: string;
}

describe("a stack trace of a running module", () => {
  let compiler: TestCompiler;
  const folders: string[] = [];
  const write = (artifact: Artifact): string => {
    const folder = mkdtempSync(join(tmpdir(), "traces-"));
    folders.push(folder);
    for (const { path, content } of artifact.files) writeFileSync(join(folder, path), content);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "driver.js"), driver);
    return folder;
  };
  let ofGraph = "";
  let ofMachine = "";
  beforeAll(() => {
    compiler = createTestCompiler();
    ofGraph = write(compiler.artifactOf(graph));
    ofMachine = write(compiler.artifactOf(machine));
  });
  afterAll(() => {
    compiler.close();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  const failureIn = async (folder: string, flags: readonly string[], ...given: readonly string[]): Promise<Failure> =>
    JSON.parse(await output([...flags, join(folder, "driver.js"), ...given]));
  const mapped = (folder: string, ...given: readonly string[]) => failureIn(folder, ["--enable-source-maps"], ...given);
  const firstFrame = ({ stack }: Failure): string => stack.split("\n")[1]?.trim() ?? "";

  test.each([
    ["a call", "first", "1", "first", "Broken"],
    ["a call that is a branch by itself", "left", "1", "left", "Broken"],
    ["a call in a loop", "inner", "1", "inner", "Broken"],
    ["an expression", "", "0", "divide", "EvaluationError"],
    ["a time limit of a container", "slow", "1", "box", "Timeout"],
    ["a failure that the definition raises", "", "1", "stop", "Stopped"],
  ])(
    "begins with the node and its line of the definition: %s",
    async (_, fails, n, node, name) => {
      const failure = await mapped(ofGraph, fails, n);
      expect(failure).toMatchObject({ step: node, name });
      expect(failure.stack.split("\n")[0]).toContain(`${name}: `);
      expect(firstFrame(failure)).toMatch(
        new RegExp(`^at ${node} \\(.*/definition\\.yaml:${lineOf(graph, `id: ${node}`)}:\\d+\\)$`),
      );
    },
    20_000,
  );

  test("goes on to whoever ran the module, and has the activity's own stack as its cause", async () => {
    const failure = await mapped(ofGraph, "first", "1");
    expect(failure.stack).toMatch(/at (?:async )?file:.*driver\.js:\d+/);
    expect(failure.cause).toContain("Broken: it went wrong");
    expect(failure.cause).toContain("driver.js");
  });

  test("names a state whose input cannot be made, and not the one before it", async () => {
    const failure = await mapped(ofMachine, "", "1");
    expect(failure).toMatchObject({ step: "Read it", name: "States.Runtime" });
    expect(firstFrame(failure)).toMatch(/^at Read it \(.*\/definition\.json:\d+:\d+\)$/);
    const [, line = ""] = /definition\.json:(\d+):/.exec(firstFrame(failure)) ?? [];
    const start = lineOf(machine, '"Read it": {');
    expect(Number(line)).toBeGreaterThanOrEqual(start);
    expect(Number(line)).toBeLessThan(start + 7);
  });

  test("names a node whose input cannot be made", async () => {
    const text = graph.replace("10 / input.n", "10 / (input.n + 1)");
    const failure = await mapped(write(compiler.artifactOf(text)), "", "0");
    expect(failure).toMatchObject({ step: "given" });
  });

  test("names the node without source maps too, at a line of the JavaScript", async () => {
    const failure = await failureIn(ofGraph, [], "left", "1");
    const [, line = ""] = /^at left \(file:.*\/workflow\.js:(\d+):\d+\)$/.exec(firstFrame(failure)) ?? [];
    expect(fileAt(ofGraph, "workflow.js", Number(line))).toContain('"left"');
  });
});

describe("the source maps", () => {
  const example = readFileSync(new URL("../../docs/examples/order-fulfilment/workflow.yaml", import.meta.url), "utf8");
  const ids = [...example.matchAll(/^ {4}- id: ([\w-]+)$/gm)].map(([, id = ""]) => id);

  test.each(["workflow.ts", "workflow.js"])("lead from each node to its lines of %s and back", (file) => {
    const compiler = createTestCompiler();
    try {
      const artifact = compiler.artifactOf(example);
      const map = new SourceMap(JSON.parse(fileOf(artifact, `${file}.map`)));
      const lines = fileOf(artifact, file).split("\n");
      const found = new Map<string, string[]>();
      for (const [line, text] of lines.entries()) {
        for (const { index: column } of text.matchAll(/\S+/g)) {
          const entry = map.findEntry(line, column);
          if (!("originalLine" in entry && "name" in entry) || typeof entry.name !== "string") continue;
          expect(entry.originalSource).toBe("definition.yaml");
          expect(entry.name).toBe(nodeAt(example, entry.originalLine) ?? "order-fulfilment");
          found.set(entry.name, [...(found.get(entry.name) ?? []), text]);
        }
      }
      expect(ids.length).toBeGreaterThan(10);
      expect(found.delete("order-fulfilment")).toBe(true);
      expect([...found.keys()].toSorted()).toEqual(ids.toSorted());
      for (const [node, texts] of found) expect(texts.join("\n")).toContain(`"${node}"`);
    } finally {
      compiler.close();
    }
  });
});

/** The id of the node in which a line (from 0) of the example stands. */
function nodeAt(text: string, line: number): string | undefined {
  const before = text.split("\n").slice(0, line + 1);
  return before.findLast((one) => /^ {4}- id: /.test(one))?.slice("    - id: ".length);
}

function lineOf(text: string, part: string): number {
  return text.split("\n").findIndex((line) => line.includes(part)) + 1;
}

function fileAt(folder: string, file: string, line: number): string {
  return readFileSync(join(folder, file), "utf8").split("\n")[line - 1] ?? "";
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });
}
