// Workflow wait-for-build, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// e232af425ace74626e7ac903c218f1b8739b004cf1f21b649be58aa30cd721bd

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
  fail,
  wait,
  within,
} from "./runtime.js";

export interface Input {
  commit: string;
}

export interface Output {
  status: string;
  turns: number;
}

export interface Activities {
  "builds.start"(
    input: { commit: string },
    context: ActivityContext,
  ): Promise<{ id: string }>;
  "builds.look"(
    input: { id: string },
    context: ActivityContext,
  ): Promise<{ status: "running" | "passed" | "failed" }>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const start = await call(scope, "start", activities["builds.start"], {
      commit: input.commit,
    });
    return within(scope, "poll", async (scope) => {
      let pollState: Output = { status: "running", turns: 0 };
      let pollTurn = 0;
      while (pollState.status === "running") {
        if (pollTurn >= 60) {
          throw fail(
            scope,
            "poll",
            "TooManyTurns",
            "the condition still held after the last turn that is allowed",
          );
        }
        await wait(scope, "pause", 10_000);
        const look = await call(scope, "look", activities["builds.look"], {
          id: start.id,
        });
        pollState = { status: look.status, turns: pollState.turns + 1 };
        pollTurn = pollTurn + 1;
      }
      return pollState;
    });
  });
}
