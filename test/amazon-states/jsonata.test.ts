import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { anyValueCalls, anyValues, calls, textCalls, texts } from "./jsonata-calls.ts";
import { expressions } from "./jsonata-expressions.ts";
import { differenceOf, differences, withExpressions } from "./jsonata-oracle.ts";
import { pathData, pathExpressions } from "./jsonata-paths.ts";
import * as pictures from "./jsonata-pictures.ts";
import { randomData, randomExpressions } from "./jsonata-random.ts";

const scalar = fc.oneof(fc.constantFrom<unknown>(null, true, false, "", "x", "hello", "t", 0, 1, 2, 3, 2.5, -4));
const words = fc.constantFrom("x", "y", "hello", "");
const numbers = fc.constantFrom(0, 1, 2, 3, 7, -1, 2.5);

/** Data of a usual shape, in which anything may be missing or be something else. */
const data = fc.record(
  {
    n: fc.oneof({ weight: 5, arbitrary: numbers }, scalar),
    m: numbers,
    s: fc.oneof({ weight: 5, arbitrary: words }, scalar),
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
              name: words,
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

afterEach(() => {
  vi.useRealTimers();
});

/** Each value with each picture. */
function pairs(values: readonly (number | string)[], all: readonly string[]): readonly object[] {
  return values.flatMap((value) => all.map((picture) => ({ value, picture })));
}

function written(texts: readonly (readonly [string, string])[]): readonly object[] {
  return texts.map(([value, picture]) => ({ value, picture }));
}

describe("translated JSONata against the library", () => {
  it("gives the same value, nothing or the same error on random data", async () => {
    expect(await differences(expressions, fc.sample(data, { numRuns: 12, seed: 7 }))).toEqual([]);
  });

  it("does so for random expressions", async () => {
    const different: string[] = [];
    await withExpressions(randomExpressions(150, 22), async ({ compiled, library, text }) => {
      for (const given of randomData) {
        for (let index = 0; index < 150; index++) {
          const [ours, theirs] = [await compiled(index, given), await library(index, structuredClone(given))];
          // The library evaluates the items of an array at the same time: another one may fail first.
          if (ours !== theirs && !(ours.startsWith("error") && theirs.startsWith("error")))
            different.push(`${text(index)} of ${JSON.stringify(given)}: ${ours}, library: ${theirs}`);
        }
      }
    });
    expect(different).toEqual([]);
  });

  it("binds by `@`, `#` and for `%`, orders, groups and keeps arrays as the library does", async () => {
    expect(await differences(pathExpressions, pathData)).toEqual([]);
  });

  it("calls every function with any kind of value", async () => {
    const given = anyValues.map((v) => ({ v }));
    expect(await differences(anyValueCalls, given)).toEqual([]);
  });

  it("counts characters of texts, and bytes, as the library does", async () => {
    const given = texts.map((v) => ({ v }));
    expect(await differences(textCalls, given)).toEqual([]);
  });

  it("agrees on single calls, regular expressions and errors", async () => {
    expect(await differences(calls, [{}])).toEqual([]);
  });

  it("writes and reads by pictures", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1511111111111 });
    const cases = [
      pairs(pictures.numbers, pictures.numberPictures),
      pairs(pictures.integers, pictures.integerPictures),
      written(pictures.writtenIntegers),
      pairs(pictures.times, pictures.datePictures),
      pairs(pictures.zones, pictures.zonePictures),
      written(pictures.writtenDates),
      ...pictures.pictureExpressions.map(() => [{}]),
    ];
    const different: string[] = [];
    await withExpressions([...pictures.pictureCalls, ...pictures.pictureExpressions], async (evaluators) => {
      for (const [index, data] of cases.entries())
        for (const given of data) different.push(...(await differenceOf(evaluators, index, given)));
    });
    expect(different).toEqual([]);
  });
});
