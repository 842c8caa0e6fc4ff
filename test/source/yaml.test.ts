import { describe, expect, test } from "vitest";
import { originInside, originOfKey, type StringTree } from "../../server/source/tree.ts";
import { at, type Reading, read, sliceOf } from "./reading.ts";

const yaml = "the definition is not well-formed YAML: ";

function string(reading: Reading, ...path: string[]): StringTree {
  const tree = at(reading, ...path);
  if (tree.kind !== "string") throw new Error(`a ${tree.kind}`);
  return tree;
}

/** The text that stands for `part` of a string value. */
function textOf(reading: Reading, tree: StringTree, part: string): string {
  const start = tree.value.indexOf(part);
  const { span } = originInside(tree, start, start + part.length);
  return reading.text.slice(span.start, span.end);
}

describe("values", () => {
  test("core schema of YAML 1.2: no dates, no yes, no sexagesimals", () => {
    const reading = read(
      "a: yes\nb: 2020-01-01\nc: 1:30\nd: 0x1F\ne: 0o17\nf: 1_000\ng: ~\nh: True\ni: 1e3\nj: -0.5\nk: 017",
    );
    expect(reading.places).toEqual([]);
    expect(reading.value).toEqual({
      a: "yes",
      b: "2020-01-01",
      c: "1:30",
      d: 31,
      e: 15,
      f: "1_000",
      g: null,
      h: true,
      i: 1000,
      j: -0.5,
      k: 17,
    });
    expect(at(reading, "d")).toMatchObject({ raw: "0x1F" });
  });

  test("keys are the text that is written", () => {
    expect(read("1: a\n1.0: b\ntrue: c\nnull: d\n0x1: e\n'<<': f\n\"q\\u0041\": g").value).toEqual({
      "1": "a",
      "1.0": "b",
      true: "c",
      null: "d",
      "0x1": "e",
      "<<": "f",
      qA: "g",
    });
  });

  test("core tags are taken, others are not supported and told at their place", () => {
    const reading = read(
      'a: !!str 5\nb: !!int "7"\nc: ! 8\nd: !sub x\ne: !!binary aGk=\nf: !GetAtt [a, b]\ng: !<tag:x> y',
    );
    expect(reading.places).toEqual(["WF_SOURCE_011 4:4", "WF_SOURCE_011 5:4", "WF_SOURCE_011 7:4"]);
    expect(reading.messages[0]).toBe("YAML tag `!sub` is not supported in definitions");
    expect(reading.value).toMatchObject({ a: "5", b: 7, c: "8", d: "x" });
  });

  test("short forms of CloudFormation's functions are what they stand for, at their places", () => {
    const reading = read("a: !Ref x\nb: !GetAtt [a, b]\nc: !Sub |\n  text\nd: !Join\n  - +\n  - [!Ref y]");
    expect(reading.places).toEqual([]);
    expect(reading.value).toEqual({
      a: { Ref: "x" },
      b: { "Fn::GetAtt": ["a", "b"] },
      c: { "Fn::Sub": "text\n" },
      d: { "Fn::Join": ["+", [{ Ref: "y" }]] },
    });
  });

  test("infinity and not-a-number have no JSON", () => {
    expect(read("a: .inf\nb: -.Inf\nc: .nan\nd: 1e999").places).toEqual([
      "WF_SOURCE_011 1:4",
      "WF_SOURCE_011 2:4",
      "WF_SOURCE_011 3:4",
      "WF_SOURCE_012 4:4",
    ]);
  });

  test.each([
    ["? [a]\n: 1", "1:3", "a key that is not plain text"],
    ["{{a: 1}: 2}: 3", "1:1", "a key that is not plain text"],
    ["a: &k x\n*k : 1", "2:1", "a key that is not plain text"],
    [": x", "1:1", "an empty key"],
    ["a: 1\n---\nb: 2", "2:1", "more than one YAML document in a text"],
    ["---\n---\nb: 2", "2:1", "more than one YAML document in a text"],
    ["%YAML 1.1\n---\na: yes", "1:1", "YAML 1.1"],
    ["%FOO bar\n---\na: yes", "1:1", "YAML directive `%FOO bar`"],
    ["a: {<<: 1}", "1:9", "a merge key `<<` with a value that is no object"],
  ])("%j is not supported", (text, place, feature) => {
    const reading = read(text);
    expect(reading.places[0]).toBe(text.startsWith("{{") ? "WF_SOURCE_001 1:2" : `WF_SOURCE_011 ${place}`);
    if (!text.startsWith("{{")) expect(reading.messages).toEqual([`${feature} is not supported in definitions`]);
  });

  test("a document end mark and a directive of 1.2 are fine", () => {
    expect(read("%YAML 1.2\n---\na: 1\n...\n# end\n").value).toEqual({ a: 1 });
  });
});

