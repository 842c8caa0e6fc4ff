import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expressions } from "./jsonata-expressions.ts";
import { withExpressions } from "./jsonata-oracle.ts";

const scalar = fc.oneof(fc.constantFrom<unknown>(null, true, false, "", "x", "hello", "t", 0, 1, 2, 3, 2.5, -4));
const texts = fc.constantFrom("x", "y", "hello", "");
const numbers = fc.constantFrom(0, 1, 2, 3, 7, -1, 2.5);

/** Data of a usual shape, in which anything may be missing or be something else. */
const data = fc.record(
  {
    n: fc.oneof({ weight: 5, arbitrary: numbers }, scalar),
    m: numbers,
    s: fc.oneof({ weight: 5, arbitrary: texts }, scalar),
    t: fc.constantFrom("12", "-1.5e3", "abc", "0b11"),
    nil: fc.constant(null),
    a: fc.oneof({ weight: 3, arbitrary: fc.constant<unknown>({ b: { c: 1 } }) }, fc.constant([]), scalar),
    list: fc.oneof(
      { weight: 5, arbitrary: fc.array(numbers, { maxLength: 4 }) },
      scalar,
      fc.array(scalar, { maxLength: 3 }),
    ),
    items: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.array(
          fc.record(
            {
              name: texts,
              price: numbers,
              tags: fc.oneof(fc.constant<unknown>("t"), fc.array(fc.constantFrom("t", "u"), { maxLength: 2 })),
            },
            { requiredKeys: [] },
          ),
          { maxLength: 3 },
        ),
      },
      scalar,
    ),
    nested: fc.constantFrom<unknown>([[1, 2], [3]], [[{ k: 1 }], { k: [2, 3] }], [[]], [[1]]),
  },
  { requiredKeys: [] },
);

describe("translated JSONata against the library", () => {
  it("gives the same value, nothing or the same error on random data", async () => {
    const different: string[] = [];
    await withExpressions(expressions, async ({ compiled, library }) => {
      // The library marks arrays of the data that it is given.
      for (const given of fc.sample(data, { numRuns: 12, seed: 7 })) {
        for (const [index, expression] of expressions.entries()) {
          const [ours, theirs] = [await compiled(index, given), await library(index, structuredClone(given))];
          if (ours !== theirs) different.push(`${expression} of ${JSON.stringify(given)}: ${ours}, library: ${theirs}`);
        }
      }
    });
    expect(different).toEqual([]);
  });
});
