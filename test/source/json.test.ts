import { describe, expect, test } from "vitest";
import { originInside, originOfKey } from "../../server/source/tree.ts";
import { at, read, sliceOf } from "./reading.ts";

const json = "the definition is not well-formed JSON: ";

describe("JSON that is right", () => {
  test("every value has its span and pointer", () => {
    const reading = read('\n{ "a/b": [1.0, true, null],\n  "c~": { "": "x" } }\n');
    expect(reading.document?.syntax).toBe("json");
    expect(reading.places).toEqual([]);
    expect(sliceOf(reading, at(reading))).toBe('{ "a/b": [1.0, true, null],\n  "c~": { "": "x" } }');
    const number = at(reading, "a/b", 0);
    expect(number).toMatchObject({ kind: "number", value: 1, raw: "1.0", pointer: "/a~1b/0" });
    expect(sliceOf(reading, number)).toBe("1.0");
    expect(sliceOf(reading, at(reading, "a/b", 1))).toBe("true");
    expect(at(reading, "a/b", 2)).toMatchObject({ kind: "null", pointer: "/a~1b/2" });
    expect(at(reading, "c~", "")).toMatchObject({ kind: "string", value: "x", pointer: "/c~0/" });
  });

  test("a key's place is the key, quotes included", () => {
    const reading = read('{"first": 1, "second": 2}');
    const root = at(reading);
    const member = root.kind === "object" ? root.members[1] : undefined;
    expect(member && originOfKey(member)).toEqual({ span: { start: 13, end: 21 }, pointer: "/second", node: "" });
  });

  test("a place inside a string counts its escapes", () => {
    const reading = read('{"a": "\\u00e9\\n\\ud83d\\ude00 ${x}"}');
    const string = at(reading, "a");
    if (string.kind !== "string") throw new Error("no string");
    expect(string.value).toBe("é\n😀 ${x}");
    const start = string.value.indexOf("x");
    const { span } = originInside(string, start, start + 1, "n");
    expect(reading.text.slice(span.start, span.end)).toBe("x");
    const whole = originInside(string, 0, string.value.length).span;
    expect(reading.text.slice(whole.start, whole.end)).toBe("\\u00e9\\n\\ud83d\\ude00 ${x}");
  });

  test("a place inside a string without escapes needs no table", () => {
    const reading = read('{"a": "${x}"}');
    const string = at(reading, "a");
    expect(string).toMatchObject({ offsets: null, contentStart: 7 });
  });

  test("a byte-order mark is dropped and does not count", () => {
    const reading = read(new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode('{"a":1}')]));
    expect(reading.text).toBe('{"a":1}');
    expect(at(reading, "a").span).toEqual({ start: 5, end: 6 });
  });

  test("`constructor` and `toString` are keys like others", () => {
    const reading = read('{"constructor": 1, "toString": 2, "hasOwnProperty": 3}');
    expect(reading.places).toEqual([]);
    expect(JSON.stringify(reading.value)).toBe('{"constructor":1,"toString":2,"hasOwnProperty":3}');
  });
});

