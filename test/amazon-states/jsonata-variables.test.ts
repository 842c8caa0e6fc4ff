import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";

let compiler: TestCompiler;
let folder: string;
let count = 0;
beforeAll(async () => {
  compiler = createTestCompiler();
  folder = await mkdtemp(join(tmpdir(), "variables-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(async () => {
  compiler.close();
  await rm(folder, { recursive: true, force: true });
});

type Run = (input: unknown, activities?: object, options?: object) => Promise<unknown>;

async function runnable(definition: object): Promise<Run> {
  const { files } = compiler.artifactOf(JSON.stringify(definition));
  const own = join(folder, `m${count++}`);
  await mkdir(own);
  for (const { path, content } of files) await writeFile(join(own, path), content);
  const { run } = await import(pathToFileURL(join(own, "workflow.js")).href);
  return (input, activities = {}, options = {}) => run(input, activities, options);
}

describe("variables in JSONPath", () => {
  test("all values of an Assign are made before any is stored, and before the state's output", async () => {
    const run = await runnable({
      StartAt: "First",
      States: {
        First: { Type: "Pass", Assign: { a: 1, b: 2 }, Next: "Swap" },
        Swap: {
          Type: "Pass",
          Parameters: { "seen.$": "$a" },
          Assign: { "a.$": "$b", "b.$": "$a", "last.$": "$.seen" },
          Next: "Last",
        },
        Last: { Type: "Pass", Parameters: { "a.$": "$a", "b.$": "$b", "last.$": "$last", "in.$": "$" }, End: true },
      },
    });
    expect(await run({})).toEqual({ a: 2, b: 1, last: 1, in: { seen: 1 } });
  });

  test("branches read the variables around them and keep their own", async () => {
    const branch = (value: number) => ({
      StartAt: `B${value}`,
      States: {
        [`B${value}`]: { Type: "Pass", Assign: { mine: value, "sum.$": "States.MathAdd($x, 1)" }, Next: `C${value}` },
        [`C${value}`]: { Type: "Pass", Parameters: { "mine.$": "$mine", "sum.$": "$sum" }, End: true },
      },
    });
    const run = await runnable({
      StartAt: "Set",
      States: {
        Set: { Type: "Pass", Assign: { x: 1 }, Next: "Both" },
        Both: {
          Type: "Parallel",
          Branches: [branch(1), branch(2)],
          ResultPath: null,
          Assign: { "all.$": "$[*].mine" },
          Next: "End",
        },
        End: { Type: "Pass", InputPath: "$all", End: true },
      },
    });
    expect(await run({})).toEqual([1, 2]);
  });

  test("what a Task assigns is made of its raw result, what its Catch assigns of the error", async () => {
    const run = await runnable({
      StartAt: "Work",
      States: {
        Work: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          ResultSelector: { "kept.$": "$.a" },
          ResultPath: "$.result",
          Assign: { "raw.$": "$.b", how: "done" },
          Catch: [
            {
              ErrorEquals: ["States.ALL"],
              ResultPath: null,
              Assign: { "raw.$": "$.Cause", how: "caught" },
              Next: "End",
            },
          ],
          Next: "End",
        },
        End: { Type: "Pass", Parameters: { "data.$": "$", "raw.$": "$raw", "how.$": "$how" }, End: true },
      },
    });
    const good = { "states:::lambda:invoke": async () => ({ a: 1, b: 2 }) };
    expect(await run({ x: 0 }, good)).toEqual({ data: { x: 0, result: { kept: 1 } }, raw: 2, how: "done" });
    const bad = { "states:::lambda:invoke": async () => Promise.reject(new Error("no")) };
    expect(await run({ x: 0 }, bad)).toEqual({ data: { x: 0 }, raw: "no", how: "caught" });
  });

  test("a variable that this way did not assign fails the state", async () => {
    const run = await runnable({
      StartAt: "Pick",
      States: {
        Pick: {
          Type: "Choice",
          Choices: [{ Variable: "$.set", BooleanEquals: true, Assign: { x: 1 }, Next: "End" }],
          Default: "End",
        },
        End: { Type: "Pass", Parameters: { "x.$": "$x" }, End: true },
      },
    });
    expect(await run({ set: true })).toEqual({ x: 1 });
    await expect(run({ set: false })).rejects.toMatchObject({ name: "States.Runtime" });
  });

  test("a loop counts in a variable", async () => {
    const run = await runnable({
      StartAt: "Zero",
      States: {
        Zero: { Type: "Pass", Assign: { n: 0 }, Next: "More" },
        More: { Type: "Choice", Choices: [{ Variable: "$n", NumericLessThan: 3, Next: "Add" }], Default: "End" },
        Add: { Type: "Pass", Assign: { "n.$": "States.MathAdd($n, 1)" }, Next: "More" },
        End: { Type: "Pass", InputPath: "$n", End: true },
      },
    });
    expect(await run({})).toBe(3);
  });
});

describe("states in JSONata", () => {
  test("Choice, Task with Catch, Map, Wait and Fail", async () => {
    const run = await runnable({
      QueryLanguage: "JSONata",
      StartAt: "Pick",
      States: {
        Pick: {
          Type: "Choice",
          Choices: [
            {
              Condition: "{% $count($states.input.items) > 1 %}",
              Assign: { many: "{% $count($states.input.items) %}" },
              Output: "{% $states.input.items %}",
              Next: "Each",
            },
          ],
          Default: "Stop",
        },
        Each: {
          Type: "Map",
          Items: "{% $states.input %}",
          ItemSelector: { n: "{% $states.context.Map.Item.Value * 10 %}", of: "{% $many %}" },
          MaxConcurrency: "{% $many %}",
          ItemProcessor: {
            StartAt: "Work",
            States: {
              Work: {
                Type: "Task",
                Resource: "arn:aws:states:::lambda:invoke",
                Arguments: { value: "{% $states.input.n + $states.input.of %}" },
                TimeoutSeconds: "{% 1 + 1 %}",
                Output: "{% $states.result.value %}",
                Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput.Cause %}", Next: "Caught" }],
                End: true,
              },
              Caught: { Type: "Pass", End: true },
            },
          },
          Next: "Pause",
        },
        Pause: { Type: "Wait", Seconds: "{% $sum([0, 0]) %}", Output: { all: "{% $states.input %}" }, End: true },
        Stop: { Type: "Fail", Error: "{% 'Too' & 'Few' %}", Cause: "{% $string($states.input) %}" },
      },
    });
    const activities = {
      "states:::lambda:invoke": async (input: { value: number }) => {
        if (input.value > 22) throw new Error("too much");
        return { value: input.value };
      },
    };
    expect(await run({ items: [1, 2, 3] }, activities)).toEqual({ all: [13, "too much", "too much"] });
    await expect(run({ items: [1] }, activities)).rejects.toMatchObject({ name: "TooFew", message: '{"items":[1]}' });
  });

  test("functions that end with a call of themselves or of each other do not fill the stack", async () => {
    const run = await runnable({
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: {
        A: {
          Type: "Pass",
          Output: {
            sum: "{% ($sum := function($n, $all) { $n = 0 ? $all : $sum($n - 1, $all + $n) }; $sum($states.input, 0)) %}",
            even: "{% ($even := function($n) { $n = 0 ? true : $odd($n - 1) }; $odd := function($n) { $n = 0 ? false : $even($n - 1) }; $even($states.input)) %}",
          },
          End: true,
        },
      },
    });
    expect(await run(100_000)).toEqual({ sum: 5_000_050_000, even: true });
  });

  test.each([
    [
      "Condition",
      { Type: "Choice", Choices: [{ Condition: "{% $states.input.a %}", Next: "B" }], Default: "B" },
      "boolean",
    ],
    ["Seconds", { Type: "Wait", Seconds: "{% $states.input.a %}", Next: "B" }, "integer"],
    ["Timestamp", { Type: "Wait", Timestamp: "{% $states.input.a %}", Next: "B" }, "string"],
    ["Error", { Type: "Fail", Error: "{% $states.input.a %}" }, "string"],
    ["Cause", { Type: "Fail", Error: "E", Cause: "{% $states.input.a %}" }, "string"],
    [
      "TimeoutSeconds",
      { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", TimeoutSeconds: "{% $states.input.a %}", Next: "B" },
      "integer",
    ],
  ])("%s must have its type", async (field, state, type) => {
    const run = await runnable({
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: { A: state, ...(state.Type === "Fail" ? {} : { B: { Type: "Succeed" } }) },
    });
    await expect(run({ a: { b: 1 } })).rejects.toMatchObject({
      name: "States.QueryEvaluationError",
      message: expect.stringMatching(new RegExp(`${field}' returned an unexpected result type. Expected '${type}'`)),
    });
    await expect(run({})).rejects.toMatchObject({
      name: "States.QueryEvaluationError",
      message: expect.stringContaining("returned nothing (undefined)."),
    });
  });

  test("times and chance are the run's", async () => {
    const run = await runnable({
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: {
        A: {
          Type: "Pass",
          Output:
            "{% [$now('[Y0001]-[M01]-[D01] [H01]:[m01]'), $now(), $toMillis('10:30', '[H]:[m]'), $random(), $shuffle([1, 2, 3])] %}",
          End: true,
        },
      },
    });
    const clock = { now: () => Date.UTC(2024, 1, 29, 23, 5), sleep: async () => {} };
    expect(await run({}, {}, { clock, random: () => 0 })).toEqual([
      "2024-02-29 23:05",
      "2024-02-29T23:05:00.000Z",
      Date.UTC(2024, 1, 29, 10, 30),
      0,
      3,
      2,
      1,
    ]);
  });

  test("an expression that fails, gives nothing or gives a wrong type fails as AWS says", async () => {
    const pass = await runnable({
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: { A: { Type: "Pass", Output: { x: "{% 1 + $states.input.x %}" }, End: true } },
    });
    expect(await pass({ x: 2 })).toEqual({ x: 3 });
    await expect(pass({ x: "2" })).rejects.toMatchObject({
      name: "States.QueryEvaluationError",
      message: expect.stringContaining(
        "The JSONata expression '1 + $states.input.x' specified for the field 'Output/x' threw an error during evaluation. T2002:",
      ),
    });
    await expect(pass({})).rejects.toMatchObject({
      message: expect.stringContaining("specified for the field 'Output/x' returned nothing (undefined)."),
    });
    const wait = await runnable({
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: { A: { Type: "Wait", Seconds: "{% $states.input %}", End: true } },
    });
    await expect(wait("soon")).rejects.toMatchObject({ name: "States.QueryEvaluationError" });
  });
});
