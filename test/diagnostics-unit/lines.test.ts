import fc from "fast-check";
import { expect, test } from "vitest";
import { createLines } from "../../server/diagnostics/lines.ts";

test.each([
  ["line feed", "\n"],
  ["carriage return and line feed", "\r\n"],
  ["carriage return", "\r"],
])("lines end at %s", (_, end) => {
  const lines = createLines(`ab${end}c${end}${end}d`);
  expect([1, 2, 3, 4, 5].map((line) => lines.text(line))).toEqual(["ab", "c", "", "d", ""]);
  expect(lines.at(0)).toEqual({ line: 1, column: 1 });
  expect(lines.at(2)).toEqual({ line: 1, column: 3 });
  expect(lines.at(2 + end.length)).toEqual({ line: 2, column: 1 });
  expect(lines.at(3 + 3 * end.length)).toEqual({ line: 4, column: 1 });
  expect(lines.at(4 + 3 * end.length)).toEqual({ line: 4, column: 2 });
});

test("the offset between CR and LF belongs to the line that they end", () => {
  expect(createLines("a\r\nb").at(2)).toEqual({ line: 1, column: 3 });
});

test("columns count UTF-16 code units; no other character ends a line", () => {
  const lines = createLines("😀é\u2028\u0085x\ny");
  expect(lines.at(5)).toEqual({ line: 1, column: 6 });
  expect(lines.at(7)).toEqual({ line: 2, column: 1 });
});

test("a text of nothing has one line", () => {
  const lines = createLines("");
  expect(lines.at(0)).toEqual({ line: 1, column: 1 });
  expect(lines.text(1)).toBe("");
});

test("line and column of any offset lead back to it", () => {
  const text = fc.array(fc.constantFrom("a", "é", "\n", "\r", "\r\n", "😀")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.nat(), (content, seed) => {
      const offset = seed % (content.length + 1);
      const { line, column } = createLines(content).at(offset);
      const before = content.slice(0, offset);
      const ends = [...before.matchAll(/\r\n|\n|\r(?!\n)/g)];
      const last = ends.at(-1);
      const broken = content[offset - 1] === "\r" && content[offset] === "\n" ? 1 : 0;
      expect(line).toBe(ends.length - broken + 1);
      if (broken === 0) expect(column).toBe(offset - (last === undefined ? 0 : last.index + last[0].length) + 1);
    }),
  );
});
