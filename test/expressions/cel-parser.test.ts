import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCel } from "../../server/expressions/cel-parser.ts";
import { type CelNode, CelSyntaxError } from "../../server/expressions/cel-syntax.ts";

/** The tree with every operation in parentheses. */
function show(node: CelNode): string {
  switch (node.kind) {
    case "null":
    case "bytes":
      return node.kind;
    case "bool":
    case "int":
      return String(node.value);
    case "double":
      return `${node.value}d`;
    case "string":
      return JSON.stringify(node.value);
    case "name":
      return node.name;
    case "select":
      return `${show(node.of)}.${node.name.text}`;
    case "index":
      return `${show(node.of)}[${show(node.key)}]`;
    case "call":
      return `${node.target === null ? "" : `${show(node.target)}.`}${node.name.text}(${node.args.map(show).join(", ")})`;
    case "list":
      return `[${node.items.map(show).join(", ")}]`;
    case "map":
      return `{${node.entries.map(({ key, value }) => `${show(key)}: ${show(value)}`).join(", ")}}`;
    case "unary":
      return `(${node.operator}${show(node.operand)})`;
    case "binary":
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case "conditional":
      return `(${show(node.test)} ? ${show(node.then)} : ${show(node.otherwise)})`;
    default:
      return node satisfies never;
  }
}

function problem(text: string): { message: string; at: string } {
  try {
    parseCel(text);
  } catch (error) {
    if (error instanceof CelSyntaxError) return { message: error.message, at: `${error.start}-${error.end}` };
    throw error;
  }
  throw new Error(`${text} parses`);
}

describe("precedence", () => {
  test.each([
    ["a || b && c == d + e * -f.g", "(a || (b && (c == (d + (e * (-f.g))))))"],
    ["a - b - c", "((a - b) - c)"],
    ["a / b % c", "((a / b) % c)"],
    ["a ? b : c ? d : e", "(a ? b : (c ? d : e))"],
    ["!a && !!b", "((!a) && (!(!b)))"],
    ["a < b == c in d", "(((a < b) == c) in d)"],
    ["(a + b) * c", "((a + b) * c)"],
    ["a.b[c].d(e, f,).g", "a.b[c].d(e, f).g"],
    ["[1, [2,], {}]", "[1, [2], {}]"],
    ['{"a": 1, b: {"c": 2}}', '{"a": 1, b: {"c": 2}}'],
    ["-1 - -1", "(-1 - -1)"],
    [".a.b", "a.b"],
    ["a.`first-name`.in", "a.first-name.in"],
    ["a // comment\n + b", "(a + b)"],
  ])("%s", (text, tree) => expect(show(parseCel(text))).toBe(tree));
});

describe("literals", () => {
  test.each([
    ["1", "1"],
    ["0x1F", "31"],
    ["7u", "7"],
    ["1.0", "1d"],
    [".5", "0.5d"],
    ["1e3", "1000d"],
    ["2.5E-1", "0.25d"],
    ["9007199254740991", "9007199254740991"],
    ["true", "true"],
    ["null", "null"],
    [String.raw`"a\n\t\"\\\x41\u00e9\U0001F600\101\?"`, JSON.stringify('a\n\t"\\Aé😀A?')],
    [String.raw`r"a\n"`, JSON.stringify("a\\n")],
    [`'''a "b" 'c'\nd'''`, JSON.stringify(`a "b" 'c'\nd`)],
    [`"""a ""b"""`, JSON.stringify(`a ""b`)],
    [String.raw`b"\x00"`, "bytes"],
    ["''", '""'],
  ])("%s", (text, tree) => expect(show(parseCel(text))).toBe(tree));
});

describe("problems are placed", () => {
  test.each([
    ["a +", "3-3", "a value is missing at its end"],
    ["a b", "2-3", "the expression is complete before this; found `b`"],
    ["f(a", "3-3", "`)` is missing to close the call of `f` at its end"],
    ["a = b", "2-3", "`=` is not expected; equality is `==`"],
    ["a & b", "2-3", "`&` is not expected; and is `&&`"],
    ['"abc', "0-4", 'the string is not closed with "'],
    [String.raw`"a\q"`, "2-4", String.raw`\q`],
    [String.raw`"\ud800"`, "1-7", "names no character"],
    ["9007199254740992", "0-16", "beyond 2^53"],
    ["12abc", "0-3", "runs into the next word"],
    ["a.b.", "4-4", "a member name is missing"],
    ["while", "0-5", "reserved word"],
    ["a ? b", "5-5", "`:` is missing in `condition ? value : other`"],
    ["", "0-0", "a value is missing"],
    ["Order{id: 1}", "0-6", "messages such as"],
    ["(a))", "3-4", "complete before this"],
  ])("%s", (text, at, message) => {
    const found = problem(text);
    expect(found.at).toBe(at);
    expect(found.message).toContain(message);
  });

  test("depth is bounded, of nesting and of chains", () => {
    for (const text of [
      "(".repeat(5_000),
      "[".repeat(101),
      `${"!".repeat(5_000)}a`,
      `a${".b".repeat(3_000)}`,
      `a${" + a".repeat(3_000)}`,
      "a ? b : ".repeat(3_000),
    ])
      expect(problem(text).message).toContain("nested more than 100 levels");
    expect(show(parseCel(`${"(".repeat(90)}a${")".repeat(90)}`))).toBe("a");
  });
});

test("any text parses or gives a problem within it", () => {
  const piece = fc.constantFrom(
    "a",
    "1",
    ".",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "\\",
    "+",
    "-",
    "!",
    "?",
    ":",
    ",",
    " in ",
    "&&",
    "r'",
    "0x",
    "e",
    "`",
    "\n",
    "//",
    "é",
    "\ud800",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
      ),
      (text) => {
        try {
          const { start, end } = parseCel(text);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(text.length);
        } catch (error) {
          if (!(error instanceof CelSyntaxError)) throw error;
          expect(error.start).toBeLessThanOrEqual(error.end);
          expect(error.end).toBeLessThanOrEqual(text.length);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
