import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { formatJson } from "../../ops-cli/format/json.ts";
import { formatYaml } from "../../ops-cli/format/yaml.ts";
import { expectJson, wfops } from "./wfops.ts";

const root = new URL("../../", import.meta.url).pathname;

describe("YAML", () => {
  test("is laid out; comments, anchors, quotes and texts stay", () => {
    const untidy = `# Top.


a:
    - b:   >-
        folded
         text

        with lines
    # about c
    - &x { c:   [1,2 , 3],   d: "\\u202e \\t" }   # behind
    - *x
e: 'it''s'
f: 0x1F
n: 12345678901234567890
g:
- |
      block
- 1.0


# end
`;
    expect(formatYaml(untidy)).toBe(`# Top.

a:
  - b: >-
      folded
       text

      with lines
  # about c
  - &x { c: [1, 2, 3], d: "\\u202e \\t" } # behind
  - *x
e: 'it''s'
f: 0x1F
n: 12345678901234567890
g:
  - |
    block
  - 1.0

# end
`);
  });

  test("of this repository means the same, and stays as it is the second time", () => {
    const files = globSync(["docs/examples/**/*.yaml", "test/goldens/**/*.yaml", "test/diagnostics/WF_*/*.yaml"], {
      cwd: root,
    });
    expect(files.length).toBeGreaterThan(60);
    for (const file of files) {
      const text = readFileSync(root + file, "utf8");
      let formatted: string;
      try {
        formatted = formatYaml(text);
      } catch {
        // Definitions that fail on their syntax are left alone.
        continue;
      }
      expect([file, formatYaml(formatted)]).toEqual([file, formatted]);
    }
  });

  test("of any shape means the same, and stays as it is the second time", () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(value, fc.constantFrom(2, 4, 7), fc.boolean(), (given, indent, flow) => {
        const text = stringify(given, { indent, ...(flow && { collectionStyle: "flow" }) });
        let formatted: string;
        try {
          formatted = formatYaml(text);
        } catch (error) {
          // It would rather leave a file alone than change it.
          expect(String(error)).toContain("would mean something else");
          return;
        }
        expect(parse(formatted)).toEqual(parse(text));
        expect(formatYaml(formatted)).toBe(formatted);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe("JSON", () => {
  test("is laid out token by token", () => {
    expect(formatJson('{"a":1.0,"a":[ 1e5,12345678901234567890 ],"b":{},"c":[{"d":"\\u0041"},[]],"e":null}')).toBe(`{
  "a": 1.0,
  "a": [1e5, 12345678901234567890],
  "b": {},
  "c": [
    { "d": "\\u0041" },
    []
  ],
  "e": null
}
`);
  });

  test("of any shape means the same, and stays as it is the second time", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const formatted = formatJson(text);
        expect(JSON.parse(formatted)).toEqual(JSON.parse(text));
        expect(formatJson(formatted)).toBe(formatted);
        expect(formatted.replace(/\s(?=(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$)/g, "").length).toBeGreaterThan(0);
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});

describe("wfops fmt", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wfops-fmt-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (args: readonly string[], stdin: string | Buffer = "") => wfops(["fmt", ...args], { cwd: folder, stdin });
  const put = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);

  test("writes, checks, and needs no server", async () => {
    put("a.yaml", "a:   1\n");
    put("b.json", '{"a":1}');
    const checked = await run(["a.yaml", "b.json", "--check", "--json"]);
    expect([checked.code, expectJson("fmt", checked)]).toMatchObject([
      100,
      { files: [{ state: "unformatted" }, { state: "unformatted" }] },
    ]);
    expect(await run(["a.yaml", "b.json"])).toMatchObject({ code: 0, stdout: "a.yaml\nb.json\n" });
    expect(readFileSync(join(folder, "a.yaml"), "utf8")).toBe("a: 1\n");
    expect(readFileSync(join(folder, "b.json"), "utf8")).toBe('{ "a": 1 }\n');
    expect(await run(["a.yaml", "b.json", "--check"])).toMatchObject({ code: 0, stdout: "" });
    expect(await run(["-"], "a:   1\n")).toMatchObject({ code: 0, stdout: "a: 1\n" });
  });

  test.each([
    ["what is no YAML", "a: [1"],
    ["what is no text", Buffer.from([0xff, 0xfe, 0])],
    [
      "a bomb of aliases",
      `a: &a [${"x,".repeat(20)}]\n${[..."bcdefgh"].map((name, index) => `${name}: &${name} [${`*${"abcdefg"[index]},`.repeat(20)}]`).join("\n")}\n`,
    ],
  ])("leaves %s alone", async (_what, content) => {
    put("bad.yaml", content);
    const { code, stdout } = await run(["bad.yaml"]);
    expect([code, stdout.startsWith("failed: bad.yaml: ")]).toEqual([1, true]);
    expect(readFileSync(join(folder, "bad.yaml"))).toEqual(Buffer.from(content));
  });
});
