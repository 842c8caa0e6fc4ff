import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "./compiler.ts";
import { runInFreshProcess } from "./fresh-process.ts";
import { prelude } from "./virtual-clock.ts";

/**
 * Definitions of the kinds whose modules TypeScript once refused, each as small as it still shows its cause; random ones
 * found them (`npm run random`).
 */
let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const text = { type: "string" };
const flag = { type: "boolean" };
const words = { enum: ["open", "closed"] };
const card = {
  type: "object",
  properties: { kind: { const: "card" }, digits: text },
  required: ["kind", "digits"],
};
const bank = {
  type: "object",
  properties: { kind: { const: "bank" }, iban: text },
  required: ["kind", "iban"],
};
const note = { type: "object", properties: { more: { type: "object", properties: { done: flag } } } };
const component = (type: string, input: object, output: object) => ({
  type,
  inputs: { value: { schema: input, required: true } },
  outputs: { out: { schema: output } },
});
const components = [
  component("test.text", text, text),
  component("test.word", words, text),
  component("test.words", { type: "array", items: words }, text),
  component("test.pay", { oneOf: [card, bank] }, text),
  component("test.next", {}, { type: "integer" }),
  component("test.note", text, note),
];

function definition(spec: object): string {
  return JSON.stringify({
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: "refused-once" },
    spec: {
      input: {
        type: "object",
        properties: { flag, name: text, pay: { oneOf: [card, bank] }, count: { type: "integer" } },
        required: ["flag", "name", "pay", "count"],
      },
      components,
      ...spec,
    },
  });
}

const activities = `const activities = {
  "test.text": async ({ value }) => value,
  "test.word": async ({ value }) => value,
  "test.words": async ({ value }) => value.join(),
  "test.pay": async ({ value }) => value.kind,
  "test.next": async ({ value }) => (value.last ?? 0) + 1,
  "test.note": async () => ({ more: { done: true } }),
};`;

/** What a run of the module gives; for Temporal it is compiled only. */
async function outputOf(spec: object, input: object = {}): Promise<unknown> {
  const source = definition(spec);
  compiler.artifactOf(source, "graph", "temporal");
  const given = { flag: true, name: "a", pay: { kind: "bank", iban: "b" }, count: 3, ...input };
  const driver = `${prelude}${activities} await finish(run(${JSON.stringify(given)}, activities, options));`;
  const result: unknown = await runInFreshProcess(compiler.artifactOf(source, "graph"), driver);
  return result !== null && typeof result === "object" && "output" in result ? result.output : result;
}

const transform = (id: string, value: unknown, schema?: object) => ({
  id,
  type: "core.transform",
  with: { value, ...(schema && { schema }) },
});

describe("what TypeScript infers otherwise", () => {
  test("a list of one of several kinds, gone over by a container and by macros", async () => {
    const items = "${ input.flag ? ['a', 'b'] : [1, 2] }";
    const each = { id: "each", type: "core.forEach", with: { items }, nodes: [], output: "${ item }" };
    const list = transform("list", items);
    const nodes = [each, list];
    const output = { each: "${ each.out }", some: "${ list.out.exists(x, x == dyn('b')) }", at: "${ list.out[1] }" };
    const expected = { each: ["a", "b"], some: true, at: "b" };
    expect(await outputOf({ nodes, output })).toEqual(expected);
  });

  test("a list of objects of which only some have a member that all objects inherit", async () => {
    const items: readonly object[] = [{ constructor: "${ input.name }" }, { name: "${ input.name }" }];
    const nodes = [{ id: "each", type: "core.forEach", with: { items }, nodes: [], output: "${ item }" }];
    const expected: readonly object[] = [{ constructor: "a" }, { name: "a" }];
    expect(await outputOf({ nodes, output: "${ each.out }" })).toEqual(expected);
  });

  test("a value that is written out where it goes, through a list and through `map`", async () => {
    const nodes = [
      transform("word", "open", words),
      {
        id: "each",
        type: "core.forEach",
        with: { items: "${ [word.out, word.out] }" },
        nodes: [{ id: "one", type: "test.word", with: { value: "${ item }" } }],
        output: "${ one.out }",
      },
      { id: "many", type: "test.words", with: { value: "${ [1, 2].map(x, 'closed') }" } },
    ];
    const connections = [{ from: "word", to: "each" }];
    const output = "${ each.out + [many.out] }";
    expect(await outputOf({ nodes, connections, output })).toEqual(["open", "open", "closed,closed"]);
  });

  test("an output of fixed values", async () => {
    const returns = "${ input.count in [1, 2] ? 'open' : 'open' }";
    expect(await outputOf({ nodes: [transform("one", 1)], output: words, returns })).toBe("open");
  });

  test("a value that a loop makes its next state of", async () => {
    const nodes = [
      {
        id: "turns",
        type: "core.while",
        with: { state: null, schema: { oneOf: [{ type: "integer" }, { type: "null" }] }, condition: "${ turn < 3 }" },
        nodes: [
          { id: "next", type: "test.next", with: { value: "${ {'last': state} }" } },
          { id: "after", type: "test.text", with: { value: "a" } },
        ],
        connections: [{ from: "next", to: "after" }],
        output: "${ next.out }",
      },
    ];
    expect(await outputOf({ nodes, output: "${ turns.out }" })).toBe(3);
  });
});

