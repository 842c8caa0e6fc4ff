import { readFileSync } from "node:fs";
import {
  CacheOutcome,
  type CompileOptions,
  CompilerServiceService as Contract,
  Target,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { FlowNodeKind } from "@workflow-compiler/proto/gen/workflow/compiler/v1/control_flow.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";

/** What Validate and Compile give besides their answer, where it is asked for. */

let service: LocalService;
beforeAll(async () => {
  service = await startLocalService();
});
afterAll(() => service.stop());

const sourceOf = (text: string) => ({ format: Format.FORMAT_UNSPECIFIED, content: Buffer.from(text), name: "" });
const golden = (name: string, file = name.includes("amazon") ? "definition.json" : "definition.yaml") =>
  readFileSync(new URL(`../goldens/${name}/${file}`, import.meta.url), "utf8");

describe("Validate with `fix`", () => {
  const validate = (text: string, fix = true) =>
    service.call(Contract.validate, { source: sourceOf(text), profile: false, allowInlineCode: false, fix });

  const broken = `# Who pays?
apiVersion: workflow.compiler/v1
kind: Workfow
metadata: { name: pay }
spec:
  nodes:
    # Sundays are slow.
    - id: wait
      type: core.wiat
      with: { duration: 5s }   # as agreed
    - id: ask
      type: http.reqest
      with:
        url: "https://example.com"
        methd: GET
  connections:
    - { from: wait, to: ask }
`;

  test("mends what it can, also what shows only later, and keeps comments and layout", async () => {
    const { valid, diagnostics, fixedContent, appliedFixes } = await validate(broken);
    expect([valid, diagnostics.length > 0]).toEqual([false, true]);
    const text = Buffer.from(fixedContent).toString();
    expect(text).toBe(
      broken
        .replace("Workfow", "Workflow")
        .replace("core.wiat", "core.wait")
        .replace("http.reqest", "http.request")
        .replace("methd", "method"),
    );
    expect(appliedFixes.map(({ field }) => field)).toEqual([
      "/kind",
      "/spec/nodes/0/type",
      "/spec/nodes/1/type",
      "/spec/nodes/1/with/methd",
    ]);
    expect(await validate(text)).toMatchObject({ valid: true, appliedFixes: [], fixedContent: Buffer.from(text) });
  });

  test("tells of the definition as it was sent, and is cached apart", async () => {
    const without = await validate(broken, false);
    expect([without.fixedContent.length, without.appliedFixes.length]).toEqual([0, 0]);
    const { diagnostics } = await validate(broken);
    expect(diagnostics).toEqual(without.diagnostics);
    expect((await validate(broken)).appliedFixes).toHaveLength(4);
  });

  test("keeps a byte-order mark, line ends, and what nothing can be done about", async () => {
    const text = `\ufeff${broken.replaceAll("\n", "\r\n")}`;
    const { fixedContent } = await validate(text);
    const fixed = Buffer.from(fixedContent).toString();
    expect([fixed.startsWith("\ufeff# Who"), fixed.includes("core.wait\r\n")]).toEqual([true, true]);
    expect(Buffer.from((await validate("nodes: [")).fixedContent).toString()).toBe("nodes: [");
  });
});

describe("Compile", () => {
  const plain: CompileOptions = {
    target: Target.TARGET_UNSPECIFIED,
    noCache: false,
    profile: false,
    allowInlineCode: false,
    ir: false,
    controlFlow: false,
  };
  const compile = (text: string, options: Partial<CompileOptions>) =>
    service.call(Contract.compile, { source: sourceOf(text), options: { ...plain, ...options } });

  test("gives the program as text, and the same artifact", async () => {
    const text = golden("graph-while");
    const bare = await compile(text, {});
    const { ir, artifact, cache, controlFlow } = await compile(text, { ir: true, profile: true });
    expect([bare.ir, ir, controlFlow]).toEqual(["", golden("graph-while", "program.ir"), undefined]);
    expect([cache, artifact?.digest]).toEqual([CacheOutcome.CACHE_OUTCOME_MISS, bare.artifact?.digest]);
    expect(await compile(text, { ir: true })).toMatchObject({ ir, cache: CacheOutcome.CACHE_OUTCOME_HIT });
    const coalesced = await Promise.all([1, 2, 3].map(() => compile(`${text}\n#`, { ir: true })));
    expect(coalesced.map((answer) => answer.ir)).toEqual([ir, ir, ir]);
    expect(coalesced.map((answer) => answer.cache).sort()).toEqual([
      CacheOutcome.CACHE_OUTCOME_MISS,
      CacheOutcome.CACHE_OUTCOME_COALESCED,
      CacheOutcome.CACHE_OUTCOME_COALESCED,
    ]);
  });

  test.each([
    ["amazon-polling", ["data.look.status", "decision Ready?", "back"]],
    ["amazon-catch-retry", ["failure", "fail"]],
    ["graph-while", ["loop while", "wait pause", "back"]],
    ["graph-joins", ["fork", "2 of 3", "join"]],
    ["graph-for-each", ["for each", "done"]],
    ["graph-receive", ["wait"]],
    ["amazon-irreducible", ["end"]],
  ])("gives the flowchart of %s", async (name, seen) => {
    const { controlFlow, artifact } = await compile(golden(name), { controlFlow: true });
    expect(artifact).toBeDefined();
    const { nodes = [], edges = [] } = controlFlow ?? {};
    const ids = new Set(nodes.map(({ id }) => id));
    expect(ids.size).toBe(nodes.length);
    expect(edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
    // Everything is on a way from the start, and every way ends.
    const reached = new Set(["n1"]);
    for (const id of reached) for (const { from, to } of edges) if (from === id) reached.add(to);
    expect(nodes.filter(({ id }) => !reached.has(id))).toEqual([]);
    const ends = nodes.filter(({ id }) => !edges.some(({ from }) => from === id));
    const last: readonly number[] = [FlowNodeKind.FLOW_NODE_KIND_END, FlowNodeKind.FLOW_NODE_KIND_FAIL];
    expect(ends.filter(({ kind }) => !last.includes(kind))).toEqual([]);
    const kindOf = (kind: number) =>
      Object.entries(FlowNodeKind)
        .find(([, value]) => value === kind)?.[0]
        .slice("FLOW_NODE_KIND_".length)
        .toLowerCase();
    const text = [
      ...nodes.map(({ kind, label }) => `${kindOf(kind)} ${label}`),
      ...edges.map(({ label, onFailure, back }) => `${label}${onFailure ? " on failure" : ""}${back ? " back" : ""}`),
    ].join("\n");
    for (const part of seen) expect(text).toContain(part);
  });

  test("names the lines that nodes come from", async () => {
    const text = golden("graph-chain");
    const { controlFlow } = await compile(text, { controlFlow: true });
    const lines = text.split("\n");
    const placed = (controlFlow?.nodes ?? []).filter(({ nodeId }) => nodeId !== "");
    expect(placed.length).toBeGreaterThan(1);
    for (const { line, nodeId } of placed) {
      expect(lines.slice(line - 1, line + 3).join("\n")).toContain(nodeId);
    }
  });

  test("gives no flowchart of what does not compile, but the program as far as it could be read", async () => {
    const { artifact, ir, controlFlow } = await compile(golden("fails-amazon-states"), { ir: true, controlFlow: true });
    expect([artifact, ir.startsWith("workflow"), controlFlow]).toEqual([undefined, expect.any(Boolean), undefined]);
  });
});
