import { expect, test } from "vitest";
import type { PatchOperation } from "../../server/diagnostics/diagnostic.ts";
import { fixDocument } from "../../server/source/fix.ts";

/** The lines that a patch takes away (`-`) and puts in their place (`+`). */
function changes(source: string, ...patch: readonly PatchOperation[]): readonly string[] {
  const before = source.split("\n");
  const after = fixDocument(source, patch).split("\n");
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - same && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return [
    ...before.slice(same, before.length - tail).map((line) => `-${line}`),
    ...after.slice(same, after.length - tail).map((line) => `+${line}`),
  ];
}

const yaml = `# An order.
metadata: { name: order, version: '1.0' } # say who

nodes:
  # First the money.
  - id: charge # by card
    type: payments.charge
    with: { amount: "\${ input.total }" }
    retry:
      on:
      - Declined
      - Timeout # both
  - id: notify
    text: |
      Dear customer,
      thank you.

  # Then the rest.
  - id: ship
    mode: "fast"
connections: []
output:
`;

const json = `{
    "name": "order",
    "nodes": [
        { "id": "charge" },
        {
            "id": "ship",
            "tags": ["a", "b"]
        }
    ],
    "with": {}
}
`;

test("a renamed member stays where it is", () => {
  expect(changes(yaml, { op: "move", from: "/nodes/0/type", path: "/nodes/0/component" })).toEqual([
    "-    type: payments.charge",
    "+    component: payments.charge",
  ]);
  expect(changes(json, { op: "move", from: "/nodes", path: '/no"des' })).toEqual([
    '-    "nodes": [',
    '+    "no\\"des": [',
  ]);
});

test("what is removed takes its line or its comma with it, and nothing more", () => {
  expect(changes(yaml, { op: "remove", path: "/nodes/1" })).toEqual([
    "-  - id: notify",
    "-    text: |",
    "-      Dear customer,",
    "-      thank you.",
  ]);
  expect(changes(yaml, { op: "remove", path: "/nodes/0/id" })).toEqual([
    "-  - id: charge # by card",
    "-    type: payments.charge",
    "+  - type: payments.charge",
  ]);
  expect(changes(yaml, { op: "remove", path: "/metadata/name" })).toEqual([
    "-metadata: { name: order, version: '1.0' } # say who",
    "+metadata: { version: '1.0' } # say who",
  ]);
  expect(changes(yaml, { op: "remove", path: "/nodes/0/retry/on" })).toEqual([
    "-    retry:",
    "-      on:",
    "-      - Declined",
    "-      - Timeout # both",
    "+    retry: {}",
  ]);
  expect(changes(json, { op: "remove", path: "/nodes/1" })).toEqual([
    '-        { "id": "charge" },',
    "-        {",
    '-            "id": "ship",',
    '-            "tags": ["a", "b"]',
    "-        }",
    '+        { "id": "charge" }',
  ]);
  expect(changes(json, { op: "remove", path: "/name" })).toEqual(['-    "name": "order",']);
  expect(fixDocument('{"a":1,"b":[1,2,3]}', [{ op: "remove", path: "/b/1" }])).toBe('{"a":1,"b":[1,3]}');
});

test("what is added looks like its neighbours", () => {
  const node = { id: "bill", with: { to: "x" } };
  expect(changes(yaml, { op: "add", path: "/nodes/-", value: node })).toEqual([
    "+  - id: bill",
    "+    with:",
    "+      to: x",
  ]);
  expect(changes(yaml, { op: "add", path: "/nodes/0/with/currency", value: "EUR" })).toEqual([
    '-    with: { amount: "${ input.total }" }',
    '+    with: { amount: "${ input.total }", currency: "EUR" }',
  ]);
  expect(changes(yaml, { op: "add", path: "/nodes/0/retry/on/1", value: "Busy" })).toEqual(["+      - Busy"]);
  expect(changes(yaml, { op: "add", path: "/metadata/type", value: "a: b" })).toEqual([
    "-metadata: { name: order, version: '1.0' } # say who",
    "+metadata: { name: order, version: '1.0', type: \"a: b\" } # say who",
  ]);
  expect(changes(yaml, { op: "add", path: "/connections/-", value: { from: "a" } })).toEqual([
    "-connections: []",
    "+connections:",
    "+  - from: a",
  ]);
  expect(changes(json, { op: "add", path: "/nodes/-", value: { id: "bill" } })).toEqual([
    "+        },",
    "+        {",
    '+            "id": "bill"',
  ]);
  expect(changes(json, { op: "add", path: "/nodes/1/tags/0", value: "c" })).toEqual([
    '-            "tags": ["a", "b"]',
    '+            "tags": ["c", "a", "b"]',
  ]);
  expect(changes(json, { op: "add", path: "/with/x", value: 1 })).toEqual([
    '-    "with": {}',
    '+    "with": {',
    '+        "x": 1',
    "+    }",
  ]);
  expect(fixDocument('{"a":1}', [{ op: "add", path: "/b", value: { c: [1, "x"] } }])).toBe('{"a":1,"b":{"c":[1,"x"]}}');
  expect(fixDocument("a: 1\r\nb:\r\n  c: 2", [{ op: "add", path: "/b/d", value: "x" }])).toBe(
    "a: 1\r\nb:\r\n  c: 2\r\n  d: x",
  );
});

