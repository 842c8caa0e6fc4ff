import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseProgram } from "../../server/ir/parse.ts";
import { printProgram } from "../../server/ir/print.ts";
import type { Program } from "../../server/ir/program.ts";
import { structure } from "../../server/structure/structure.ts";
import { programOf } from "../modules/golden.ts";
import { comparable } from "./comparable.ts";

/** Every example of the documentation and every golden case that compiles. */
const root = new URL("../../", import.meta.url).pathname;
const definitions = globSync("{docs/examples,test/goldens}/**/{workflow.yaml,definition.{yaml,json}}", { cwd: root })
  .filter((path) => !path.includes("/fails-"))
  .sort();

test.each(definitions)("%s is the same after it was printed and parsed, before and after structuring", (path) => {
  const program = programOf(readFileSync(root + path, "utf8"));
  expect(program).not.toBeNull();
  if (program === null) return;
  for (const form of [program, structure(program)]) expectSameAfterText(form);
});

test("there are examples and cases", () => {
  expect(definitions.length).toBeGreaterThan(25);
});

function expectSameAfterText(program: Program): void {
  const text = printProgram(program);
  const parsed = parseProgram(text);
  expect(printProgram(parsed)).toBe(text);
  expect(comparable(parsed)).toEqual(comparable(program));
  expect(printProgram(parseProgram(printProgram(program, { origins: true })))).toBe(text);
}
