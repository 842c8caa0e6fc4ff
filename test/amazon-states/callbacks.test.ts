import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { createVirtualClock } from "../runtime/virtual-clock.ts";
import { createLoader, type Loader } from "./running.ts";

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

const load = (definition: unknown) => loader.load(compiler.artifactOf(JSON.stringify(definition), "amazon-states"));

const waiting = {
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      Parameters: { "token.$": "$$.Task.Token", "tries.$": "$$.State.RetryCount" },
      TimeoutSeconds: 60,
      HeartbeatSeconds: 10,
      Retry: [{ ErrorEquals: ["States.HeartbeatTimeout"], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }],
      End: true,
    },
    Caught: { Type: "Pass", End: true },
  },
};

interface Tasks {
  succeed(token: string, output: unknown): void;
  fail(token: string, error?: string, cause?: string): void;
  heartbeat(token: string): void;
}

/** Runs the machine that waits; `then` is told of each attempt's token. */
async function ask(then: (tasks: Tasks, token: string, sleep: (ms: number) => Promise<void>) => Promise<void>) {
  const module = await load(waiting);
  const { createTasks } = module;
  if (typeof createTasks !== "function") throw new Error("the module has no createTasks");
  const tasks: Tasks = createTasks();
  const clock = createVirtualClock();
  const inputs: unknown[] = [];
  const callbacks: Promise<void>[] = [];
  const activities = {
    "states:::sqs:sendMessage.waitForTaskToken": async (input: { token: string }, context: { taskToken: string }) => {
      inputs.push({ ...input, token: input.token === context.taskToken });
      callbacks.push(then(tasks, input.token, (ms) => clock.sleep(ms, new AbortController().signal)));
    },
  };
  const output = await clock.drive(module.run({}, activities, { clock, tasks, runId: "r" }));
  await Promise.all(callbacks);
  return { output, inputs, now: clock.now() };
}

describe("a task that waits for a callback", () => {
  test("has the output that is reported with its token", async () => {
    const { output, inputs } = await ask(async (tasks, token) => {
      tasks.succeed(token, { ok: true });
      tasks.fail(token, "TooLate");
    });
    expect(output).toEqual({ ok: true });
    expect(inputs).toEqual([{ token: true, tries: 0 }]);
  });

  test("fails as is reported, also without an error", async () => {
    const named = await ask(async (tasks, token) => tasks.fail(token, "Refused", "no"));
    expect(named.output).toEqual({ Error: "Refused", Cause: "no" });
    const nameless = await ask(async (tasks, token) => tasks.fail(token));
    expect(nameless.output).toEqual({ Error: null, Cause: null });
  });

  test("lives on as long as there are heartbeats, and is tried again with another token", async () => {
    const tokens: string[] = [];
    const { output, inputs, now } = await ask(async (tasks, token, sleep) => {
      tokens.push(token);
      if (tokens.length === 1) return;
      for (let beat = 0; beat < 3; beat++) {
        await sleep(8_000);
        tasks.heartbeat(token);
      }
      tasks.succeed(token, "late");
    });
    expect(output).toBe("late");
    expect(inputs).toEqual([
      { token: true, tries: 0 },
      { token: true, tries: 1 },
    ]);
    expect(new Set(tokens).size).toBe(2);
    expect(now).toBe(10_000 + 1_000 + 24_000);
  });

  test("has the result of its activity where the run has no tasks", async () => {
    const { run } = await load(waiting);
    const activities = { "states:::sqs:sendMessage.waitForTaskToken": async () => "done by itself" };
    expect(await run({}, activities)).toBe("done by itself");
  });

  test("is what the task of an activity is, too", async () => {
    const resource = "arn:aws:states:eu-west-1:123456789012:activity:review";
    const { run } = await load({ StartAt: "A", States: { A: { Type: "Task", Resource: resource, End: true } } });
    const activities = { [resource]: async (_: unknown, context: { taskToken: string }) => context.taskToken };
    expect(await run({}, activities, { runId: "r" })).toBe("r/A:1#1");
  });
});
