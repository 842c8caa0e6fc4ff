import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arrayContains,
  arrayGetItem,
  arrayLength,
  arrayPartition,
  arrayRange,
  arrayUnique,
  jsonMerge,
  mathAdd,
} from "../../server/emit/runtime/amazon-arrays.ts";
import { hashText } from "../../server/emit/runtime/amazon-hash.ts";
import { withValue } from "../../server/emit/runtime/amazon-result-path.ts";
import {
  compareNumbers,
  compareStrings,
  compareTimestamps,
  isTimestamp,
  matchesError,
  secondsToMs,
  stringMatches,
} from "../../server/emit/runtime/amazon-states.ts";
import {
  base64Decode,
  base64Encode,
  formatText,
  formatted,
  jsonToString,
  stringSplit,
  stringToJson,
} from "../../server/emit/runtime/amazon-text.ts";
import {
  childrenOf,
  compareInFilter,
  descendantsOf,
  fieldAt,
  findAt,
  isPresent,
  itemsAt,
  matchesOf,
  membersOf,
  sameJson,
  selectAt,
  slicesOf,
} from "../../server/emit/runtime/json-path.ts";

/** The name and message of what a call throws. */
function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return "none";
}

describe("error names", () => {
  test.each([
    ["E", ["E"], true],
    ["E", ["F"], false],
    ["E", ["States.TaskFailed"], true],
    ["E", ["States.ALL"], true],
    ["States.Timeout", ["States.TaskFailed"], false],
    ["States.Timeout", ["States.ALL"], true],
    ["States.HeartbeatTimeout", ["States.Timeout"], true],
    ["States.HeartbeatTimeout", ["States.TaskFailed"], true],
    ["States.Timeout", ["States.HeartbeatTimeout"], false],
    ["States.Runtime", ["States.ALL"], false],
    ["States.Runtime", ["States.TaskFailed", "States.Timeout"], false],
    ["States.DataLimitExceeded", ["States.ALL"], true],
    ["States.ALL", ["E"], false],
  ])("%s under %j: %s", (name, names, taken) => {
    expect(matchesError(name, names)).toBe(taken);
  });
});

