import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { runInFreshProcess } from "../modules/fresh-process.ts";
import { fileOf } from "../modules/golden.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

/** Goes round for as long as its input says, and waits for nothing meanwhile. */
const spinning = {
  StartAt: "Ready?",
  States: {
    "Ready?": {
      Type: "Choice",
      Choices: [{ Variable: "$.ready", BooleanEquals: false, Next: "Ready?" }],
      Default: "Done",
    },
    Done: { Type: "Succeed" },
  },
};

const counting = {
  apiVersion: "workflow.compiler/v1",
  kind: "Workflow",
  metadata: { name: "counting" },
  spec: {
    input: { type: "object", properties: { limit: { type: "integer" } }, required: ["limit"] },
    nodes: [
      {
        id: "count",
        type: "core.while",
        with: { state: 0, condition: "${ state < input.limit }" },
        nodes: [{ id: "next", type: "core.transform", with: { value: "${ state + 1 }" } }],
        output: "${ next.out }",
      },
    ],
    output: "${ count.out }",
  },
};

/** Polls: each turn waits for its activity. */
const polling = {
  StartAt: "Look",
  States: {
    Look: { Type: "Task", Resource: "arn:aws:lambda:eu-west-1:123456789012:function:look", Next: "Ready?" },
    "Ready?": {
      Type: "Choice",
      Choices: [{ Variable: "$.ready", BooleanEquals: false, Next: "Look" }],
      Default: "Done",
    },
    Done: { Type: "Succeed" },
  },
};

function endOf(definition: object, call: string): Promise<unknown> {
  const driver = `import { run } from "./workflow.js";
  const controller = new AbortController();
  const end = await ${call}.then((output) => ({ output }), ({ name }) => ({ name }));
  console.log(JSON.stringify(end));`;
  return runInFreshProcess(compiler.artifactOf(JSON.stringify(definition)), driver);
}

describe("a loop that waits for nothing", () => {
  test("ends when the run is cancelled", async () => {
    const call = `(setTimeout(() => controller.abort(), 50), run({ ready: false }, {}, { signal: controller.signal }))`;
    expect(await endOf(spinning, call)).toEqual({ name: "Cancelled" });
  });

  test("ends at the time limit of its machine", async () => {
    expect(await endOf({ ...spinning, TimeoutSeconds: 1 }, "run({ ready: false }, {})")).toEqual({
      name: "States.Timeout",
    });
  });

  test("gives the same as without a rest", async () => {
    expect(await endOf(counting, "run({ limit: 2500 }, {})")).toEqual({ output: 2_500 });
  });
});

test("a loop that waits in each turn is left as it is", () => {
  const module = fileOf(compiler.artifactOf(JSON.stringify(polling)), "workflow.ts");
  expect(module).toContain("while (");
  expect(module).not.toContain("nextTurn");
});
