import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { inTerminal } from "./terminal.ts";
import { ended, expectJson, expectSchema, startWfops, wfops } from "./wfops.ts";

/** The commands for developers, against a real service. */

const root = new URL("../../", import.meta.url).pathname;
const golden = (name: string, file = "definition.yaml") => `${root}test/goldens/${name}/${file}`;

let service: LocalService;
let env: Record<string, string>;
let folder: string;

beforeAll(async () => {
  service = await startLocalService();
  env = { WFOPS_SERVER: service.address, WFOPS_OPERATIONS: service.operationsAddress };
});
afterAll(() => service.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wfops-definitions-"));
  return () => rmSync(folder, { recursive: true });
});

const run = (args: readonly string[], stdin: string | Buffer = "") => wfops(args, { env, stdin, cwd: folder });
const put = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return name;
};

const broken = `apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: pay }
spec:
  nodes:
    # Sundays are slow.
    - id: wait
      type: core.wiat
      with: { duration: 5s }   # as agreed
`;
const whole = broken.replace("wiat", "wait");

describe("validate", () => {
  test("shows the place in the source, and how to mend it", async () => {
    put("pay.yaml", broken);
    const { code, stdout, stderr } = await run(["validate", "pay.yaml"]);
    expect(stdout).toBe(`error[WF_SCHEMA_001]: unknown component \`core.wiat\`; did you mean \`core.wait\`?
 --> pay.yaml:8:13 in wait
  |
7 |     - id: wait
8 |       type: core.wiat
  |             ^^^^^^^^^
  = help: Declare \`core.wiat\` under \`spec.components\`, or have the operator install it.
  = fix: Write \`core.wait\` (wfops validate --fix)
  = see: https://workflow-compiler.dev/errors/WF_SCHEMA_001
`);
    expect([code, stderr]).toEqual([100, "1 file: 1 error\n"]);
    expect(await run(["validate", "pay.yaml", "-q"])).toMatchObject({ code: 100, stderr: "" });
  });

  test("uses colours where it is told to", async () => {
    put("pay.yaml", broken);
    const coloured = (args: readonly string[]) => wfops(args, { env: { ...env, FORCE_COLOR: "1" }, cwd: folder });
    expect((await coloured(["validate", "pay.yaml"])).stdout).toContain("\u001b[31merror[WF_SCHEMA_001]:");
    expect((await coloured(["validate", "pay.yaml", "--no-color"])).stdout).not.toContain("\u001b");
  });

  test("marks the right characters: tabs, wide and invisible ones, long lines, narrow terminals", async () => {
    put(
      "wide.json",
      `{\t"日本語\\u202e": 1, "\u202e":2, "apiVersion":"workflow.compiler/v1","kind":"Workfow","metadata":{"name":"a"},"spec":{"nodes":[]}}`,
    );
    const { stdout } = await wfops(["validate", "wide.json"], { env: { ...env, COLUMNS: "40" }, cwd: folder });
    expect(stdout).not.toMatch(/[\t\u202e]/);
    const lines = stdout.split("\n");
    const at = lines.findIndex((line) => line.includes('"Workfow"') && line.startsWith("1 |"));
    const column = lines[at]?.indexOf('"Workfow"');
    expect(lines[at + 1]).toBe(`  |${" ".repeat((column ?? 0) - 3)}^^^^^^^^^`);
    const longest = Math.max(...lines.filter((line) => !line.includes("https://")).map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(44);
  });

  test("takes folders, standard input, and many files over several calls", async () => {
    cpSync(`${root}test/goldens/`, join(folder, "all"), { recursive: true });
    put("all/package.json", '{ "name": "something else" }');
    put("all/.hidden.yaml", broken);
    const ran = await run(["validate", "all", "--json"]);
    const { files, valid } = expectJson("validate", ran) as {
      files: { path: string; valid: boolean }[];
      valid: boolean;
    };
    expect([ran.code, valid]).toEqual([100, false]);
    expect(files.length).toBe(readdirSync(`${root}test/goldens`).length);
    expect(files.filter((file) => !file.valid).every(({ path }) => path.includes("fails-"))).toBe(true);
    expect(ran.stderr).toContain("1 of the files are no definitions");
    expect(await run(["validate", "-"], broken)).toMatchObject({
      code: 100,
      stdout: expect.stringContaining("--> -:8:13"),
    });
    expect(await run(["validate", "-"], whole)).toMatchObject({ code: 0, stdout: "" });
  });

  test("goes on after files that cannot be judged", async () => {
    put("pay.yaml", broken);
    put("empty.yaml", "");
    put("binary.yaml", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0xff, 0xfe]));
    put("large.yaml", Buffer.alloc(3 * 1024 * 1024, "# x\n"));
    const { code, stdout, stderr } = await run(["validate", "empty.yaml", "large.yaml", "binary.yaml", "pay.yaml"]);
    expect([code, stderr]).toEqual([1, "4 files: 2 errors, 2 could not be judged\n"]);
    expect(stdout).toContain("failed: empty.yaml: empty.yaml is empty");
    expect(stdout).toMatch(/failed: large.yaml: .* does not receive messages of this size/);
    expect(stdout).toContain("error[WF_SOURCE_002]");
    expect(stdout).toContain("--> pay.yaml:8:13");
  });

  describe("reports", () => {
    const report = async (format: string) => {
      put("a,b%.yaml", broken);
      put("whole.yaml", whole);
      const { code, stdout } = await run(["validate", "a,b%.yaml", "whole.yaml", "--format", format]);
      expect(code).toBe(100);
      return stdout;
    };

    test("sarif", async () => {
      const { version, runs } = JSON.parse(await report("sarif"));
      const [{ results, tool, columnKind, invocations }] = runs;
      expect([version, columnKind, invocations[0].executionSuccessful]).toEqual(["2.1.0", "utf16CodeUnits", true]);
      expect(tool.driver.rules[results[0].ruleIndex]).toMatchObject({ id: "WF_SCHEMA_001" });
      expect(results).toHaveLength(1);
      expect(results[0]).toMatchObject({
        ruleId: "WF_SCHEMA_001",
        level: "error",
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "a%2Cb%25.yaml" },
              region: { startLine: 8, startColumn: 13, endLine: 8, endColumn: 22 },
            },
          },
        ],
      });
    });

    test("github", async () => {
      expect(await report("github")).toMatch(
        /^::error file=a%2Cb%25\.yaml,line=8,endLine=8,col=13,endColumn=22,title=WF_SCHEMA_001::unknown component `core\.wiat`[^\n]*%0A[^\n]*\n$/,
      );
    });

    test("gitlab", async () => {
      const [problem, ...others] = JSON.parse(await report("gitlab"));
      expect(others).toEqual([]);
      expect(problem).toMatchObject({
        check_name: "WF_SCHEMA_001",
        severity: "critical",
        location: { path: "a,b%.yaml", lines: { begin: 8, end: 8 } },
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    });

    test("junit", async () => {
      const xml = await report("junit");
      expect(xml).toContain('<testsuite name="a,b%.yaml" tests="1" failures="1" errors="0">');
      expect(xml).toContain('<testcase classname="whole.yaml" name="valid"/>');
      expect(xml.match(/<(\w+)[^>/]*>/g)?.length).toBe(xml.match(/<\/\w+>/g)?.length);
    });

    test("json is what --json prints", async () => {
      const text = await report("json");
      expectSchema("validate", JSON.parse(text));
      const { stdout } = await run(["validate", "a,b%.yaml", "whole.yaml", "--json"]);
      expect(stdout).toBe(text);
    });
  });

  describe("--fix", () => {
    test("shows the diff and writes with --yes, through links, with the file's rights", async () => {
      mkdirSync(join(folder, "real"));
      writeFileSync(join(folder, "real/pay.yaml"), broken, { mode: 0o640 });
      symlinkSync("real/pay.yaml", join(folder, "pay.yaml"));
      const { code, stdout } = await run(["validate", "pay.yaml", "--fix", "--yes"]);
      expect(stdout).toBe(`--- pay.yaml
+++ pay.yaml
@@ -5,5 +5,5 @@
   nodes:
     # Sundays are slow.
     - id: wait
-      type: core.wiat
+      type: core.wait
       with: { duration: 5s }   # as agreed
`);
      expect(code).toBe(0);
      expect(readFileSync(join(folder, "real/pay.yaml"), "utf8")).toBe(whole);
      expect(statSync(join(folder, "real/pay.yaml")).mode & 0o777).toBe(0o640);
      expect(readdirSync(join(folder, "real"))).toEqual(["pay.yaml"]);
    });

    test("writes nothing with --dry-run, or where nobody can be asked", async () => {
      put("pay.yaml", broken);
      const dry = await run(["validate", "pay.yaml", "--fix", "--dry-run"]);
      expect([dry.code, dry.stdout.includes("+      type: core.wait")]).toEqual([100, true]);
      const asked = await run(["validate", "pay.yaml", "--fix"]);
      expect(asked.code).toBe(2);
      expect(asked.stderr).toContain("Apply 1 fix to pay.yaml? There is no terminal to ask at\n  → Give --yes");
      expect(readFileSync(join(folder, "pay.yaml"), "utf8")).toBe(broken);
    });

    test("tells programs what it did, and what is left", async () => {
      put("pay.yaml", `${broken}    - { id: other, type: nothing.like.it }\n`);
      const ran = await run(["validate", "pay.yaml", "--fix", "--yes", "--json"]);
      expect(ran.code).toBe(100);
      expect(expectJson("validate", ran)).toMatchObject({
        valid: false,
        files: [
          {
            written: true,
            fixes: [{ code: "WF_SCHEMA_001", field: "/spec/nodes/0/type" }],
            diff: expect.stringContaining("@@"),
            findings: [{ code: "WF_SCHEMA_001", nodeId: "other" }],
          },
        ],
      });
      expect(await run(["validate", "-", "--fix"], broken)).toMatchObject({ code: 2 });
    });
  });
});

