import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { PatchOperation } from "../../server/diagnostics/diagnostic.ts";
import { fixDocument } from "../../server/source/fix.ts";
import type { Tree } from "../../server/source/tree.ts";
import { applyOperation, pointersOf, token } from "./json-patch.ts";
import { allOf, read } from "./reading.ts";

const key = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "id",
    "from",
    "a/b",
    "m~n",
    "x y",
    "constructor",
    "toString",
    "0",
    "null",
    "",
    "- a",
    "#",
    "é",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => text !== "__proto__" && text.isWellFormed()),
);
const text = fc.oneof(
  fc.constantFrom(
    "",
    "x",
    "yes",
    "null",
    "1",
    "~",
    "a: b",
    "# c",
    "'",
    '"',
    "\\",
    "a\nb",
    "a\n\n b\n",
    "two\nlines\n",
    "\t",
    "${ x }",
  ),
  fc.constantFrom(
    "|",
    "---",
    "*a",
    "&a",
    "{",
    "]",
    " x ",
    "\u2028",
    "\u202e",
    "\u0085",
    "\ufeff",
    "a,b",
    "@",
    "- a",
    "😀",
  ),
  fc.string({ unit: "grapheme", maxLength: 10 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const definition = fc.dictionary(key, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true });

/** White space where JSON allows it, as no writer would put it. */
function oddJson(input: unknown, next: () => string): string {
  if (Array.isArray(input))
    return `[${next()}${input.map((item) => oddJson(item, next)).join(`${next()},${next()}`)}${next()}]`;
  if (typeof input !== "object" || input === null) return JSON.stringify(input);
  const members = Object.entries(input).map(
    ([name, member]) => `${JSON.stringify(name)}${next()}:${next()}${oddJson(member, next)}`,
  );
  return `{${next()}${members.join(`${next()},${next()}`)}${next()}}`;
}

const spaces = fc.array(fc.constantFrom("", "", " ", "\n", "\n  ", "\t", "\r\n    "), { minLength: 1, maxLength: 13 });
const json = fc
  .tuple(definition, fc.oneof(spaces, fc.constantFrom(["\n  "], [""], [" "]), fc.constant(null)))
  .map(([document, blanks]) => {
    let at = 0;
    return blanks === null
      ? `${JSON.stringify(document, null, 2)}\n`
      : oddJson(document, () => blanks[at++ % blanks.length] ?? "");
  });
const yamlStyles = [
  {},
  { indent: 4 },
  { indentSeq: false },
  { collectionStyle: "flow" },
  { defaultStringType: "QUOTE_SINGLE", defaultKeyType: "PLAIN" },
  { defaultStringType: "BLOCK_LITERAL", defaultKeyType: "QUOTE_DOUBLE" },
] as const;
const yaml = fc
  .tuple(definition, fc.constantFrom(...yamlStyles), fc.constantFrom("\n", "\r\n"))
  .map(([document, style, newline]) =>
    stringify(document, { ...style, aliasDuplicateObjects: false }).replaceAll("\n", newline),
  );

/** A patch operation that applies to the value. */
function operationFor(document: unknown): fc.Arbitrary<PatchOperation> {
  const pointers = pointersOf(document);
  const some = fc.constantFrom(...pointers.filter((pointer) => pointer !== ""), "");
  const last = fc.oneof(fc.constantFrom("-", "0", "1", "2"), key.map(token));
  const place = fc.oneof(
    some,
    fc.tuple(fc.constantFrom(...pointers), last).map(([parent, name]) => `${parent}/${name}`),
  );
  return fc
    .oneof(
      fc.record({ op: fc.constant("add" as const), path: place, value }),
      fc.record({ op: fc.constant("replace" as const), path: some, value }),
      fc.record({ op: fc.constant("remove" as const), path: some }),
      fc.record({ op: fc.constantFrom("copy" as const, "move" as const), from: some, path: place }),
    )
    .filter((operation) => isDefinition(applyOperation(document, operation)?.value));
}

function isDefinition(document: unknown): boolean {
  return typeof document === "object" && document !== null && !Array.isArray(document);
}

function changed(
  sources: fc.Arbitrary<string>,
  check: (source: string, operation: PatchOperation) => void,
  numRuns: number,
): void {
  const cases = sources
    .filter((source) => read(source).places.length === 0)
    .chain((source) => fc.tuple(fc.constant(source), operationFor(plain(source))));
  fc.assert(
    fc.property(cases, ([source, operation]) => {
      check(source, operation);
    }),
    { numRuns },
  );
}

function plain(source: string): unknown {
  return JSON.parse(JSON.stringify(read(source).value));
}

function expectPatched(source: string, operation: PatchOperation): void {
  const result = fixDocument(source, [operation]);
  const reading = read(result);
  expect({ source, result, places: reading.places }).toEqual({ source, result, places: [] });
  expect(plain(result)).toEqual(applyOperation(plain(source), operation)?.value);
}

test("the value of a patched JSON text is the patched value, however the text is spaced", () => {
  changed(json, expectPatched, 500);
});

test("the value of a patched YAML text is the patched value, in any style", () => {
  changed(yaml, expectPatched, 500);
});

const samples = [
  `# c0
apiVersion: workflow.compiler/v1 # c1
# c2
metadata: { name: order, tags: [a, 'b'] } # c3

spec: # c4
  # c5
  nodes: # c6
    # c7
    - id: charge # c8
      # c9
      type: payments.charge
      with: { amount: "\${ input.total * 1.2 }", currency: EUR } # c10
      retry: # c11
        maxAttempts: 3 # c12
        on:
        - Declined # c13
        # c14
        - Timeout
      # c15

    - id: notify
      note: | # c16
        hello
        # no comment
          world

      # c17
      text: >-
        folded
        text
      with:
        {
          a: 1, # c18
          # c19
          b: [x, y], # c20
          c: "d" # c21
          # c22
        } # c23
    - - nested # c24
      - - deeper # c25
        # c26
        - other
    -
      # c27
      id: third # c28
    # c29
  connections: [] # c30
  none: # c31
  empty: {} # c32
# c33
last: 'it''s' # c34
# c35
`,
  `--- # c1
list: # c2
- one # c3
- two: 2 # c4
  three: # c5
    - 3 # c6
    # c7
# c8
- - a
  - b # c9
- ? key # c10
  : value # c11
- !!str text # c12
- &anchored plain # c13
- |+
  kept

- "end" # c14
...
`,
];

/** The numbers of the lines, from 0, that a value or its key stands on. */
function linesOf(source: string, pointer: string): readonly number[] {
  const { document } = read(source);
  const all: readonly Tree[] = document === null ? [] : allOf(document.root);
  const tree = all.find((one) => one.pointer === pointer);
  if (tree === undefined) return [];
  const member = all.flatMap((one) => (one.kind === "object" ? one.members : [])).find((one) => one.value === tree);
  const lineOf = (offset: number): number => source.slice(0, offset).split("\n").length - 1;
  // What stands between a dash and its item belongs to the item.
  const gap = /-\n(?:[ \t]*(?:#.*)?\n)*[ \t]*$/.exec(source.slice(0, tree.span.start))?.[0].length ?? 0;
  const first = lineOf(Math.min(tree.span.start - gap, member?.keySpan.start ?? tree.span.start));
  const last = lineOf(tree.span.end);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** What is put before an item of a list does not touch it. */
function insertsItem(source: string, { op, path }: PatchOperation): boolean {
  const holder = read(source).document;
  const parent = holder && allOf(holder.root).find((tree) => tree.pointer === path.slice(0, path.lastIndexOf("/")));
  return (op === "add" || op === "copy" || op === "move") && parent?.kind === "array";
}

const comment = /# c\d+/g;

test("comments that do not stand on a changed line are kept, each once", () => {
  changed(
    fc.constantFrom(...samples),
    (source, operation) => {
      const touched = new Set([
        ...(operation.op === "move" ? linesOf(source, operation.from) : []),
        ...(insertsItem(source, operation) ? [] : linesOf(source, operation.path)),
      ]);
      const kept = source.split("\n").flatMap((line, index) => (touched.has(index) ? [] : (line.match(comment) ?? [])));
      const result = fixDocument(source, [operation]);
      const found: readonly string[] = result.match(comment) ?? [];
      const lost = kept.filter((one) => !found.includes(one));
      expect({ operation, result, lost }).toEqual({ operation, result, lost: [] });
      expect(plain(result)).toEqual(applyOperation(plain(source), operation)?.value);
    },
    800,
  );
});

const aliased = `base: &base # c1
  x: 1 # c2
  y: [&item { a: 1 }, *item] # c3
use: *base # c4
both: { one: *item, two: *base } # c5
merged: # c6
  <<: *base # c7
  z: 3 # c8
  <<: [*item, { q: 1 }]
`;

test("a change to a value that has aliases changes nothing else", () => {
  const single = aliased.replace("  <<: [*item, { q: 1 }]\n", "");
  changed(fc.constantFrom(aliased, single), expectPatched, 300);
});

test("patches of several operations apply one after another", () => {
  const sources = fc.oneof(json, fc.constantFrom(...samples)).filter((source) => read(source).places.length === 0);
  const cases = sources.chain((source) =>
    fc.tuple(fc.constant(source), fc.array(fc.nat(), { minLength: 2, maxLength: 5 })),
  );
  fc.assert(
    fc.property(cases, ([source, seeds]) => {
      let expected = plain(source);
      const patch: PatchOperation[] = [];
      for (const seed of seeds) {
        const [operation] = fc.sample(operationFor(expected), { seed, numRuns: 1 });
        if (operation === undefined) continue;
        patch.push(operation);
        expected = applyOperation(expected, operation)?.value;
      }
      expect(plain(fixDocument(source, patch))).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
