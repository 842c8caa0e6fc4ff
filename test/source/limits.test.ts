import { describe, expect, test } from "vitest";
import { at, read } from "./reading.ts";

describe("size and encoding", () => {
  test("what is too large is refused before it is decoded", () => {
    const reading = read(new Uint8Array(100_000_000).fill(0xff));
    expect(reading.places).toEqual(["WF_SOURCE_003 1:1"]);
    expect(reading.messages[0]).toContain("100000000 bytes; the limit is 1048576");
    expect(reading.text).toBe("");
    expect(read('{"a":1}', { bytes: 7 }).places).toEqual([]);
    expect(read('{"a":1}', { bytes: 6 }).places).toEqual(["WF_SOURCE_003 1:1"]);
  });

  test.each([
    ["a lone continuation byte", [0x61, 0x3a, 0x20, 0x80], 3],
    ["a sequence cut off by another character", [0x61, 0xe2, 0x28, 0xa1], 1],
    ["a sequence cut off by the end", [0x61, 0x62, 0xf0, 0x9f, 0x98], 2],
    ["an overlong form", [0x61, 0xc0, 0xaf], 1],
    ["an overlong form of three", [0xe0, 0x80, 0xaf], 0],
    ["an encoded surrogate", [0x61, 0xed, 0xa0, 0x80], 1],
    ["beyond U+10FFFF", [0x61, 0xf4, 0x90, 0x80, 0x80], 1],
    ["after characters of all lengths", [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff], 10],
  ])("invalid UTF-8: %s", (_, bytes, offset) => {
    const reading = read(new Uint8Array(bytes));
    expect(reading.places).toHaveLength(1);
    expect(reading.messages[0]).toBe(`the definition is not valid UTF-8 at byte ${offset}`);
    expect(reading.document).toBeNull();
  });

  test("invalid UTF-8 is placed by line and column of the text before it", () => {
    const reading = read(new Uint8Array([...new TextEncoder().encode("a: é😀\nb: "), 0xfe, 0x0a]));
    expect(reading.places).toEqual(["WF_SOURCE_002 2:4"]);
  });

  test.each([
    ["little-endian with a mark", Buffer.from('\ufeff{"a": 1}', "utf16le")],
    ["big-endian with a mark", Buffer.from('\ufeff{"a": 1}', "utf16le").swap16()],
    ["without a mark", Buffer.from('{"a": 1}', "utf16le")],
  ])("UTF-16 is named: %s", (_, bytes) => {
    const reading = read(bytes);
    expect(reading.places).toHaveLength(1);
    expect(reading.messages[0]).toContain("UTF-16");
  });

  test.each(["", " \n\t\n", "# only a comment\n", "---\n", "\ufeff"])("nothing in it: %j", (text) => {
    const reading = read(text);
    expect(reading.places).toEqual(["WF_SOURCE_001 1:1"]);
    expect(reading.messages[0]).toContain("it is empty");
  });

  test.each([
    ["[1]", "an array"],
    ["- 1", "an array"],
    ["some words", "a string"],
    ["12", "a number"],
    ["true", "a boolean"],
    ["null", "null"],
  ])("%j is no object", (text, found) => {
    const reading = read(text);
    expect(reading.places).toEqual(["WF_SOURCE_013 1:1"]);
    expect(reading.messages[0]).toBe(`a definition is an object, and this is ${found}`);
    expect(reading.document).toBeNull();
  });
});