describe("compile", () => {
  test("prints the module of one definition", async () => {
    const { code, stdout, stderr } = await run(["compile", golden("graph-while")]);
    expect([code, stderr]).toEqual([0, "1 file: no problems\n"]);
    const [, body] = stdout.split(/\n\n([\s\S]*)/);
    expect(readFileSync(golden("graph-while", "workflow.ts"), "utf8")).toContain(body?.trimEnd());
  });

  test("writes artifacts, each into a folder of its own", async () => {
    mkdirSync(join(folder, "billing"));
    put("order.yaml", whole);
    put("billing/order.yaml", readFileSync(golden("graph-while")));
    const ran = await run(["compile", "order.yaml", "billing/order.yaml", "--out", "made", "--json"]);
    expect(ran.code).toBe(0);
    const { files } = expectJson("compile", ran) as { files: { written: string[]; contents: object }[] };
    expect(files.map(({ written }) => written[0])).toEqual([
      "made/order/workflow.ts",
      "made/billing/order/workflow.ts",
    ]);
    for (const path of files.flatMap(({ written }) => written))
      expect(statSync(join(folder, path)).size).toBeGreaterThan(0);
    put("order.json", "{}");
    const clash = await run(["compile", "order.yaml", "order.json", "--out", "made"]);
    expect([clash.code, clash.stderr]).toEqual([2, expect.stringContaining("would both be written to made/order")]);
  });

  test("compiles many over a stream, and says what is wrong with which", async () => {
    put("pay.yaml", broken);
    put("empty.yaml", "");
    const ran = await run([
      "compile",
      golden("graph-chain"),
      "pay.yaml",
      golden("graph-joins"),
      "empty.yaml",
      "--json",
    ]);
    expect(ran.code).toBe(1);
    expect(expectJson("compile", ran)).toMatchObject({
      compiled: false,
      files: [
        { compiled: true, workflow: expect.any(String), digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        { compiled: false, findings: [{ code: "WF_SCHEMA_001" }], digest: null },
        { compiled: true, cache: expect.stringMatching(/miss|hit/) },
        { compiled: false, failure: { reason: "empty" } },
      ],
    });
    const text = await run(["compile", golden("graph-chain"), "pay.yaml"]);
    expect([text.code, text.stderr]).toEqual([100, "2 files: 1 error\n"]);
    expect(text.stdout).toContain("--> pay.yaml:8:13");
  });

  test("knows targets, profiles and the cache", async () => {
    put("order.yaml", whole);
    const temporal = await run(["compile", "order.yaml", "--target", "temporal", "--profile"]);
    expect(temporal.stdout).toContain("executeWorkflow");
    expect(temporal.stderr).toMatch(/typecheck +\d/);
    const ran = await run(["compile", "order.yaml", "--no-cache", "--profile", "--json"]);
    expect(expectJson("compile", ran)).toMatchObject({
      files: [{ cache: "bypassed", profile: { bottleneck: expect.any(String), stages: expect.any(Array) } }],
    });
  });

  test("--watch compiles what changes, until Ctrl-C", async () => {
    put("pay.yaml", broken);
    put("other.yaml", whole);
    const child = startWfops(["compile", "pay.yaml", "other.yaml", "--watch", "--json", "-q"], { env, cwd: folder });
    const end = ended(child);
    if (child.stdout === null) throw new Error("no output");
    const lines = createInterface({ input: child.stdout });
    const next = async () => {
      const [line] = await once(lines, "line");
      return expectSchema("compile", JSON.parse(line)) as { files: { path: string; compiled: boolean }[] };
    };
    const seen = (data: { files: { path: string; compiled: boolean }[] }) =>
      data.files.map(({ path, compiled }) => [path, compiled]);
    expect(seen(await next())).toEqual([
      ["pay.yaml", false],
      ["other.yaml", true],
    ]);
    put("pay.yaml", whole);
    expect(seen(await next())).toEqual([["pay.yaml", true]]);
    child.kill("SIGINT");
    expect((await end).code).toBe(0);
  });
});

test("many are compiled under a bar, which goes away; a program and --quiet see none", async () => {
  const files = Array.from({ length: 12 }, (_, index) =>
    join(folder, put(`w${index}.yaml`, whole.replace("name: pay", `name: pay${index}`))),
  );
  const compile = ["compile", ...files, "--out", join(folder, "out")];
  const { code, raw, lines } = await inTerminal(compile, { columns: 60, env });
  expect(code).toBe(0);
  expect(raw).toContain("[#-------------------] 1/12 compiled");
  expect(raw).toContain("[####################] 12/12 compiled");
  // Each bar is wiped before anything else is written.
  const after = raw.split(/\d+\/12 compiled/).slice(1);
  expect(after.filter((text) => !text.startsWith("\r\u001b[2K"))).toEqual([]);
  expect(lines.filter((line) => /w\d+\.yaml/.test(line))).toHaveLength(12);
  expect((await inTerminal([...compile, "--quiet"], { columns: 60, env })).raw).not.toContain("12/12");
  expect((await run(compile)).stderr).toBe("12 files: no problems\n");
});

describe("explain, components, ir and graph", () => {
  test("explain", async () => {
    const ran = await run(["explain", "wf_schema_001", "--json"]);
    expect(expectJson("explain", ran)).toMatchObject({ code: "WF_SCHEMA_001", severity: "error" });
    expect((await run(["explain", "WF_SCHEMA_001"])).stdout).toContain("unknown component");
    expect(await run(["explain", "WF_SCHEMA_01"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean WF_SCHEMA_001"),
    });
  });

  test("components", async () => {
    const all = await run(["components", "--json"]);
    const { components } = expectJson("components", all) as { components: { type: string }[] };
    expect(components.length).toBeGreaterThan(10);
    expect((await run(["components"])).stdout.trimEnd().split("\n")).toHaveLength(components.length + 1);
    expectJson("components", await run(["components", "core.", "--json"]));
    expect((await run(["components", "http.request"])).stdout).toContain("url (required)");
    expect(await run(["components", "htp.request"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean http.request?"),
    });
    expect((await run(["components", "--installed"])).code).toBe(0);
  });

  test("ir", async () => {
    const { code, stdout } = await run(["ir", golden("graph-while")]);
    expect([code, stdout]).toEqual([0, readFileSync(golden("graph-while", "program.ir"), "utf8")]);
    put("pay.yaml", broken);
    const bad = await run(["ir", "pay.yaml", "--json"]);
    expect([bad.code, expectJson("ir", bad)]).toMatchObject([100, { findings: [{ code: "WF_SCHEMA_001" }] }]);
  });

  test("graph", async () => {
    const draw = (format: string) => run(["graph", golden("amazon-polling", "definition.json"), "--format", format]);
    const mermaid = await draw("mermaid");
    expect(mermaid.stdout).toContain('flowchart TD\n  n1(["state-machine"])');
    expect(mermaid.stdout).toContain('n5 -->|"data.look.status === #34;SUCCEEDED#34;"| n6');
    const dot = (await draw("dot")).stdout;
    expect(dot).toMatch(/^digraph workflow \{\n/);
    expect(dot).toContain('  n5 -> n3 [label="else", constraint=false];\n');
    const svg = (await draw("svg")).stdout;
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox=/);
    expect(svg).toMatch(/<title>Ready\? \(line \d+\)<\/title>/);
    expect(svg.trimEnd().endsWith("</svg>")).toBe(true);
    const ran = await run(["graph", golden("graph-joins"), "--json"]);
    expectJson("graph", ran);
    put("pay.yaml", broken);
    const bad = await run(["graph", "pay.yaml"]);
    expect([bad.code, bad.stdout, bad.stderr.includes("--> pay.yaml:8:13")]).toEqual([100, "", true]);
  });
});
