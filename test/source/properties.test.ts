import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { originInside, type StringTree, type Tree, toJson } from "../../server/source/tree.ts";
import { allOf, type Reading, read } from "./reading.ts";

const key = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => text !== "__proto__");
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }).map((value) => value.toWellFormed()),
  fc.constantFrom(
    "<<",
    "yes",
    "null",
    "1",
    "0x1",
    "~",
    "- a",
    "a: b",
    "# c",
    "'",
    '"',
    "\\",
    "a\n\n b\n",
    " x ",
    "\t",
    "${ x }",
    "|",
    "---",
    "",
  ),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
}));
/** A value inside an object, as definitions are. Negative zero is written `0`. */
const definition = value.map((inside) => ({
  json: JSON.stringify({ v: inside }, null, 1),
  compact: JSON.stringify({ v: inside }),
}));

/** A value's own text, indented as it stands in the document, so that it can be read alone. */
function aloneIn(reading: Reading, tree: Tree): string {
  const before = reading.text.slice(0, tree.span.start);
  const column = before.length - (before.lastIndexOf("\n") + 1);
  const slice = reading.text.slice(tree.span.start, tree.span.end);
  return reading.document?.syntax === "json"
    ? `{"v":${slice}}`
    : `v:\n${" ".repeat(column + 1)}${slice.replaceAll("\n", "\n ")}`;
}

function strings(reading: Reading): readonly StringTree[] {
  return reading.document === null ? [] : allOf(reading.document.root).filter((tree) => tree.kind === "string");
}

