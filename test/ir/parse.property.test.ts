import fc from "fast-check";
import { expect, test } from "vitest";
import { parseProgram } from "../../server/ir/parse.ts";
import { printProgram } from "../../server/ir/print.ts";
import { comparable } from "./comparable.ts";
import { randomProgram } from "./random-program.ts";

test("any program is the same after it was printed and parsed", () => {
  fc.assert(
    fc.property(randomProgram, (program) => {
      const text = printProgram(program);
      const parsed = parseProgram(text);
      expect(printProgram(parsed)).toBe(text);
      expect(comparable(parsed)).toEqual(comparable(program));
    }),
    // Shrinking such programs takes minutes and does not make them small.
    { numRuns: 500, endOnFailure: true },
  );
});
