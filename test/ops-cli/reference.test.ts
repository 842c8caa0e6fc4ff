import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { generatedFiles } from "../../ops-cli/reference/generate.ts";
import { wfops } from "./wfops.ts";

const root = new URL("../../", import.meta.url).pathname;
const files = await generatedFiles();
const { commands, topics } = JSON.parse(files.get("test/ops-cli/commands.json") ?? "");

/** `npm run wfops:docs` writes them; a change of commands.json is a change of what scripts rely on. */
describe("what is made of the commands is current", () => {
  test.each([...files])("%s", (path, content) => {
    expect(readFileSync(root + path, "utf8")).toBe(content);
  });
});

describe("a command", () => {
  const names: readonly string[] = commands.map(({ name }: { name: string }) => name);

  test("is a file, and a file is a command", () => {
    const found = globSync("**/*.ts", { cwd: `${root}ops-cli/commands` });
    expect(found.map((file) => file.slice(0, -3).replaceAll("/", " ")).sort()).toEqual([...names].sort());
  });

  test.each(names)("%s says what it does and what it prints", (name) => {
    const { args, flags, schema } = commands.find((one: { name: string }) => one.name === name);
    expect(Object.keys(schema).length, "a schema").toBeGreaterThan(0);
    new Ajv2020({ strict: true, strictTypes: false, validateFormats: false }).compile(schema);
    for (const one of [...args, ...flags]) expect(one.description, one.name).not.toBe("");
    const { summary } = JSON.parse(files.get("ops-cli/oclif.manifest.json") ?? "").commands[name.replaceAll(" ", ":")];
    expect(summary).toMatch(/^[A-Z].*\.$/);
  });

  test("of several words has a topic that is described", () => {
    const described = topics.map((topic: { name: string }) => topic.name);
    const needed = new Set(names.filter((name) => name.includes(" ")).map((name) => name.split(" ")[0]));
    expect([...needed].filter((topic) => !described.includes(topic))).toEqual([]);
  });
});

describe("completion", () => {
  /** What bash offers for a line, the cursor at its end. */
  const offered = async (line: string): Promise<readonly string[]> => {
    const { stdout: script } = await wfops(["completion", "bash"]);
    const words = line.split(" ");
    const shell = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _wfops; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", shell], { cwd: `${root}docs/decisions` });
    return stdout.split("\n").filter((word) => word !== "");
  };

  test.each([
    ["wfops va", ["validate"]],
    ["wfops cache ", ["clear", "stats", "warm"]],
    ["wfops --server 127.0.0.1:1 cache c", ["clear"]],
    ["wfops validate --fo", ["--format"]],
    ["wfops validate --format s", ["sarif"]],
    ["wfops compile x.yaml --target ", ["module", "temporal"]],
    ["wfops explain --no-", ["--no-color"]],
    ["wfops validate 0001", ["0001-native-type-checker.md"]],
  ])("of bash: %s", async (line, expected) => {
    expect(await offered(line)).toEqual(expected);
  });

  test.each(["bash", "zsh", "fish"])("of %s knows every command and flag", async (shell) => {
    const { code, stdout } = await wfops(["completion", shell]);
    expect(code).toBe(0);
    for (const { name, flags } of commands) {
      for (const word of name.split(" ")) expect(stdout).toContain(word);
      for (const flag of flags) expect(stdout).toContain(flag.name.replace(/^--(\[no-\])?/, ""));
    }
    // Balanced quotes are what a wrong escape would break first.
    const unescaped = stdout.replaceAll("'\\''", "").replaceAll("\\'", "").replace(/^#.*$/gm, "");
    expect((unescaped.match(/'/g)?.length ?? 0) % 2).toBe(0);
  });
});
