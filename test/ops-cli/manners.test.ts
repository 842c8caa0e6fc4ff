import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wfops } from "./wfops.ts";

/** What all commands have in common, as far as it needs no server. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wfops-manners-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing listens there: the port is reserved. */
const nowhere = "127.0.0.1:1";

describe("help", () => {
  test.each([[["--help"]], [[]], [["help"]], [["-h"]]])("%j lists the commands", async (args) => {
    const { code, stdout, stderr } = await wfops(args);
    expect([code, stderr]).toEqual([0, ""]);
    for (const word of ["validate", "compile", "explain", "completion"]) expect(stdout).toContain(word);
  });

  test.each([[["validate", "--help"]], [["help", "validate"]]])("%j describes one of them", async (args) => {
    const { code, stdout } = await wfops(args);
    expect(code).toBe(0);
    for (const part of ["--fix", "sarif", "--timeout", "EXAMPLES"]) expect(stdout).toContain(part);
  });

  test("loads neither gRPC, nor the contract, nor any command", async () => {
    const list = join(folder, "loaded");
    const node = ["--import", new URL("loaded.ts", import.meta.url).href];
    await wfops(["--help"], { node, env: { LOADED: list } });
    const loaded = readFileSync(list, "utf8").split("\n");
    expect(loaded.some((url) => url.endsWith("ops-cli/main.ts"))).toBe(true);
    expect(
      loaded.filter((url) => /grpc|\/proto\/|protobuf|ops-cli\/commands\/|ops-cli\/command\.ts|\/yaml\//.test(url)),
    ).toEqual([]);
  });

  test("a command loads no other command", async () => {
    const list = join(folder, "loaded-by-one");
    const node = ["--import", new URL("loaded.ts", import.meta.url).href];
    await wfops(["explain", "WF_SCHEMA_001", "--server", nowhere], { node, env: { LOADED: list } });
    const loaded = readFileSync(list, "utf8").split("\n");
    expect(loaded.filter((url) => url.includes("/ops-cli/commands/")).map((url) => url.split("/").at(-1))).toEqual([
      "explain.ts",
    ]);
  });

  test("--version tells the version", async () => {
    expect(await wfops(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ops-cli\/\d+\.\d+\.\d+ /),
    });
  });
});

describe("a line that is wrong ends with 2 and says what to do", () => {
  test.each([
    [
      "a command that is misspelt",
      ["validat", "x.yaml"],
      "there is no command validat; did you mean `wfops validate`?",
    ],
    ["one of a topic", ["cache", "clera"], "did you mean `wfops cache clear`?"],
    ["nothing like a command", ["zzzzzz"], "there is no command zzzzzz\n"],
    [
      "a flag that is misspelt",
      ["explain", "WF_SCHEMA_001", "--tiemout", "3s"],
      "there is no flag --tiemout; did you mean --timeout?",
    ],
    ["a flag of one command", ["validate", "x.yaml", "--fxi"], "did you mean --fix?"],
    ["an argument that is missing", ["explain"], "CODE must be given"],
    ["one too many", ["explain", "a", "b"], "unexpected argument: b"],
    ["a choice that there is not", ["validate", "x.yaml", "--format", "xml"], "to be one of: text, json, sarif"],
    [
      "a choice that is misspelt",
      ["validate", "x.yaml", "--format", "sarfi"],
      "there is no sarfi; did you mean sarif?",
    ],
    ["an argument that is misspelt", ["loglevel", "debgu"], "there is no debgu; did you mean debug?"],
    ["a flag that needs another", ["validate", "x.yaml", "--dry-run"], "are about --fix"],
    ["a duration in words", ["explain", "a", "--timeout", "soon"], '--timeout is "soon"; it must be a duration'],
    ["an address without a port", ["explain", "a", "--server", "localhost"], "it must be HOST:PORT"],
    ["a file that is not there", ["validate", "nothing.yaml"], "there is no file nothing.yaml"],
    ["a folder where a file is meant", ["compile", "."], ". is a folder"],
  ])("%s", async (_what, args, said) => {
    const plain = await wfops(args);
    expect([plain.code, plain.stdout]).toEqual([2, ""]);
    expect(plain.stderr).toMatch(/^error: /);
    expect(plain.stderr).toContain(said);
    const json = await wfops([...args, "--json"]);
    expect([json.code, json.stderr]).toEqual([2, ""]);
    expect(JSON.parse(json.stdout)).toEqual({
      error: { reason: "usage", message: expect.any(String), next: expect.any(Array) },
    });
  });

  test("--json after -- is an argument", async () => {
    expect(await wfops(["explain", "a", "b", "--", "--json"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("the server is found", () => {
  const config = (text: string) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, text);
    return file;
  };
  /** The address that was tried. */
  const tried = async (args: readonly string[], env: Record<string, string>) => {
    const { code, stderr, stdout } = await wfops(["explain", "WF_SCHEMA_001", ...args], { env });
    expect([code, stdout]).toEqual([1, ""]);
    return /error: (\S+) cannot be reached/.exec(stderr)?.[1];
  };

  test("by flag, before variable, before context, before the default", async () => {
    const file = config("current: b\ncontexts:\n  a: { server: '127.0.0.1:2' }\n  b: { server: ['127.0.0.1:3'] }\n");
    const env = { WFOPS_CONFIG: file };
    expect(await tried([], { ...env, WFOPS_SERVER: "127.0.0.1:4" })).toBe("127.0.0.1:4");
    expect(await tried(["--server", "127.0.0.1:5"], { ...env, WFOPS_SERVER: "127.0.0.1:4" })).toBe("127.0.0.1:5");
    expect(await tried([], env)).toBe("127.0.0.1:3");
    expect(await tried(["--context", "a"], env)).toBe("127.0.0.1:2");
    expect(await tried([], { ...env, WFOPS_CONTEXT: "a", WFOPS_SERVER: "" })).toBe("127.0.0.1:2");
  });

  test("in ~/.config, or where XDG_CONFIG_HOME says", async () => {
    mkdirSync(join(folder, "xdg/wfops"), { recursive: true });
    writeFileSync(join(folder, "xdg/wfops/config.yaml"), "current: a\ncontexts: { a: { server: '127.0.0.1:6' } }\n");
    expect(await tried([], { XDG_CONFIG_HOME: join(folder, "xdg") })).toBe("127.0.0.1:6");
  });

  test.each([
    ["a context that is not there", "contexts: { a: {} }", ["--context", "b"], "there is no context b in"],
    ["no file at all", null, ["--context", "b"], "does not exist"],
    ["a file that is not YAML", "contexts: {", [], "is not YAML"],
    [
      "a field that is misspelt",
      "current: a\ncontexts: { a: { sever: x } }",
      [],
      "a field sever; did you mean server?",
    ],
    ["a field that is no text", "current: a\ncontexts: { a: { token: 1 } }", [], "has a token that is no text"],
    ["a certificate without its key", "current: a\ncontexts: { a: { certFile: x } }", [], "needs its key"],
  ])("or not: %s", async (_what, text, args, said) => {
    const env = { WFOPS_CONFIG: text === null ? join(folder, "none.yaml") : config(text) };
    const { code, stderr } = await wfops(["explain", "WF_SCHEMA_001", ...args], { env });
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });
});
