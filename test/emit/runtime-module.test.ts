import { check } from "prettier";
import { describe, expect, test } from "vitest";
import { createRuntimeComposer } from "../../server/emit/runtime-module.ts";
import { createChecker } from "../../server/typecheck/checker.ts";
import { runtimeSources } from "./emitting.ts";

describe("the runtime module", () => {
  const composer = createRuntimeComposer(runtimeSources);

  test("has what is needed and no more", () => {
    const text = composer.compose(["visit"]);
    expect(text).toContain("export function visit(");
    expect(text).toContain("export class WorkflowError");
    expect(text).not.toContain("function call(");
    expect(text).not.toContain("import ");
  });

  test("is the same for the same needs, in whatever order they are named", () => {
    expect(composer.compose(["call", "execute", "all2"])).toBe(composer.compose(new Set(["all2", "execute", "call"])));
  });

  test("is accepted and formatted, each function by itself and all of them together", async () => {
    const checker = createChecker();
    for (const names of [composer.names, ...[...composer.names].map((name) => [name])]) {
      // What is not exported is unused where nothing else of its file is there.
      const problems = checker.check(new Map([["runtime.ts", composer.compose(names)]]));
      expect(problems.filter(({ code }) => names === composer.names || (code !== 6133 && code !== 6196))).toEqual([]);
    }
    checker.close();
    expect(await check(composer.compose(composer.names), { parser: "typescript" })).toBe(true);
  });

  test("refuses sources that are no plain declarations, and names that stand twice", () => {
    const of = (...texts: readonly string[]) =>
      createRuntimeComposer(new Map(texts.map((text, index) => [`${index}.ts`, text])));
    expect(() => of("export function a(): void {}", "export const a = 1;")).toThrow("already has a declaration a");
    expect(() => of("console.log(1);")).toThrow("no declaration");
    expect(() => of("export const {")).toThrow();
    expect(() => of("export function a(): void {}").compose(["b"])).toThrow("no declaration b");
  });

  test("does not take a local name for a function of the same name", () => {
    const text = createRuntimeComposer(
      new Map([
        [
          "a.ts",
          "export function uses(wait: number): number {\n  return wait;\n}\n\nexport function wait(): void {}\n",
        ],
      ]),
    ).compose(["uses"]);
    expect(text).not.toContain("function wait");
  });
});