test("a replaced value keeps its quotes, and its comments where it can", () => {
  expect(changes(yaml, { op: "replace", path: "/nodes/2/mode", value: "slow" })).toEqual([
    '-    mode: "fast"',
    '+    mode: "slow"',
  ]);
  expect(changes(yaml, { op: "replace", path: "/metadata/version", value: "it's" })).toEqual([
    "-metadata: { name: order, version: '1.0' } # say who",
    "+metadata: { name: order, version: 'it''s' } # say who",
  ]);
  expect(changes(yaml, { op: "replace", path: "/nodes/0/id", value: { a: 1 } })).toEqual([
    "-  - id: charge # by card",
    "+  - id: # by card",
    "+      a: 1",
  ]);
  expect(changes(yaml, { op: "replace", path: "/output", value: "a\nb" })).toEqual([
    "-output:",
    "+output: |-",
    "+  a",
    "+  b",
  ]);
  expect(changes(yaml, { op: "replace", path: "/nodes/1/text", value: "no" })).toEqual([
    "-    text: |",
    "-      Dear customer,",
    "-      thank you.",
    '+    text: "no"',
  ]);
});

test("what moves or is copied keeps its own comments and quotes", () => {
  expect(changes(yaml, { op: "copy", from: "/nodes/0/retry", path: "/nodes/2/retry" })).toEqual([
    "+    retry:",
    "+      on:",
    "+      - Declined",
    "+      - Timeout",
  ]);
  expect(
    changes(yaml, { op: "move", from: "/nodes/1", path: "/nodes/0" }).filter((line) => line.startsWith("+")),
  ).toEqual([
    "+  - id: notify",
    "+    text: |",
    "+      Dear customer,",
    "+      thank you.",
    "+  # First the money.",
    "+  - id: charge # by card",
    "+    type: payments.charge",
    '+    with: { amount: "${ input.total }" }',
    "+    retry:",
    "+      on:",
    "+      - Declined",
    "+      - Timeout # both",
  ]);
});

test("a value with aliases is written out where only one place changes", () => {
  const aliased = "a: &x { p: 1 } # one\nb: *x # two\nc:\n  <<: *x # three\n  q: 2\n";
  expect(fixDocument(aliased, [{ op: "replace", path: "/b/p", value: 5 }])).toBe(
    "a: &x { p: 1 } # one\nb: { p: 5 } # two\nc:\n  <<: *x # three\n  q: 2\n",
  );
  expect(fixDocument(aliased, [{ op: "replace", path: "/c/p", value: 5 }])).toBe(
    "a: &x { p: 1 } # one\nb: *x # two\nc:\n  <<: *x # three\n  q: 2\n  p: 5\n",
  );
});

test("a byte-order mark stays", () => {
  expect(fixDocument("\ufeffa: 1\n", [{ op: "replace", path: "/a", value: 2 }])).toBe("\ufeffa: 2\n");
});

test.each<[PatchOperation, string]>([
  [
    { op: "remove", path: "/nodes/9" },
    "operation 2 of the patch (remove `/nodes/9`) does not apply: `9` is not an index of the array",
  ],
  [
    { op: "replace", path: "/x/y", value: 1 },
    "operation 2 of the patch (replace `/x/y`) does not apply: there is no `x`",
  ],
  [
    { op: "test", path: "/connections", value: {} },
    "operation 2 of the patch (test `/connections`) does not apply: the value there is another one",
  ],
  [
    { op: "add", path: "nodes", value: 1 },
    "operation 2 of the patch (add `nodes`) does not apply: `nodes` is not a JSON Pointer",
  ],
  [
    { op: "add", path: "/metadata/name/x", value: 1 },
    "operation 2 of the patch (add `/metadata/name/x`) does not apply: `x` would stand inside a value that is neither object nor array",
  ],
  [
    { op: "move", from: "/metadata", path: "/metadata/x" },
    "operation 2 of the patch (move `/metadata/x`) does not apply: a value cannot move into itself",
  ],
  [
    { op: "add", path: "/nodes/4", value: 1 },
    "operation 2 of the patch (add `/nodes/4`) does not apply: `4` is not an index of the array",
  ],
  [
    { op: "remove", path: "" },
    "operation 2 of the patch (remove ``) does not apply: the whole document cannot be removed",
  ],
  [
    { op: "add", path: "/__proto__", value: 1 },
    "operation 2 of the patch (add `/__proto__`) does not apply: the value cannot be written here",
  ],
])("an operation that does not apply is named: %j", (operation, message) => {
  expect(() => fixDocument(yaml, [{ op: "test", path: "/output", value: null }, operation])).toThrow(message);
});
