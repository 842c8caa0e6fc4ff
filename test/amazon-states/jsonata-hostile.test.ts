import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, machine } from "./compile.ts";

function findingsOf(expression: string): readonly string[] {
  return compile({ QueryLanguage: "JSONata", ...machine({ Type: "Pass", Output: `{% ${expression} %}` }) }).findings;
}

describe("hostile JSONata", () => {
  test.each([
    "(?=a)b",
    "(?<!a)b",
    "(?<name>a)",
    "(a)\\1",
    "\\ca",
    "\\p",
    "(?:a{1000}){1000}",
    "a{1000000000}",
    "[a\\1]",
    `${"(".repeat(40)}a${")".repeat(40)}`,
  ])("the pattern %s is reported", (pattern) => {
    expect(findingsOf(`$match("a", /${pattern}/)`)).toEqual(["WF_COMPILE_003 /States/A/Output"]);
  });

  test.each(["a+b*?[^c-]{2,5}$", "(?:a|b)+\\d\\.\\/", "^\\u0041\\x41\\0"])("the pattern %s is not", (pattern) => {
    expect(findingsOf(`$match("a", /${pattern}/)`)).toEqual([]);
  });

  test("a name that was meant is offered", () => {
    expect(findingsOf("sum([1])")).toEqual(["WF_EXPRESSION_004 /States/A/Output"]);
    expect(findingsOf("$summ([1])")).toEqual(["WF_EXPRESSION_004 /States/A/Output"]);
    expect(findingsOf("$eval('1')")).toEqual(["WF_EXPRESSION_004 /States/A/Output"]);
    expect(findingsOf("$pad('a')")).toEqual(["WF_EXPRESSION_004 /States/A/Output"]);
  });

  test("any expression gives findings or a program, never a fault", () => {
    const pieces = fc.constantFrom(
      ..."$ $$ $x $states.input a . .. * ** % @$v #$i [ ] [] [0] { } ( ) | ^( > , ; : := ~> ? ?: ?? = + - & and in function($x){ $map( $sum( $f( /a/ 1 'k' null <s-:n>".split(
        " ",
      ),
    );
    const expression = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(expression, (text) => {
        const { program, findings } = compile({
          QueryLanguage: "JSONata",
          ...machine({ Type: "Pass", Output: `{% ${text} %}` }),
        });
        expect(program !== null || findings.length > 0).toBe(true);
      }),
      { numRuns: 3000, seed: 3 },
    );
  });

  test("depth and repetition are bounded", () => {
    const nested = (open: string, close: string, count: number): string => open.repeat(count) + close.repeat(count);
    for (const [open, close] of [
      ["(", ")"],
      ["[", "]"],
      ["$map([1], function($v) { ", "1 })"],
      ["{'a': ", "1}"],
      ["a.(b@$x.", "c)"],
    ] as const)
      expect(findingsOf(nested(open, close, Math.floor(9_000 / (open.length + close.length))))).toHaveLength(1);
  });
});