describe("paths", () => {
  const data = { a: [{ b: 1 }, { b: null }], "x y": "z" };

  test("values are found by own names and by indexes from both ends", () => {
    expect(findAt(data, ["a", 0, "b"])).toBe(1);
    expect(findAt(data, ["a", -1])).toEqual({ b: null });
    expect(findAt(data, ["a", "length"])).toBeUndefined();
    expect(findAt(data, ["constructor"])).toBeUndefined();
    expect(isPresent(data, ["a", 1, "b"])).toBe(true);
    expect(isPresent(data, ["a", 2])).toBe(false);
  });

  test("what is missing fails in AWS's words", () => {
    expect(failure(() => fieldAt({ a: 1 }, ["b"], "v.$"))).toBe(
      "States.Runtime: The JSONPath '$.b' specified for the field 'v.$' could not be found in the input '{\"a\":1}'",
    );
    expect(failure(() => fieldAt({}, ["b"], "v.$", "$['b']"))).toContain("'$['b']'");
    expect(failure(() => selectAt({}, ["NoSuch", 0]))).toBe(
      "States.Runtime: Invalid path '$.NoSuch[0]' : Missing property in path $['NoSuch']",
    );
  });

  test("many places", () => {
    expect(membersOf([data, 1, { a: 2 }], ["a"])).toEqual([data.a, 2]);
    expect(itemsAt([[1, 2, 3]], [0, -1, 7])).toEqual([1, 3]);
    expect(childrenOf([{ a: 1 }, [2, 3], 4])).toEqual([1, 2, 3]);
    expect(descendantsOf([{ a: [1, { b: 2 }] }])).toEqual([{ a: [1, { b: 2 }] }, [1, { b: 2 }], 1, { b: 2 }, 2]);
    expect(descendantsOf([undefined])).toEqual([]);
    expect(slicesOf([[0, 1, 2, 3, 4]], 1, -1, 2)).toEqual([1, 3]);
    expect(slicesOf([[0, 1, 2]], -2, null, 1)).toEqual([1, 2]);
    expect(matchesOf([[1, 2, 3]], (item) => compareInFilter(item, ">", 1))).toEqual([2, 3]);
  });

  test("filters compare like with like", () => {
    expect(compareInFilter("1", "==", 1)).toBe(true);
    expect(compareInFilter(1, "!=", "1.5")).toBe(true);
    expect(compareInFilter(true, "==", "true")).toBe(false);
    expect(compareInFilter("a", "<", "b")).toBe(true);
    expect(compareInFilter("a", "<", 1)).toBe(false);
    expect(compareInFilter(undefined, "==", null)).toBe(false);
    expect(compareInFilter({ a: 1 }, "!=", { a: 1 })).toBe(false);
  });

  test("a value is put at a path into a copy", () => {
    const before = { a: { b: 1 }, c: [1, 2] };
    expect(withValue(before, ["a", "x", "y"], 2)).toEqual({ a: { b: 1, x: { y: 2 } }, c: [1, 2] });
    expect(withValue(before, ["c", 1], 9)).toEqual({ a: { b: 1 }, c: [1, 9] });
    expect(before).toEqual({ a: { b: 1 }, c: [1, 2] });
    expect(Object.hasOwn(withValue({}, ["__proto__"], 1) as object, "__proto__")).toBe(true);
    expect(failure(() => withValue([1], ["a"], 2))).toBe(
      "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a to input [1]",
    );
    expect(failure(() => withValue({}, ["a", 0], 2))).toContain("States.ResultPathMatchFailure");
  });

  test("equality is of JSON values", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => sameJson(value, JSON.parse(JSON.stringify(value)))));
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(sameJson({ a: 1 }, { b: 1 })).toBe(false);
    expect(sameJson([1], { 0: 1 })).toBe(false);
  });
});

describe("comparisons", () => {
  test("other types never compare", () => {
    expect(compareNumbers("1", "==", 1)).toBe(false);
    expect(compareNumbers(1, ">=", 1)).toBe(true);
    expect(compareStrings(1, "<", "2")).toBe(false);
    expect(compareStrings("B", "<", "a")).toBe(true);
    expect(compareTimestamps("2030-01-01T01:00:00+01:00", "==", "2030-01-01T00:00:00Z")).toBe(true);
    expect(compareTimestamps("soon", "==", "soon")).toBe(false);
  });

  test.each([
    ["2016-03-14T01:59:00Z", true],
    ["2016-03-14T01:59:00.123Z", true],
    ["2016-03-14t01:59:00z", false],
    ["2016-03-14 01:59:00Z", false],
    ["2016-03-14", false],
    ["2016-13-14T01:59:00Z", false],
    [1, false],
  ])("timestamp %s: %s", (value, is) => {
    expect(isTimestamp(value)).toBe(is);
  });

  test.each([
    ["log-2024.txt", "log-*.txt", true],
    ["log-.txt", "log-*.txt", true],
    ["log.txt", "log-*.txt", false],
    ["a*b", "a\\*b", true],
    ["axb", "a\\*b", false],
    ["a\\b", "a\\\\b", true],
    ["", "*", true],
    ["abcabc", "*abc", true],
    ["abcabcd", "*abc", false],
    ["zebra", "*Z*", false],
  ])("%s matches %s: %s", (text, pattern, is) => {
    expect(stringMatches(text, pattern)).toBe(is);
  });

  test("a pattern of many stars takes linear room", () => {
    expect(stringMatches("a".repeat(3000), `${"*a".repeat(100)}b`)).toBe(false);
  });

  test("seconds are whole numbers", () => {
    expect(secondsToMs(3, "SecondsPath", "$.s")).toBe(3000);
    expect(failure(() => secondsToMs("3", "SecondsPath", "$.s"))).toBe(
      'States.Runtime: The SecondsPath parameter does not reference an integer value: $.s == "3"',
    );
    expect(failure(() => secondsToMs(-1, "SecondsPath", "$.s"))).toBe(
      "States.Runtime: The SecondsPath parameter references a negative value: $.s == -1",
    );
  });
});