describe("JSON that is wrong", () => {
  test.each([
    ['{"a": 1 // one\n}', "1:9", "JSON has no comments"],
    ['{/* x */ "a": 1 /* y */}', "1:2", "JSON has no comments"],
    ['{"a": tru}', "1:7", "`tru` is not a value; JSON strings stand in double quotes"],
    ['{"a": NaN}', "1:7", "`NaN` is not a value; JSON strings stand in double quotes"],
    ['{"a": -}', "1:7", "`-` is not a value; JSON strings stand in double quotes"],
    ['{"a": 1.}', "1:7", "`1.` is not a complete number"],
    ['{"a": 01}', "1:8", "a number has no leading zeros"],
    ['{"a": 1 "b": 2}', "1:9", '`,` is missing before `"b"`'],
    ['{"a": [1 2]}', "1:10", "`,` is missing before `2`"],
    ['{"a": [1,,2]}', "1:10", "a value is missing before `,`"],
    ['{"a" 1}', "1:6", "`:` is missing before `1`"],
    ['{"a":}', "1:6", "a value is missing before `}`"],
    ['{"a": [1}', "1:9", "`}` stands where the array should be closed by `]`"],
    ['{"a": 1]', "1:8", "`]` stands where the object should be closed by `}`"],
    ['{"a": 1} x', "1:10", "`x` stands after the end"],
    ['{"a": 1 x}', "1:9", "`x` stands where `,` or `}` should"],
    ['{"a": "x\ny"}', "1:7", 'a string is not closed by `"` on its line'],
    ['{"a": "b\\q"}', "1:9", "`\\q` is not an escape"],
    ['{"a": "\\u12"}', "1:8", "`\\u` is not an escape"],
    ['{"a": "\t"}', "1:8", "a string holds a control character that is not escaped"],
    ['{"a": {\n"b": [1,', "2:6", "the text ends inside an array that starts here"],
    ["[", "1:1", "the text ends inside an array that starts here"],
  ])("%j", (text, place, problem) => {
    const reading = read(text);
    expect(reading.places).toEqual([`WF_SOURCE_001 ${place}`]);
    expect(reading.messages).toEqual([json + problem]);
    expect(reading.document).toBeNull();
  });

  test("several mistakes are told at once where the rest is sure", () => {
    const reading = read('{"a": "\\q" "b": [1 2],\n"c": "\\z"}');
    expect(reading.places).toEqual([
      "WF_SOURCE_001 1:8",
      "WF_SOURCE_001 1:12",
      "WF_SOURCE_001 1:20",
      "WF_SOURCE_001 2:7",
    ]);
  });

  test("a long token is quoted in part", () => {
    expect(read(`{"a": ${"x".repeat(5_000)}}`).messages[0]).toBe(
      `${json}\`${"x".repeat(20)}…\` is not a value; JSON strings stand in double quotes`,
    );
  });
});

describe("keys, strings and numbers that are refused", () => {
  test("a key that stands twice: the first one stays, and its line is named", () => {
    const reading = read('{"a": 1,\n "b": {"c": 1, "\\u0063": 2},\n "a": 3}');
    expect(reading.places).toEqual(["WF_SOURCE_007 2:16", "WF_SOURCE_007 3:2"]);
    expect(reading.messages[1]).toContain("first given on line 1");
    expect(JSON.stringify(reading.value)).toBe('{"a":1,"b":{"c":1}}');
  });

  test("`__proto__`, however it is written", () => {
    const reading = read('{"__proto__": {"x": 1}, "a": {"\\u005f_proto__": 2}}');
    expect(reading.places).toEqual(["WF_SOURCE_008 1:2", "WF_SOURCE_008 1:31"]);
    expect(JSON.stringify(reading.value)).toBe('{"a":{}}');
  });

  test("half a surrogate pair, in values and keys, at its escape", () => {
    const reading = read('{"a": "xy\\ud800z", "\\udc00": 1, "b": "\\ude00\\ud83d", "ok": "\\ud83d\\ude00"}');
    expect(reading.places).toEqual(["WF_SOURCE_009 1:10", "WF_SOURCE_009 1:20", "WF_SOURCE_009 1:39"]);
    expect(reading.messages[0]).toContain("U+D800");
  });

  test("a number beyond a double", () => {
    const reading = read('{"a": 1e999, "b": -1e999, "c": 1e308, "d": 1e-999}');
    expect(reading.places).toEqual(["WF_SOURCE_012 1:7", "WF_SOURCE_012 1:19"]);
    expect(reading.value).toEqual({ a: Number.MAX_VALUE, b: -Number.MAX_VALUE, c: 1e308, d: 0 });
  });
});

describe("text that starts like JSON and is YAML", () => {
  test.each([
    ["{a: 1, b: [x, 'y']}", { a: 1, b: ["x", "y"] }],
    ['{"a": 1,}', { a: 1 }],
    ['{"a": [1, 2,], }', { a: [1, 2] }],
    ["{'a': 1}", { a: 1 }],
    ['{"a": 1, # one\n "b": 2}', { a: 1, b: 2 }],
    ['{"a": &x 1, "b": *x}', { a: 1, b: 1 }],
    ["{url: http://example.com/}", { url: "http://example.com/" }],
  ])("%j", (text, value) => {
    const reading = read(text);
    expect(reading.places).toEqual([]);
    expect(reading.document?.syntax).toBe("yaml");
    expect(reading.value).toEqual(value);
  });

  test.each(["{a: 1, // one\n b: 2}", '{"a": [1,], // one\n "b": 2}', '{"a": 1, "b": tru,}', "{a: [1}", "[1 2]"])(
    "%j is not read as YAML, which would take it for something else or fails too",
    (text) => {
      const reading = read(text);
      expect(reading.document).toBeNull();
      expect(reading.messages[0]).toContain("not well-formed JSON");
    },
  );
});
