import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findRegex } from "../../server/emit/runtime/jsonata-regex.ts";
import { readRegex } from "../../server/emit/runtime/jsonata-regex-syntax.ts";

const atoms = fc.constantFrom(
  ..."a b c A \\. . ^ $ \\b \\B \\w \\W \\d \\s é \\x61 \\u0062 ] } : [ab] [^a] [a-c] [\\w-] [-a] [a\\]b] [^] [\\s\\S] [A-B] [^A-B\\d]".split(
    " ",
  ),
);
const counts = fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}", "{2,}", "{0,2}?");
const pattern = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    atoms,
    fc.tuple(tie("any"), tie("any")).map((parts) => parts.join("")),
    tie("any").map((inner) => `(${inner})`),
    fc.tuple(tie("any"), tie("any")).map(([left, right]) => `(?:${left}|${right}|)`),
    fc.tuple(tie("any"), counts).map(([inner, count]) => `(?:${inner})${count}`),
    fc.tuple(tie("any"), counts).map(([inner, count]) => `(${inner})${count}`),
  ),
})).any;
const text = fc.array(fc.constantFrom(..."abcAB1. k\né"), { maxLength: 7 }).map((parts) => parts.join(""));

/** The match and its groups, as RegExp gives them. */
function found(source: string, flags: string, given: string, from: number): readonly unknown[] | null {
  const regex = readRegex(source, flags);
  const ends = findRegex(regex, given, from);
  if (ends === null) return null;
  return Array.from({ length: regex.groups + 1 }, (_, group) => {
    const [start = -1, end] = ends.slice(2 * group);
    return start < 0 ? undefined : given.slice(start, end);
  });
}

describe("regular expressions of JSONata", () => {
  test("find what JavaScript's own find, groups included", () => {
    const flags = fc.constantFrom("", "i", "m", "im");
    fc.assert(
      fc.property(pattern, flags, text, fc.nat({ max: 2 }), (source, given, subject, from) => {
        fc.pre(from <= subject.length);
        const regex = new RegExp(source, `${given}g`);
        regex.lastIndex = from;
        const theirs = regex.exec(subject);
        expect(found(source, given, subject, from)).toEqual(theirs === null ? null : [...theirs]);
      }),
      { numRuns: 3000, seed: 11 },
    );
  });

  test("take no longer where RegExp would try all ways there are", () => {
    const long = "a".repeat(20_000);
    for (const source of ["(a+)+$", "(a|aa)+$", "(a|a)+$", "(.*)*x", "(?:a?){30}a{30}$"]) {
      expect(found(source, "", `${long}b`, 0)).toBeNull();
    }
  });
});
