import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "prettier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compilerOptions, createChecker, type TypeChecker } from "../../server/typecheck/checker.ts";
import { emit, filesOf, freeIdentifiers } from "./emitting.ts";
import { programs } from "./programs.ts";

/** `UPDATE=1` writes the modules as they are now: review the difference. */
const goldens = new URL("goldens/", import.meta.url);

describe("modules", () => {
  let checker: TypeChecker;
  beforeAll(() => {
    checker = createChecker();
  });
  afterAll(() => checker.close());

  test.each([...programs])("%s", async (name, make) => {
    const module = emit(make());
    const golden = new URL(`${name}.txt`, goldens);
    if (process.env.UPDATE) {
      mkdirSync(goldens, { recursive: true });
      writeFileSync(golden, module.text);
    }
    expect(module.text).toBe(existsSync(golden) ? readFileSync(golden, "utf8") : "");
    expect(emit(make()).text).toBe(module.text);
    expect(checker.check(filesOf(module))).toEqual([]);
    expect([...freeIdentifiers(module.text)].filter((free) => free !== "Number")).toEqual([]);
    // A template's own lines are its author's; only those with a template literal are not indented.
    if (name !== "templates") expect(await check(module.text, { parser: "typescript" })).toBe(true);
    expect(await check(module.runtime, { parser: "typescript" })).toBe(true);
  });

  test("every statement says where it comes from", () => {
    for (const make of programs.values()) {
      const { text, mappings } = emit(make());
      const offsets = mappings.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((left, right) => left - right));
      expect(offsets.at(-1) ?? 0).toBeLessThan(text.length);
    }
    const { text, mappings } = emit(programs.get("order")?.() ?? raise());
    const at = text.indexOf("const review = ");
    expect(mappings.find(({ offset }) => offset === at)?.origin?.node).toBe("review");
  });
});

/** The checker's library is cut down: what users have is not. */
test("modules are accepted beside lib.dom, all at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "modules-"));
  try {
    for (const [name, make] of programs) {
      mkdirSync(join(folder, name));
      for (const [file, text] of filesOf(emit(make()))) writeFileSync(join(folder, name, file), text);
    }
    const { noLib, ...options } = compilerOptions;
    expect(noLib).toBe(true);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, lib: ["es2023", "dom"] }, include: ["**/*.ts"] }),
    );
    const { stdout, status } = spawnSync(
      process.execPath,
      [join("node_modules", "typescript", "bin", "tsc"), "-p", folder],
      { encoding: "utf8" },
    );
    expect(stdout).toBe("");
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function raise(): never {
  throw new Error("there is no such program");
}