describe("what TypeScript knows", () => {
  test("constants that cannot be equal", async () => {
    const output = { same: "${ (true ? 1e3 : 1e3) == -(0.0) }", other: "${ -(0.0) == (input.flag ? 2.0 : 1000.0) }" };
    expect(await outputOf({ nodes: [transform("one", 1)], output })).toEqual({ same: false, other: false });
  });

  test("a condition that a constant decides, whatever is beside it", async () => {
    const cases = [
      { port: "small", when: "${ input.name.contains('b') }" },
      { port: "large", when: "${ true }" },
    ];
    const nodes = [
      { id: "switch", type: "core.switch", with: { cases } },
      { id: "after", type: "test.text", with: { value: "done" } },
    ];
    const connections = [
      { from: "switch.small", to: "after" },
      { from: "switch.large", to: "after" },
    ];
    expect(await outputOf({ nodes, connections, output: "done" })).toBe("done");
  });

  test("which object of several kinds a variable has", async () => {
    const pay = { oneOf: [card, bank] };
    const nodes = [
      { id: "if", type: "core.if", with: { condition: "${ input.flag }" } },
      transform("one", { kind: "bank", iban: "${ input.name }" }, pay),
      transform("other", { kind: "bank", iban: "x" }, pay),
      { id: "merge", type: "core.merge" },
      {
        id: "turns",
        type: "core.while",
        with: { state: { kind: "bank", iban: "y" }, schema: pay, condition: "${ turn < 1 || state.kind == 'card' }" },
        nodes: [],
        output: "${ state }",
      },
    ];
    const connections = [
      { from: "if.then", to: "one" },
      { from: "if.else", to: "other" },
      { from: "one", to: "merge" },
      { from: "other", to: "merge" },
      { from: "merge", to: "turns" },
    ];
    const output = { card: "${ merge.out.kind == 'card' }", loop: "${ turns.out.kind == 'card' }" };
    expect(await outputOf({ nodes, connections, output })).toEqual({ card: false, loop: false });
  });
});

describe("what is left when paths have ended", () => {
  const stop = { id: "stop", type: "core.fail", with: { error: "Refused" } };

  test("a member that is absent here", async () => {
    const nodes = [
      { id: "note", type: "test.note", with: { value: "a" } },
      { id: "if", type: "core.if", with: { condition: "${ has(note.out.more) }" } },
      stop,
      {
        id: "after",
        type: "test.text",
        with: { value: "${ has(note.out.more) ? string(has(note.out.more.done)) : 'no' }" },
      },
    ];
    const connections = [
      { from: "note", to: "if" },
      { from: "if.then", to: "stop" },
      { from: "if.else", to: "after" },
    ];
    const result = await outputOf({ nodes, connections, output: "done" });
    expect(result).toMatchObject({ name: "Refused" });
  });

  test("a value of a kind that has left already", async () => {
    const value = "${ input.pay.kind == 'card' ? input.pay.digits : input.pay.iban }";
    const nodes = [
      { id: "if", type: "core.if", with: { condition: "${ input.pay.kind == 'card' }" } },
      stop,
      { id: "after", type: "test.text", with: { value } },
    ];
    const connections = [
      { from: "if.then", to: "stop" },
      { from: "if.else", to: "after" },
    ];
    expect(await outputOf({ nodes, connections, output: "done" })).toBe("done");
  });
});

