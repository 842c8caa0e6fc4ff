import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matches } from "../../server/emit/runtime/cel-match.ts";
import { checkPattern } from "../../server/expressions/cel-pattern.ts";

describe("what patterns match", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["b", ["b", "abc"], ["", "ac"]],
    ["^a$", ["a"], ["ab", "ba", "a\n"]],
    ["", ["", "a"], []],
    ["^(?:ab|c)+$", ["ab", "cab", "ccc"], ["", "abx"]],
    ["^[^@ ]+@[^@ ]+\\.[a-z]{2,}$", ["a@b.de", "x.y@z.w.com"], ["a@b", "a b@c.de", "a@b.d"]],
    ["^\\d{3}-\\d{2,4}$", ["123-45", "123-4567"], ["12-45", "123-4", "123-45678"]],
    ["^[\\w-]*?x?$", ["a-b", "x", ""], ["a b"]],
    ["\\bcat\\b", ["a cat!", "cat"], ["concat", "cats"]],
    ["^.$", ["😀", "a"], ["\n", ""]],
    ["(?i)^straße$", ["STRAßE", "straße"], ["strasse"]],
    ["^\\p{Lu}\\P{L}$", ["A1", "É!"], ["a1", "AB"]],
    ["^[]a]+$", ["]a]"], ["b"]],
    ["^[a\\-z\\x41\\x{1F600}]+$", ["a-zA😀"], ["b"]],
    ["^\\s\\S\\D\\W$", [" ax!"], ["aax!"]],
    ["^a{0}b{2}$", ["bb"], ["abb", "b"]],
    ["^(a|)*$", ["", "aaa"], ["b"]],
    ["\\Aab\\z", ["ab"], ["xab"]],
  ])("%s", (pattern, yes, no) => {
    expect(checkPattern(pattern)).toBeNull();
    expect(yes.map((text) => matches(text, pattern))).toEqual(yes.map(() => true));
    expect(no.map((text) => matches(text, pattern))).toEqual(no.map(() => false));
  });
});

describe("what is no pattern here", () => {
  test.each([
    ["a(b", "character 4: `)` is missing"],
    ["a)", "character 2: `)` has no `(`"],
    ["[a", "`]` is missing"],
    ["*a", "character 1: `*` has nothing to repeat"],
    ["a**", "a repetition is repeated"],
    ["a{2,1}", "the counts are in the wrong order"],
    ["a{", "must be written"],
    ["a{2000}", "more than 1000"],
    ["(((a{50}){50}){50})", "more than 2000 states"],
    ["(?=a)", "only `(?:…)`"],
    ["(a)\\1", "`\\1` is not supported"],
    ["[z-a]", "in the wrong order"],
    ["[\\d-z]", "begins with a kind"],
    ["[[:alpha:]]", "are not supported"],
    ["\\p{Script=Greek}", "only general categories"],
    ["\\x{110000}", "`\\x` needs"],
    ["a\\", "is not supported"],
    ["(".repeat(40), "nested more than 30"],
    ["a".repeat(1_001), "longer than 1000"],
  ])("%s", (pattern, problem) => expect(checkPattern(pattern)).toContain(problem));
});

/** Patterns that RE2 and JavaScript read alike. */
const patterns = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(
      "a",
      "b",
      ".",
      "[ab]",
      "[^a]",
      "[a-c]",
      "\\d",
      "\\w",
      "\\W",
      "^",
      "$",
      "\\b",
      "\\B",
      "\\.",
      "[\\s\\d]",
      "1",
    ),
    fc.array(tie("pattern"), { maxLength: 3 }).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?"))
      .map(([a, count]) => `(${a})${count}`),
  ),
})).pattern;

test("agrees with JavaScript where the two languages do", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", ".", " ", "é"), maxLength: 8 });
  fc.assert(
    fc.property(patterns, fc.array(text, { minLength: 1, maxLength: 5 }), (pattern, texts) => {
      fc.pre(checkPattern(pattern) === null);
      const native = new RegExp(pattern);
      for (const one of texts) expect([one, matches(one, pattern)]).toEqual([one, native.test(one)]);
    }),
    { numRuns: 2_000 },
  );
});

test("no pattern makes the time explode", () => {
  const text = "a".repeat(3_000);
  for (const pattern of ["^(a+)+$", "^(a|aa)+$", "^(a*)*b", "(.*)(.*)(.*)x", "^(a?){50}a{50}$"]) {
    expect(checkPattern(pattern)).toBeNull();
    expect(matches(`${text}!`, pattern)).toBe(false);
  }
});

test("any text is a pattern or has a problem, and what is accepted can be run", () => {
  const piece = fc.constantFrom(
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "*",
    "+",
    "?",
    "|",
    "\\",
    "^",
    "$",
    "-",
    ",",
    "1",
    "2",
    "a",
    "d",
    "p",
    "x",
    ":",
    "é",
    "😀",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 15 }).map((pieces) => pieces.join("")),
      (pattern) => {
        if (checkPattern(pattern) === null) expect(typeof matches("a1-é", pattern)).toBe("boolean");
      },
    ),
    { numRuns: 5_000 },
  );
});