describe("places", () => {
  test("values of block style, without what follows them", () => {
    const reading = read("# head\na:   # c\n  b: x   # d\n\n  c:\n    - 1\n    - {d: 2}\n\n# tail\ne: [ 1,\n  2 ]\n");
    expect(sliceOf(reading, at(reading, "a"))).toBe("b: x   # d\n\n  c:\n    - 1\n    - {d: 2}");
    expect(sliceOf(reading, at(reading, "a", "b"))).toBe("x");
    expect(sliceOf(reading, at(reading, "a", "c"))).toBe("- 1\n    - {d: 2}");
    expect(sliceOf(reading, at(reading, "e"))).toBe("[ 1,\n  2 ]");
    expect(sliceOf(reading, at(reading)).slice(-8)).toBe("1,\n  2 ]");
    expect(at(reading, "a", "c", 1, "d").pointer).toBe("/a/c/1/d");
  });

  test("a null that nothing writes stands right behind its colon, dash or key", () => {
    const reading = read("a:   # c\nb:\n  - \n  -\nc: {d, e: }\nf:");
    expect(reading.value).toEqual({ a: null, b: [null, null], c: { d: null, e: null }, f: null });
    expect(at(reading, "a").span).toEqual({ start: 2, end: 2 });
    expect(at(reading, "b", 0).span).toEqual({ start: 15, end: 15 });
    expect(at(reading, "c", "d").span.start).toBe(reading.text.indexOf("d, e") + 1);
    expect(at(reading, "c", "e").span.start).toBe(reading.text.indexOf("e: }") + 2);
    expect(at(reading, "f").span.start).toBe(reading.text.length);
  });

  test("an alias has its own place, and what is inside has the place where it is written", () => {
    const reading = read("a: &x {b: 'c''d'}\ne: *x\nf: &y '${x}'\ng: [*y]");
    expect(reading.places).toEqual([]);
    expect(sliceOf(reading, at(reading, "e"))).toBe("*x");
    expect(at(reading, "e", "b")).toMatchObject({ pointer: "/e/b", value: "c'd" });
    expect(textOf(reading, string(reading, "e", "b"), "'d")).toBe("''d");
    expect(sliceOf(reading, at(reading, "g", 0))).toBe("*y");
    expect(textOf(reading, string(reading, "g", "0"), "x")).toBe("*y");
  });

  test("a redefined anchor is the latest one before the alias", () => {
    expect(read("a: &x 1\nb: *x\nc: &x 2\nd: *x").value).toEqual({ a: 1, b: 1, c: 2, d: 2 });
  });

  test("merge keys: own members win, then earlier sources; pointers are those of the object", () => {
    const reading = read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b, {w: 3}]\n  x: 0\nd: {<<: *b}");
    expect(reading.places).toEqual([]);
    expect(reading.value).toMatchObject({ c: { x: 0, y: 1, z: 2, w: 3 }, d: { y: 2, z: 2 } });
    expect(at(reading, "c", "z").pointer).toBe("/c/z");
    expect(read("a: {<<: {b: 1}, <<: {c: 1}}").value).toEqual({ a: { b: 1, c: 1 } });
  });

  test("keys that stand twice, with the first one's line, and forbidden keys", () => {
    const reading = read("a: 1\nb:\n  c: 1\n  'c': 2\na: 3\n__proto__: 1\nconstructor: {}\n");
    expect(reading.places).toEqual(["WF_SOURCE_007 4:3", "WF_SOURCE_007 5:1", "WF_SOURCE_008 6:1"]);
    expect(reading.messages[0]).toContain("first given on line 3");
    expect(JSON.stringify(reading.value)).toBe('{"a":1,"b":{"c":1},"constructor":{}}');
  });

  test("half a surrogate pair", () => {
    expect(read('a: "x\\ud800"\nb: "\\ud83d\\ude00"\n').places).toEqual(["WF_SOURCE_009 1:6"]);
  });

  test("a key's place", () => {
    const root = at(read("a: 1\n'b c': 2"));
    const member = root.kind === "object" ? root.members[1] : undefined;
    expect(member && originOfKey(member)).toEqual({ span: { start: 5, end: 10 }, pointer: "/b c", node: "" });
  });
});

