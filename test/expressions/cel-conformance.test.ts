import { describe, expect, test } from "vitest";
import { createChecker } from "../../server/typecheck/checker.ts";
import { conformanceTests, createConformance, leftOut, leftOutReason, type Outcome } from "./cel-conformance.ts";
import { knownDifferences } from "./cel-conformance-known.ts";

const tests = conformanceTests();
const tried = tests.filter((one) => leftOutReason(one) === undefined);
const known = new Set(knownDifferences.flatMap((group) => group.tests));
const conformance = createConformance();
const outcomes = new Map<string, Outcome>();
for (const one of tried) outcomes.set(one.id, await conformance.run(one));

describe("the conformance data of CEL", () => {
  test("each test is tried or left out for a reason", () => {
    expect(tests.length).toBeGreaterThan(2_300);
    expect(tried.length).toBeGreaterThan(1_450);
    expect(new Set(tests.map(({ id }) => id)).size).toBe(tests.length);
    for (const name of leftOut.keys())
      expect(
        tests.some(({ id }) => id.startsWith(`${name}/`)),
        name,
      ).toBe(true);
  });

  test("what is not listed as different comes out as expected", () => {
    const failures = tried.flatMap(({ id, expression }) => {
      const outcome = outcomes.get(id);
      return outcome?.passed === true || known.has(id) ? [] : [`${id}: ${expression} gave ${outcome?.found}`];
    });
    expect(failures).toEqual([]);
  });

  test("what is listed as different is", () => {
    const listed = knownDifferences.flatMap((group) => group.tests);
    expect(listed.length).toBe(known.size);
    expect(listed.filter((id) => outcomes.get(id)?.passed !== false)).toEqual([]);
  });

  test("TypeScript accepts the module of every expression that compiles", () => {
    const modules = conformance.modules();
    expect(modules.size).toBeGreaterThan(1_100);
    const checker = createChecker();
    try {
      const problems = checker.check(modules).map(({ file, message }) => `${message}\n${modules.get(file)}`);
      expect(problems).toEqual([]);
    } finally {
      checker.close();
    }
  });
});
