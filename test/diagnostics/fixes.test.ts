import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { applyPatch } from "./json-patch.ts";

const folder = new URL("./", import.meta.url).pathname;
const files = globSync("WF_*/*.{yaml,json}", { cwd: folder }).sort();

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const diagnose = (text: string) =>
  compiler.validate({ format: null, content: Buffer.from(text), name: "" }).diagnostics;

describe("each fix makes its diagnostic go away, and brings no other", () => {
  test.each(files)("%s", (file) => {
    const text = readFileSync(folder + file, "utf8");
    const before = diagnose(text);
    for (const diagnostic of before) {
      for (const { title, patch } of diagnostic.fixes) {
        const after = diagnose(JSON.stringify(applyPatch(parse(text, { uniqueKeys: false }), patch)));
        expect([title, after.map(({ code }) => code)]).toEqual([
          title,
          before.filter((other) => other !== diagnostic).map(({ code }) => code),
        ]);
      }
    }
  });
});

test("fixes are offered", () => {
  const offering = files.filter((file) =>
    diagnose(readFileSync(folder + file, "utf8")).some(({ fixes }) => fixes.length > 0),
  );
  expect(offering.length).toBeGreaterThanOrEqual(8);
});
