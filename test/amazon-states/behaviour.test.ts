import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { createVirtualClock } from "../runtime/virtual-clock.ts";
import { machine } from "./compile.ts";
import { createLoader, type Loader } from "./running.ts";

/** What compiled modules do, clause by clause: the output, or the error and its cause without the place before it. */
let compiler: TestCompiler;
let loader: Loader;
beforeAll(async () => {
  compiler = createTestCompiler();
  loader = await createLoader();
});
afterAll(async () => {
  compiler.close();
  await loader.close();
});

type Activity = (input: never, context: { readonly signal: AbortSignal }) => Promise<unknown>;

interface Given {
  readonly activities?: Readonly<Record<string, Activity>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

async function outcome(definition: unknown, input: unknown, { activities = {}, parameters }: Given = {}) {
  const module = await loader.load(compiler.artifactOf(JSON.stringify(definition), "amazon-states"));
  const clock = createVirtualClock(Date.parse("2024-01-01T00:00:00Z"));
  try {
    return await clock.drive(module.run(input, activities, { clock, ...(parameters && { parameters }) }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message.replace(/^An error occurred .*?\(entered at the event id #\d+\)\. /, "")}`;
  }
}

const pass = (more: object) => machine({ Type: "Pass", ...more });
const parameter = (path: string) => pass({ Parameters: { "r.$": path } });
const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke" };
const ends = { Z: { Type: "Pass", End: true } };
const caught = (names: readonly string[], state: object = {}) =>
  machine({ ...task, ...state, Catch: [{ ErrorEquals: names, Next: "Z" }], Next: "Z" }, ends);
const invoke = (work: Activity): Given => ({ activities: { "states:::lambda:invoke": work } });
const failing = (name: string) =>
  invoke(async () => {
    throw Object.assign(new Error("why"), { name });
  });
const silent = invoke(
  (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
);
const inner = { StartAt: "I", States: { I: { Type: "Pass", End: true } } };

test("several members at once are an object, which no choice compares with a text or a boolean", async () => {
  const choices = [
    { Variable: "$['a','b']", BooleanEquals: false, Next: "Z" },
    { Variable: "$['a','b']", StringEquals: "x", Next: "Z" },
  ];
  const definition = machine(
    { Type: "Choice", Choices: choices, Default: "D" },
    { ...ends, D: parameter("$['a','b']").States.A },
  );
  expect(await outcome(definition, { a: 1, b: 2, c: 3 })).toEqual({ r: { a: 1, b: 2 } });
});

describe("paths that lead nowhere", () => {
  test.each<[string, unknown, unknown, unknown]>([
    ["a member", pass({ InputPath: "$.x" }), {}, "Invalid path '$.x' : No results for path: $['x']"],
    ["a member of nothing", pass({ InputPath: "$.x.y" }), {}, "Invalid path '$.x.y' : Missing property in path $['x']"],
    [
      "a member of a text",
      pass({ OutputPath: "$.x.y" }),
      { x: "s" },
      "Invalid path '$.x.y' : Expected to find an object with property ['y'] in path $['x'] but found 'com.fasterxml.jackson.databind.node.TextNode'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
    ],
    [
      "an item of an object",
      pass({ InputPath: "$.x[0]" }),
      { x: {} },
      "Invalid path '$.x[0]' : Filter: [0] can only be applied to arrays. Current context is: {}",
    ],
    [
      "anything of null",
      pass({ InputPath: "$.x" }),
      null,
      "Unable to apply Path transformation to null or empty input.",
    ],
    [
      "the context object",
      pass({ InputPath: "$$.Execution.Input.z" }),
      {},
      "Invalid path '$$.Execution.Input.z' : No results for path: $['Execution']['Input']['z']",
    ],
    [
      "the cause of a Fail",
      machine({ Type: "Fail", Error: "E", CausePath: "$.c" }),
      {},
      "The JSONPath '$.c' specified for the field 'CausePath' could not be found in the input '{}'",
    ],
    [
      "the items of a Map",
      machine({ Type: "Map", ItemsPath: "$.a", Iterator: inner }),
      { a: 1 },
      'Reference path "$.a" must point to array.',
    ],
    [
      "a time to wait for",
      machine({ Type: "Wait", TimestampPath: "$.t" }),
      { t: "2016-03-14 01:59:00Z" },
      "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == 2016-03-14 01:59:00Z",
    ],
    [
      "seconds to wait",
      machine({ Type: "Wait", SecondsPath: "$.s" }),
      { s: 1.5 },
      "The SecondsPath parameter does not reference an integer value: $.s == 1.5",
    ],
  ])("%s", async (_, definition, input, cause) => {
    expect(await outcome(definition, input)).toBe(`States.Runtime: ${cause}`);
  });

  test("a ResultPath into what is no object", async () => {
    expect(await outcome(pass({ Result: 1, ResultPath: "$.a.b" }), { a: "s" })).toBe(
      'States.ResultPathMatchFailure: Unable to apply ReferencePath $.a.b to input {"a":"s"}',
    );
  });
});

describe("AWS's dialect of JSONPath", () => {
  test.each<[string, unknown, unknown]>([
    ["$['a','b']", { a: 1, b: 2, c: 3 }, { a: 1, b: 2 }],
    ["$.x[*]['a','b']", { x: [{ a: 1, c: 2 }, 3] }, [{ a: 1 }]],
    ["$.x[?(@ > 1)]", { x: [1, 2, 3] }, []],
    ["$.x[?(@.n == '1')]", { x: [{ n: 1 }, { n: "1" }, { n: 2 }] }, [{ n: 1 }, { n: "1" }]],
    ["$.x[?(@.n >= 5)]", { x: [{ n: 1 }, { n: 5 }] }, [{ n: 5 }]],
    ["$.x[?(@.n == 1)][0]", { x: [{ n: 1 }] }, []],
    ["$.x[7]", { x: [1] }, null],
    ["$.x[*].y", {}, []],
  ])("%s", async (path, input, value) => {
    expect(await outcome(parameter(path), input)).toEqual({ r: value });
  });

  test.each<[string, unknown]>([
    ["", null],
    ["  ", null],
    ["-0", -0],
    ['{"a":[1]}', { a: [1] }],
  ])("StringToJson of %j", async (text, value) => {
    expect(await outcome(parameter("States.StringToJson($.t)"), { t: text })).toEqual({ r: value });
  });
});

describe("what a run is given in place of a placeholder", () => {
  test.each<[string, unknown, string, unknown]>([
    ["an InputPath", pass({ InputPath: "${P}" }), "$.a[0]['b c']", 3],
    ["a part of a path", pass({ InputPath: "${P}[0]" }), "$.a", { "b c": 3 }],
    ["a field", parameter("${P}"), "$.a[0]", { r: { "b c": 3 } }],
    ["a ResultPath", pass({ Result: 1, ResultPath: "${P}" }), "$.a[0].d", { a: [{ "b c": 3, d: 1 }] }],
    [
      "a Variable",
      machine({ Type: "Choice", Choices: [{ Variable: "${P}", IsPresent: false, Next: "Z" }] }, ends),
      "$.no",
      { a: [{ "b c": 3 }] },
    ],
    [
      "a path that is wide",
      pass({ InputPath: "${P}" }),
      "$..a",
      "States.Runtime: The path '$..a' that the run was given has more than names and indexes.",
    ],
  ])("%s", async (_, definition, P, value) => {
    expect(await outcome(definition, { a: [{ "b c": 3 }] }, { parameters: { P } })).toEqual(value);
  });

  test("the numbers of a retrier", async () => {
    let attempts = 0;
    const Retry = [
      { ErrorEquals: ["E"], MaxAttempts: "${N}", IntervalSeconds: "${S}", BackoffRate: 1, MaxDelaySeconds: 9 },
    ];
    const work = async () => {
      attempts++;
      throw Object.assign(new Error("why"), { name: "E" });
    };
    expect(await outcome(machine({ ...task, Retry }), {}, { ...invoke(work), parameters: { N: 4, S: 2 } })).toBe(
      "E: why",
    );
    expect(attempts).toBe(5);
  });
});

describe("what a Catch takes", () => {
  test.each<[string, readonly string[], Given, object, unknown]>([
    // AWS's guide says otherwise; an execution was recorded that does this.
    ["States.DataLimitExceeded by States.ALL", ["States.ALL"], failing("States.DataLimitExceeded"), {}, true],
    ["any error by States.TaskFailed", ["States.TaskFailed"], failing("Custom"), {}, true],
    ["no timeout by States.TaskFailed", ["States.TaskFailed"], silent, { TimeoutSeconds: 3 }, false],
    ["a timeout by its name", ["States.Timeout"], silent, { TimeoutSeconds: 3 }, true],
    ["a heartbeat by States.Timeout", ["States.Timeout"], silent, { TimeoutSeconds: 30, HeartbeatSeconds: 5 }, true],
    ["no States.Runtime by States.ALL", ["States.ALL"], {}, { Parameters: { "x.$": "$.no" } }, false],
    [
      "an intrinsic function's failure",
      ["States.ALL"],
      {},
      { Parameters: { "x.$": "States.StringToJson('{')" } },
      true,
    ],
  ])("%s", async (_, names, given, state, isCaught) => {
    const found = await outcome(caught(names, state), {}, given);
    expect(typeof found === "object" && found !== null && "Error" in found).toBe(isCaught);
  });
});

describe("$$.State.RetryCount", () => {
  const Retry = [{ ErrorEquals: ["E"], MaxAttempts: 5 }];
  const work = { StartAt: "T", States: { T: { ...task, End: true } } };
  const third = invoke(async (input: { readonly count: number }) => {
    if (input.count < 2) throw Object.assign(new Error(""), { name: "E" });
    return input;
  });
  const count = { "count.$": "$$.State.RetryCount" };
  test.each<[string, object, unknown]>([
    ["in Parameters of a Parallel", { Type: "Parallel", Parameters: count, Branches: [work], Retry }, [{ count: 2 }]],
    ["in ItemSelector of a Map", { Type: "Map", ItemSelector: count, ItemProcessor: work, Retry }, [{ count: 2 }]],
  ])("%s", async (_, state, output) => {
    expect(await outcome(machine({ ...state }), [1], third)).toEqual(output);
  });
});

test("all values of an Assign are those from before it", async () => {
  const definition = {
    StartAt: "A",
    States: {
      A: { Type: "Pass", Assign: { a: 1, b: 2 }, Next: "B" },
      B: { Type: "Pass", Assign: { "a.$": "$b", "b.$": "$a" }, Next: "C" },
      C: { Type: "Pass", Parameters: { "a.$": "$a", "b.$": "$b" }, End: true },
    },
  };
  expect(await outcome(definition, {})).toEqual({ a: 2, b: 1 });
});

test("a value that nobody reads is still made of the one before it, which may fail", async () => {
  const states = { P: { Type: "Pass", Result: 1, ResultPath: "$.o.r", Next: "F" }, F: { Type: "Fail", Error: "Stop" } };
  const map = (selected: unknown) =>
    machine({ Type: "Map", ItemSelector: { "o.$": selected }, ItemProcessor: { StartAt: "P", States: states } });
  expect(await outcome(map("$[0]"), [{}])).toBe("Stop: ");
  expect(await outcome(map("$[0].text"), [{ text: "s" }])).toMatch(/^States\.ResultPathMatchFailure: /);
});