describe("intrinsic functions", () => {
  test("hashes are those of node:crypto", () => {
    const algorithms = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };
    const texts = [
      "",
      "input data",
      ...[55, 56, 63, 64, 111, 112, 127, 128, 1000].map((length) => "a".repeat(length)),
      "é€😀",
    ];
    for (const [name, node] of Object.entries(algorithms)) {
      for (const text of texts) expect(hashText(text, name)).toBe(createHash(node).update(text).digest("hex"));
    }
    expect(failure(() => hashText("a", "CRC"))).toContain("States.IntrinsicFailure");
  });

  test("Base64 there and back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const encoded = base64Encode(text);
        expect(encoded).toBe(Buffer.from(text.toWellFormed()).toString("base64"));
        expect(base64Decode(encoded)).toBe(text.toWellFormed());
      }),
    );
    expect(failure(() => base64Decode("?"))).toContain("States.IntrinsicFailure");
    expect(failure(() => base64Decode("/w=="))).toContain("not UTF-8");
  });

  test.each<[unknown, string]>([
    ["a", "a"],
    [1.1, "1.1"],
    [null, "null"],
    [true, "true"],
    [{ Arg1: 1, Arg2: [] }, "{Arg1=1, Arg2=[]}"],
    [["a", { b: null }], "[a, {b=null}]"],
  ])("%j is formatted as %s", (value, text) => {
    expect(formatted(value)).toBe(text);
  });

  test("a template of the run counts its values", () => {
    expect(formatText("{} and {}", [1, "b"])).toBe("1 and b");
    expect(failure(() => formatText("{}", []))).toContain("States.IntrinsicFailure");
  });

  test("MathAdd rounds each number half up", () => {
    const sums = [
      [1.49, 1.5, 3],
      [1.5, 1.51, 4],
      [-1.49, -1.5, -2],
      [-1.5, -1.51, -3],
      [0.5, 0, 1],
      [-0.5, 0.5, 1],
      [-2.5, 0, -2],
    ] as const;
    for (const [a, b, sum] of sums) expect(mathAdd(a, b)).toBe(sum);
    expect(Object.is(mathAdd(-0.5, 0), 0)).toBe(true);
    expect(failure(() => mathAdd("1", 2))).toContain("States.IntrinsicFailure");
  });

  test("arrays", () => {
    expect(arrayPartition([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(arrayContains([1, { a: [2] }], { a: [2] })).toBe(true);
    expect(arrayRange(1, 9, 2)).toEqual([1, 3, 5, 7, 9]);
    expect(arrayRange(3, 1, -1)).toEqual([3, 2, 1]);
    expect(failure(() => arrayRange(0, 1, 0))).toContain("States.IntrinsicFailure");
    expect(failure(() => arrayRange(0, 1000, 1))).toContain("1000");
    expect(arrayGetItem([1, 2], 1)).toBe(2);
    expect(failure(() => arrayGetItem([1], 1))).toContain("States.IntrinsicFailure");
    expect(arrayLength([1, 2])).toBe(2);
    expect(arrayUnique([1, "1", 1, { a: 1 }, { a: 1 }, null, null])).toEqual([1, "1", { a: 1 }, null]);
  });

  test("text and JSON", () => {
    expect(stringSplit("a.b+c..d", ".+")).toEqual(["a", "b", "c", "d"]);
    expect(stringToJson('{"a":[1]}')).toEqual({ a: [1] });
    expect(failure(() => stringToJson("{"))).toContain("States.IntrinsicFailure");
    expect(jsonToString({ a: [1, "x"] })).toBe('{"a":[1,"x"]}');
    expect(jsonMerge({ a: 1, b: 1 }, { b: 2 }, false)).toEqual({ a: 1, b: 2 });
    expect(failure(() => jsonMerge({}, {}, true))).toContain("States.IntrinsicFailure");
  });
});
