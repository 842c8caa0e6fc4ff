import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as prettier from "prettier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compilerOptions } from "../../server/typecheck/checker.ts";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { fileOf, type GoldenCase, goldenCases, goldenFiles, goldenOf } from "../modules/golden.ts";

/** `npm run goldens` writes these files; their diff says what a change of the compiler means for its output. */
const cases = goldenCases();

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

function read(one: GoldenCase, file: string): string | undefined {
  return existsSync(one.folder + file) ? readFileSync(one.folder + file, "utf8") : undefined;
}

describe("a definition becomes what its folder says", () => {
  test.each(cases)("$name", (one) => {
    const { files } = goldenOf(one, compiler);
    for (const file of goldenFiles) expect(read(one, file), file).toBe(files.get(file));
  });
});

describe("a case", () => {
  test.each(cases)("$name has a module, or says why not", (one) => {
    const hasModule = read(one, "workflow.ts") !== undefined;
    expect(hasModule || read(one, "diagnostics.txt")?.includes(" error ")).toBe(true);
    expect(hasModule).toBe(!one.name.startsWith("fails-"));
  });
});

const modules = cases.filter((one) => !one.name.startsWith("fails-"));

describe("Prettier has nothing to change in", () => {
  test.each(modules)("$name", async (one) => {
    const text = read(one, "workflow.ts") ?? "";
    const formatted = await prettier.format(text, { parser: "typescript" });
    expect(formatted).toBe(text);
  });
});

describe("TypeScript itself", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "goldens-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("accepts all modules under the strictest settings, with the whole library", async () => {
    for (const one of modules) {
      const { artifact } = goldenOf(one, compiler);
      mkdirSync(join(folder, one.name));
      for (const path of ["workflow.ts", "runtime.ts"])
        writeFileSync(join(folder, one.name, path), artifact === null ? "" : fileOf(artifact, path));
    }
    // The service checks against a smaller library and its own types of the host; users have these.
    const { noLib, ...strict } = compilerOptions;
    expect(noLib).toBe(true);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const project = { compilerOptions: { ...strict, lib: ["es2023", "dom"] }, include: ["*/*.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
    expect(await problemsOf(folder)).toBe("");
  });
});

/** What `tsc -p folder` prints. */
async function problemsOf(folder: string): Promise<string> {
  const tsc = new URL("../../node_modules/typescript/bin/tsc", import.meta.url).pathname;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder, "--pretty", "false"]);
    return stdout;
  } catch (error) {
    if (error instanceof Error && "stdout" in error) return String(error.stdout);
    throw error;
  }
}
