import { expect, test } from "vitest";
import { toJavaScript } from "../../server/typecheck/transform.ts";

const hidden = ["\\u202e", "\\u200b", "\\ufeff"];
const source = (words: readonly string[]): string =>
  `export const list: string[] = ["${words[0]}", "é", "${words[1]}"]; export const last = "${words[2]}";\nexport const end = 1;\n`;

test("what cannot be seen is escaped in JavaScript and in declarations too", () => {
  const { code, declarations } = toJavaScript("workflow.ts", source(hidden));
  expect(code).toContain('"\\u202e"');
  expect(code).toContain('"é"');
  expect(code).toContain('"\\u200b"');
  expect(declarations).toContain('"\\ufeff"');
});

test("what comes after it has its place", () => {
  const places = (text: string): unknown => toJavaScript("workflow.ts", text).places();
  expect(places(source(hidden))).toEqual(places(source(["abc123", "abc123", "abc123"])));
});