describe("places inside strings", () => {
  test("plain on one line", () => {
    const reading = read("a: x ${ y } # c");
    expect(string(reading, "a")).toMatchObject({ value: "x ${ y }", offsets: null, contentStart: 3 });
  });

  test("plain over several lines", () => {
    const reading = read("a: one\n  two ${ y }\n\n  three\nb: 1");
    const tree = string(reading, "a");
    expect(tree.value).toBe("one two ${ y }\nthree");
    expect(textOf(reading, tree, "${ y }")).toBe("${ y }");
    expect(textOf(reading, tree, "three")).toBe("three");
    expect(textOf(reading, tree, "one two")).toBe("one\n  two");
  });

  test("single quotes", () => {
    const reading = read("a: 'it''s\n\n   ${ y } '");
    const tree = string(reading, "a");
    expect(tree.value).toBe("it's\n${ y } ");
    expect(textOf(reading, tree, "'s")).toBe("''s");
    expect(textOf(reading, tree, "${ y }")).toBe("${ y }");
  });

  test("double quotes with escapes, folds and joined lines", () => {
    const reading = read('a: "\\t\\x41\\u00e9\\U0001F600 b\\\n    c  \n  d\\"${ y }"');
    const tree = string(reading, "a");
    expect(tree.value).toBe('\tAé😀 bc d"${ y }');
    expect(textOf(reading, tree, "A")).toBe("\\x41");
    expect(textOf(reading, tree, "bc")).toBe("b\\\n    c");
    expect(textOf(reading, tree, "d")).toBe("d");
    expect(textOf(reading, tree, '"$')).toBe('\\"$');
    expect(textOf(reading, tree, "${ y }")).toBe("${ y }");
  });

  test.each(["|", "|-", "|+", "|2", ">", ">-", ">+", "> # c", "|2-"])("block with header %s", (header) => {
    const text = `k:\n  a: ${header}\n    one \${ y }\n\n    two\n     more\n\n    three\n\n\n  b: 1`;
    for (const newline of ["\n", "\r\n"]) {
      const reading = read(text.replaceAll("\n", newline));
      const tree = string(reading, "k", "a");
      expect(tree.offsets).toHaveLength(tree.value.length + 1);
      for (const part of ["${ y }", "two", " more", "three"]) expect(textOf(reading, tree, part)).toBe(part);
      for (const offset of tree.offsets ?? []) {
        expect(offset).toBeGreaterThanOrEqual(tree.span.start);
        expect(offset).toBeLessThanOrEqual(tree.span.end);
      }
    }
  });

  test("block spans end with the last line, unless it keeps the rest", () => {
    const reading = read("a: |\n  x\n\n\nb: |+\n  y\n\nc: >-\n  z");
    expect(sliceOf(reading, at(reading, "a"))).toBe("|\n  x");
    expect(sliceOf(reading, at(reading, "b"))).toBe("|+\n  y\n\n");
    expect(sliceOf(reading, at(reading, "c"))).toBe(">-\n  z");
    expect(at(reading, "b")).toMatchObject({ value: "y\n\n" });
  });
});

describe("YAML that is wrong: the first mistake, in one line", () => {
  test.each([
    ["a: b: c", "1:4", "nested mappings are not allowed in compact mappings"],
    ["a:\n\t- b", "2:1", "tabs are not allowed as indentation"],
    ["a: @x", "1:4", "plain value cannot start with reserved character @"],
    ['a: "x', "1:6", "missing closing quote"],
    ["a: [1, 2\nb: 3", "2:1", "flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["a: x\u0007", "1:5", "it holds the control character U+0007"],
    ['a: "\\q"', "1:5", "invalid escape sequence \\q"],
    ["]", "1:1", 'unexpected flow-seq-end token in YAML document: "]"'],
    ["a: 1\n b: 2", "1:4", "nested mappings are not allowed in compact mappings"],
  ])("%j", (text, place, problem) => {
    const reading = read(text);
    expect(reading.places).toEqual([`WF_SOURCE_001 ${place}`]);
    expect(reading.messages).toEqual([yaml + problem]);
    expect(reading.document).toBeNull();
  });

  test.each([
    ["anchors", `a: ${"&a ".repeat(100_000)}x`],
    ["tags", `a: ${"!t ".repeat(100_000)}x`],
    ["tabs", `a:\n${"\t-\n".repeat(50_000)}`],
    ["closing brackets", "]".repeat(500_000)],
    ["directives", "%a\n".repeat(100_000)],
    ["documents", "---\n".repeat(100_000)],
    ["single tags", `a:\n${"  - !t 1\n".repeat(10_000)}`],
  ])("a flood of problems stays small: %s", (_, text) => {
    const reading = read(text);
    expect(reading.document).toBeNull();
    expect(reading.places.length).toBeGreaterThan(0);
    expect(reading.places.length).toBeLessThanOrEqual(21);
  });
});
