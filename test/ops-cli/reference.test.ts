import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generatedFiles } from "../../ops-cli/reference/generate.ts";
import { expectJson, wfops } from "./wfops.ts";

const root = new URL("../../", import.meta.url).pathname;
const files = await generatedFiles();
const { commands, globalFlags, topics } = JSON.parse(files.get("test/ops-cli/commands.json") ?? "");

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

/** What a shell offers for a line, the cursor at its end. */
type Offered = (line: string) => Promise<readonly string[]>;

/** Files are completed in here. */
const cwd = `${root}docs/decisions`;

async function printed(shell: string, args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(shell, [...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: home },
  });
  return stdout.split("\n").filter((word) => word !== "");
}

const scripts = new Map<string, string>();
/** Shells make folders there. */
const home = mkdtempSync(join(tmpdir(), "wfops-shells-"));
afterAll(() => rmSync(home, { recursive: true }));
beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const data = expectJson("completion", await wfops(["completion", shell, "--json"]));
    scripts.set(shell, (data as { script: string }).script);
  }
});

const bash: Offered = (line) => {
  const words = line.split(" ");
  const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`;
  return printed("bash", ["--norc", "-c", `${scripts.get("bash")}\n${set}; _wfops; printf '%s\\n' "\${COMPREPLY[@]}"`]);
};

/** Its completion system wants a terminal: here stands what the function tells it, which it would filter by what is typed. */
const zsh: Offered = async (line) => {
  const words = line.split(" ");
  const system = `compdef() { : }; compadd() { shift; print -l -- "$@" }; _files() { print -l -- *(N) }`;
  const ask = `words=("$@"); CURRENT=$#words; _wfops`;
  const told = await printed("zsh", ["-f", "-c", `${system}\n${scripts.get("zsh")}\n${ask}`, "zsh", ...words]);
  return told.filter((word) => word.startsWith(words.at(-1) ?? ""));
};

/** Fish also offers what has the letters somewhere in it, where nothing begins with them. */
const fish: Offered = async (line) => {
  const ask = `complete --do-complete '${line}'`;
  const told = await printed("fish", ["--no-config", "-c", `${scripts.get("fish")}\n${ask}`]);
  return told.map((word) => word.split("\t")[0] ?? "").filter((word) => word.startsWith(line.split(" ").at(-1) ?? ""));
};

describe.each([
  ["bash", bash],
  ["zsh", zsh],
  ["fish", fish],
])("completion of %s", (_shell, offered) => {
  test.each([
    ["wfops va", ["validate"]],
    ["wfops cache ", ["clear", "stats", "warm"]],
    ["wfops --server 127.0.0.1:1 cache c", ["clear"]],
    ["wfops validate --fo", ["--format"]],
    ["wfops validate --format s", ["sarif"]],
    ["wfops compile x.yaml --target ", ["module", "temporal"]],
    ["wfops explain --no-", ["--no-color"]],
    ["wfops loglevel de", ["debug"]],
    ["wfops loglevel debug --dry", ["--dry-run"]],
    ["wfops validate 0001", ["0001-native-type-checker.md"]],
  ])("%s", async (line, expected) => {
    expect(await offered(line)).toEqual(expected);
  });

  test("every command, and every flag of one", async () => {
    const words = commands.map(({ name }: { name: string }) => name.split(" ")[0]);
    expect([...(await offered("wfops "))].sort()).toEqual([...new Set(words)].sort());
    const { flags } = commands.find(({ name }: { name: string }) => name === "validate");
    const long = [...flags, ...globalFlags].flatMap(({ name }: { name: string }) =>
      name.startsWith("--[no-]") ? [`--${name.slice(7)}`, `--no-${name.slice(7)}`] : [name],
    );
    expect([...(await offered("wfops validate --"))].sort()).toEqual([...long, "--help"].sort());
  });
});
