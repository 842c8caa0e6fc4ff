import fc from "fast-check";
import { format } from "prettier";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChecker, type TypeChecker } from "../../server/typecheck/checker.ts";
import { emit, filesOf, freeIdentifiers } from "./emitting.ts";
import { randomFrom, randomProgram } from "./random-programs.ts";

let checker: TypeChecker;
beforeAll(() => {
  checker = createChecker();
});
afterAll(() => checker.close());

/** Variables are used on paths where they have no value, and compared with what they can never be: TypeScript agrees with all of it. */
test("TypeScript and Prettier accept the module of any program", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      const module = emit(randomProgram(randomFrom(seed)));
      expect(checker.check(filesOf(module))).toEqual([]);
      expect(await format(module.text, { parser: "typescript" })).toBe(module.text);
      expect([...freeIdentifiers(module.text)]).toEqual([]);
    }),
    { numRuns: 150, seed: 20_260 },
  );
});