describe("depth", () => {
  const levels = 10_000;
  test.each([
    ["JSON arrays", `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`],
    ["JSON objects", `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`],
    ["JSON, never closed", `{"a":${"[".repeat(levels)}`],
    ["YAML flow arrays", `a: ${"[".repeat(levels)}${"]".repeat(levels)}`],
    ["YAML flow objects", `a: ${"{b: ".repeat(levels)}1${"}".repeat(levels)}`],
    ["YAML dashes on one line", `a:\n  ${"- ".repeat(levels)}x`],
    ["YAML complex keys", "? ".repeat(levels)],
    ["YAML lines", Array.from({ length: 1_000 }, (_, index) => `${" ".repeat(index)}a:`).join("\n")],
  ])("%s", (_, text) => {
    const reading = read(text);
    expect(reading.places).toHaveLength(1);
    expect(reading.places[0]).toContain("WF_SOURCE_004");
    expect(reading.document).toBeNull();
  });

  test("the limit itself is allowed, in both syntaxes", () => {
    const nested = `${"[".repeat(199)}1${"]".repeat(199)}`;
    expect(read(`{"a":${nested}}`).places).toEqual([]);
    expect(read(`a: ${nested}`).places).toEqual([]);
    expect(read(`{"a":[${nested}]}`).places).toEqual(["WF_SOURCE_004 1:205"]);
    expect(read(`a: [${nested}]`).places.join()).toContain("WF_SOURCE_004");
  });
});

describe("amount", () => {
  test("too many values", () => {
    const items = "1,".repeat(99_998);
    expect(read(`{"a":[${items}1]}`).places).toEqual(["WF_SOURCE_005 1:200003"]);
    expect(read(`{"a":[${items.slice(0, -1)}]}`).places).toEqual([]);
  });

  test("too many values in YAML, by lines and by empty items", () => {
    const lines = Array.from({ length: 50 }, (_, index) => `k${index}: 1`).join("\n");
    expect(read(lines, { values: 51 }).places).toEqual([]);
    expect(read(lines, { values: 50 }).places).toEqual(["WF_SOURCE_005 50:6"]);
    expect(read(`a: [${",".repeat(900_000)}]`).places.join()).toContain("WF_SOURCE_005");
  });

  test("long keys do not multiply into pointers", () => {
    const reading = read(`{"${"k".repeat(1_500)}": {"${"l".repeat(600)}": [1, 2, 3]}}`);
    expect(reading.places).toEqual(["WF_SOURCE_014 1:2111"]);
    expect(reading.document).toBeNull();
    expect(read(`{"${"k".repeat(1_500)}": 1}`).places).toEqual([]);
  });
});

describe("aliases", () => {
  const levels = "bcdefghi".split("");
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${levels
    .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[index]}`).join(",")}]`)
    .join("\n")}`;

  test("an alias bomb is put out", () => {
    const reading = read(bomb);
    expect(reading.places).toHaveLength(1);
    expect(reading.places[0]).toMatch(/^WF_SOURCE_006 4:/);
    expect(reading.document).toBeNull();
  });

  test("a bomb of merge keys too", () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}: 1`).join(", ");
    const uses = Array.from({ length: 11 }, (_, index) => `m${index}: {<<: *a}`).join("\n");
    expect(read(`a: &a {${keys}}\n${uses}`).places).toEqual(["WF_SOURCE_006 11:10"]);
  });

  test("an alias inside its own anchor", () => {
    const reading = read("a: &a\n  b: [1, *a]");
    expect(reading.places).toEqual(["WF_SOURCE_006 2:10"]);
    expect(reading.document).toBeNull();
  });

  test("aliases may not nest deeper than the limit either", () => {
    const text = `a: &a ${"[".repeat(150)}${"]".repeat(150)}\nb: ${"[".repeat(100)}*a${"]".repeat(100)}`;
    expect(read(text).places).toEqual(["WF_SOURCE_004 2:104"]);
  });

  test("each without an anchor before it", () => {
    const reading = read("a: [*x, *y]\nb: &x 1");
    expect(reading.places).toEqual(["WF_SOURCE_001 1:5", "WF_SOURCE_001 1:9"]);
    expect(reading.messages[0]).toContain("no anchor `&x` stands before the alias");
    expect(reading.document).toBeNull();
  });

  test("the copies count as values", () => {
    expect(read("a: &a [1, 2, 3]\nb: *a", { values: 9 }).places).toEqual([]);
    expect(read("a: &a [1, 2, 3]\nb: *a", { values: 8 }).places).toEqual(["WF_SOURCE_005 2:4"]);
    expect(at(read("a: &a [1]\nb: *a"), "b", 0).pointer).toBe("/b/0");
  });
});