test("JSON gives the value that JSON.parse gives, and each span holds its value", () => {
  fc.assert(
    fc.property(definition, ({ json, compact }) => {
      for (const written of [json, compact]) {
        const reading = read(written);
        expect(reading.places).toEqual([]);
        expect(reading.document?.syntax).toBe("json");
        expect(JSON.stringify(reading.value)).toBe(compact);
        for (const tree of reading.document ? allOf(reading.document.root) : []) {
          expect(JSON.stringify(JSON.parse(reading.text.slice(tree.span.start, tree.span.end)))).toBe(
            JSON.stringify(toJson(tree)),
          );
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("pointers lead to their values", () => {
  fc.assert(
    fc.property(definition, ({ compact }) => {
      const { document } = read(compact);
      for (const tree of document ? allOf(document.root) : []) {
        const tokens = tree.pointer
          .split("/")
          .slice(1)
          .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
        let found: unknown = JSON.parse(compact);
        for (const token of tokens) found = Object.entries(Object(found)).find(([name]) => name === token)?.[1];
        expect(JSON.stringify(found)).toBe(JSON.stringify(toJson(tree)));
      }
    }),
  );
});

test("a place inside a JSON string is exactly the text that stands for those characters", () => {
  const escaped = fc.string({ unit: "binary" }).map((content) => {
    const units = Array.from({ length: content.length }, (_, index) => content.charCodeAt(index));
    return units.map((unit) =>
      unit % 3 === 0 || unit < 32 || unit === 34 || unit === 92 || unit > 0xd7ff
        ? `\\u${unit.toString(16).padStart(4, "0")}`
        : String.fromCharCode(unit),
    );
  });
  fc.assert(
    fc.property(escaped, (units) => {
      const reading = read(`{"a": "${units.join("")}"}`);
      const [tree] = strings(reading);
      if (tree === undefined) throw new Error("no string");
      for (const [index, unit] of units.entries()) {
        const { span } = originInside(tree, index, index + 1);
        expect(reading.text.slice(span.start, span.end)).toBe(unit);
      }
    }),
  );
});

test("YAML of a value gives the same value as its JSON, and each span holds its value", () => {
  const styles = [
    {},
    { collectionStyle: "flow" },
    { defaultStringType: "QUOTE_SINGLE", defaultKeyType: "PLAIN" },
    { defaultStringType: "QUOTE_DOUBLE", lineWidth: 30 },
    { defaultStringType: "BLOCK_LITERAL", defaultKeyType: "QUOTE_DOUBLE" },
    { defaultStringType: "BLOCK_FOLDED", defaultKeyType: "QUOTE_DOUBLE", lineWidth: 20 },
  ] as const;
  fc.assert(
    fc.property(definition, fc.constantFrom(...styles), ({ compact }, style) => {
      const written = stringify(JSON.parse(compact), { ...style, aliasDuplicateObjects: false });
      // The library's writer leaves some control characters bare that YAML forbids, writes `" "` as an empty block, breaks
      // lines inside surrogate pairs, and does not escape every lone carriage return: such text proves nothing.
      fc.pre(!/[\p{Cc}--[\t\n\u0085]]/v.test(written) && written.isWellFormed());
      fc.pre(JSON.stringify(parse(written)) === compact);
      // Text that starts with `{` and has a comment of JavaScript is refused on purpose.
      fc.pre(!/^\{[\s\S]*\/[/*]/.test(written));
      const reading = read(written);
      expect({ written, places: reading.places }).toEqual({ written, places: [] });
      expect(JSON.stringify(reading.value)).toBe(compact);
      for (const tree of reading.document ? allOf(reading.document.root) : []) {
        if (tree.kind === "string" && /^[|>]\d|^[|>][+-]\d/.test(reading.text.slice(tree.span.start))) continue;
        const alone = read(aloneIn(reading, tree));
        expect({ alone: alone.text, value: JSON.stringify(alone.value) }).toEqual({
          alone: alone.text,
          value: JSON.stringify({ v: toJson(tree) }),
        });
      }
    }),
    { numRuns: 500 },
  );
});

test("places inside YAML strings are in order and inside of the string", () => {
  const written = fc.tuple(
    text,
    fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"),
    fc.constantFrom("\n", "\r\n"),
  );
  fc.assert(
    fc.property(written, ([content, defaultStringType, newline]) => {
      const document = stringify({ v: { w: content }, x: 1 }, { defaultStringType, lineWidth: 20 }).replaceAll(
        "\n",
        newline,
      );
      const reading = read(document);
      for (const tree of strings(reading)) {
        const places = tree.value.split("").map((_, index) => originInside(tree, index, index + 1).span);
        for (const [index, span] of places.entries()) {
          expect(span.start).toBeGreaterThanOrEqual(Math.max(tree.span.start, places[index - 1]?.start ?? 0));
          expect(span.end).toBeLessThanOrEqual(tree.span.end);
          const unit = tree.value[index] ?? "";
          if (/[\p{L}\p{N}${}]/u.test(unit)) expect(reading.text.slice(span.start, span.end)).toContain(unit);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("no bytes whatever make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const reading = read(bytes);
      expect(reading.document !== null || reading.places.length > 0).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

const sample = `apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: 'it''s', version: "1.0\\n" }
spec:
  input: &in {type: object, properties: {total: {type: number}}}
  nodes:
    - id: charge
      with: {<<: *in, amount: "\${ input.total * 1.2 }"}
      note: |
        two
          lines
    - id: >-
        folded
        text
      ? retry
      : [1, 0x10, ~, true, !!str 5]
  connections: [{from: a.b, to: c}]
`;

test("no mutation of a YAML or JSON definition makes it throw, and every place is inside of the text", () => {
  const json = JSON.stringify(JSON.parse(JSON.stringify(read(sample).value)), null, 1);
  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "- ",
    "? ",
    "\n",
    "  ",
    "\t",
    '"',
    "'",
    "&a ",
    "*in",
    "!x ",
    "|",
    ">",
    "#",
    "%",
    "---\n",
    "...\n",
    "<<: ",
    "\\",
    "\\ud800",
    "//",
    "\u0000",
    "\ufeff",
    "é",
    "😀",
    "__proto__: 1\n",
  );
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(20),
    put: fc.oneof(token, fc.string()),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(sample, json),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (original, changes) => {
        let mutated = original;
        for (const { at, drop, put } of changes) {
          const index = Math.floor(at * mutated.length);
          mutated = mutated.slice(0, index) + put + mutated.slice(index + drop);
        }
        const reading = read(mutated);
        expect(reading.document !== null || reading.places.length > 0).toBe(true);
        for (const tree of reading.document ? allOf(reading.document.root) : []) {
          expect(tree.span.start).toBeLessThanOrEqual(tree.span.end);
          expect(tree.span.end).toBeLessThanOrEqual(reading.text.length);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