describe("values that come from branches", () => {
  test("what a `core.pick` gives that may not have run", async () => {
    const cases = [
      { port: "came", channel: "calls" },
      { port: "over", after: "1s" },
    ];
    const nodes = [
      { id: "choice", type: "core.multiChoice", with: { cases: [{ port: "small", when: "${ input.count > 9 }" }] } },
      transform("other", "${ input.name }"),
      { id: "pick", type: "core.pick", with: { cases } },
      { id: "if", type: "core.if", with: { condition: "${ input.flag }" } },
      { id: "merge", type: "core.merge" },
      { id: "after", type: "test.text", with: { value: "${ input.name }" } },
    ];
    const connections = [
      { from: "choice.default", to: "pick" },
      { from: "pick.came", to: "if" },
      { from: "if.then", to: "merge" },
      { from: "if.else", to: "merge" },
      { from: "other", to: "after" },
      { from: "pick.over", to: "after" },
    ];
    expect(await outputOf({ nodes, connections, output: "done" })).toBe("done");
  });

  test("what is tested before it is used, of a node that may not have run", async () => {
    const value = "${ has(note.out.more) && has(note.out.more.done) && note.out.more.done ? 'done' : 'none' }";
    const nodes = [
      { id: "note", type: "test.note", with: { value: "a" } },
      { id: "end", type: "core.terminate", with: { output: value } },
      { id: "beside", type: "core.wait", with: { duration: "5m" } },
      transform("after", "after"),
    ];
    const connections = [
      { from: "note", to: "end" },
      { from: "note.error", to: "after" },
      { from: "beside", to: "after" },
    ];
    expect(await outputOf({ nodes, connections, output: "at the end" })).toBe("done");
  });

  test("whether a node was cancelled that holds a loop", async () => {
    const nodes = [
      {
        id: "turns",
        type: "core.while",
        with: { state: 1, condition: "${ turn < 3 }" },
        nodes: [],
        output: "${ state + 1 }",
      },
      { id: "each", type: "core.forEach", with: { items: [] }, nodes: [] },
      { id: "wait", type: "core.wait", with: { duration: "5m" } },
      { id: "both", type: "core.merge" },
      { id: "quick", type: "test.text", with: { value: "a" } },
      { ...transform("first", "done"), join: { n: 1, cancel: true } },
    ];
    const connections = [
      { from: "turns", to: "each" },
      { from: "each", to: "both" },
      { from: "wait", to: "both" },
      { from: "quick", to: "first" },
      { from: "both", to: "first" },
    ];
    expect(await outputOf({ nodes, connections, output: "${ first.out }" })).toBe("done");
  });
});

test("a failure that leaves a loop, caught before one that goes on with it", async () => {
  const source = JSON.stringify({
    StartAt: "Work",
    States: {
      Work: {
        Type: "Task",
        Resource: "${Work}",
        Parameters: { x: 1 },
        Next: "Work",
        Catch: [
          { ErrorEquals: ["Enough"], Next: "Done" },
          { ErrorEquals: ["Again"], Next: "Work" },
        ],
      },
      Done: { Type: "Pass", Result: "done", Next: "After" },
      After: { Type: "Pass", End: true },
    },
  });
  const driver = `${prelude}
    let turns = 0;
    const Work = async () => { throw Object.assign(new Error("no"), { name: ++turns < 3 ? "Again" : "Enough" }); };
    await finish(run({}, { Work }, options));`;
  const result = await runInFreshProcess(compiler.artifactOf(source, "amazon-states"), driver);
  expect(result).toMatchObject({ output: "done" });
});
