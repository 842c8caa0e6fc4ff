// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 240a642e2477ef262aa73dd6c8ea168e7fd090e12098d94298dc742b1e9ecd33

import {
  type ActivityContext,
  type RunOptions,
  call,
  choiceAt,
  execute,
  visit,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  LeftFunction(input: unknown, context: ActivityContext): Promise<unknown>;
  RightFunction(input: unknown, context: ActivityContext): Promise<unknown>;
}

/** Two states that jump to each other, and both are entered from outside */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let data: unknown = input;
    visit(scope, "Side");
    let state: "Right" | "Left";
    if (choiceAt(data, ["left"]) === true) {
      state = "Left";
    } else {
      state = "Right";
    }
    while (true) {
      if (state === "Right") {
        data = await call(scope, "Right", activities.RightFunction, data);
        visit(scope, "Right Done?");
        if (choiceAt(data, ["done"]) === true) {
          visit(scope, "End");
          return data;
        }
        state = "Left";
      } else {
        data = await call(scope, "Left", activities.LeftFunction, data);
        visit(scope, "Left Done?");
        if (choiceAt(data, ["done"]) === true) {
          visit(scope, "End");
          return data;
        }
        state = "Right";
      }
    }
  });
}
