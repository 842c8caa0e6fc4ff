import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createChecker, type TypeChecker } from "../../server/typecheck/checker.ts";
import { hostTypes } from "../../server/typecheck/host-types.ts";
import { toJavaScript } from "../../server/typecheck/transform.ts";

const runtime = "export function double(x: number): number {\n  return x * 2;\n}\n";
const workflow = (argument: string) =>
  `import { double } from "./runtime.js";\n\nexport const result: number = double(${argument});\n`;

function files(argument: string): ReadonlyMap<string, string> {
  return new Map([
    ["workflow.ts", workflow(argument)],
    ["runtime.ts", runtime],
  ]);
}

describe("the type-checker", () => {
  let checker: TypeChecker;
  beforeAll(() => {
    checker = createChecker();
  });
  afterAll(() => checker.close());

  test("accepts a right module and refuses a wrong one, again and again", () => {
    for (let round = 0; round < 3; round++) {
      expect(checker.check(files(String(round)))).toEqual([]);
      const [problem] = checker.check(files(`"${round}"`));
      expect(problem).toMatchObject({ file: "workflow.ts", code: 2345, offset: workflow("").indexOf(")") });
    }
  });

  test("gives syntax errors with their place", () => {
    const problems = checker.check(new Map([["workflow.ts", "export const a: number = 1 +;\n"]]));
    expect(problems).toMatchObject([{ code: 1109, offset: 28 }]);
  });

  test("notices a changed runtime under an unchanged workflow", () => {
    expect(checker.check(files("1"))).toEqual([]);
    const changed = new Map([
      ...files("1"),
      ["runtime.ts", runtime.replace("x: number)", "x: string)").replace("x * 2", "x.length")],
    ]);
    expect(checker.check(changed)).toMatchObject([{ file: "workflow.ts", code: 2345 }]);
  });

  test("refuses what is unused, implicit or not erasable", () => {
    const codes = (text: string) => checker.check(new Map([["workflow.ts", text]])).map((problem) => problem.code);
    expect(codes("const unused = 1;\nexport {};\n")).toEqual([6133]);
    expect(codes("export function f(x) {\n  return x;\n}\n")).toContain(7006);
    expect(codes("export enum E {\n  A,\n}\n")).toContain(1294);
    expect(codes("const list: string[] = [];\nexport const first: string = list[0];\n")).toEqual([2322]);
  });

  test("throws when its process is killed, so that the worker replaces it", () => {
    const doomed = createChecker();
    expect(doomed.check(files("1"))).toEqual([]);
    process.kill(doomed.processId, "SIGKILL");
    expect(() => doomed.check(files("2"))).toThrow();
  });
});

test("the host's types that modules are checked against agree with lib.dom and with Node's own", () => {
  const folder = mkdtempSync(join(process.cwd(), "test/typecheck/.host-"));
  try {
    const uses = [
      "const controller = new AbortController();",
      "export const signal: AbortSignal = AbortSignal.any([controller.signal]);",
      "signal.addEventListener('abort', () => {}, { once: true });",
      "export const timer = setTimeout(() => {}, 1);",
      "clearTimeout(timer);",
      "export const answer: Promise<Response> = fetch('http://127.0.0.1', { method: 'POST', headers: { a: 'b' }, body: '', signal });",
      "export const text: string = new TextDecoder().decode(new TextEncoder().encode(atob(btoa('a'))));",
    ].join("\n");
    writeFileSync(join(folder, "uses.ts"), uses);
    writeFileSync(join(folder, "host.d.ts"), hostTypes);
    const common = ["--ignoreConfig", "--noEmit", "--strict", "--target", "es2023", "--module", "nodenext"];
    const tsc = (...args: string[]) =>
      spawnSync(join(process.cwd(), "node_modules/.bin/tsc"), [...common, ...args], { cwd: folder, encoding: "utf8" })
        .stdout;
    expect(tsc("--lib", "es2023", "--types", "", "uses.ts", "host.d.ts")).toBe("");
    expect(tsc("--lib", "es2023,dom", "--types", "", "uses.ts")).toBe("");
    expect(tsc("--lib", "es2023", "--types", "node", "uses.ts")).toBe("");
    expect(tsc("--lib", "es2023", "--types", "", "uses.ts")).toContain("AbortController");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("JavaScript, declarations and the places of their pieces come of a module", () => {
  const result = toJavaScript("workflow.ts", workflow("1"));
  expect(result.code).toBe('import { double } from "./runtime.js";\nexport const result = double(1);\n');
  expect(result.declarations).toContain("export declare const result: number;");
  expect(result.places()).toContainEqual({
    generated: { line: 2, column: 22 },
    original: { line: 3, column: 30 },
  });
});
