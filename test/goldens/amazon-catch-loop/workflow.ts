// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// bc788ddc4b5b8ab9ff6b63a8c0251ca6561f6edcc6f039b8c86764e443aea662

import {
  type ActivityContext,
  type RunOptions,
  argumentAt,
  call,
  caught,
  choiceAt,
  compareNumbers,
  errorOutput,
  execute,
  fail,
  matchesError,
  mathAdd,
  visit,
  wait,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  Work(input: unknown, context: ActivityContext): Promise<unknown>;
}

/** Comes back after a failure, with a counter in the data */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    visit(scope, "Init");
    let data: unknown = withValue(input, ["tries"], 0);
    while (true) {
      count: {
        try {
          const tryResult = await call(scope, "Try", activities.Work, data);
          data = withValue(data, ["result"], tryResult);
        } catch (error) {
          const failure = caught(scope, error);
          if (matchesError(failure.name, ["Transient"])) {
            data = withValue(
              data,
              ["error"],
              errorOutput(failure.name, failure.message),
            );
            break count;
          }
          throw failure;
        }
        visit(scope, "Good?");
        if (choiceAt(data, ["result", "good"]) === true) {
          visit(scope, "Done");
          return data;
        }
      }
      visit(scope, "Count");
      data = {
        tries: mathAdd(
          argumentAt(data, ["tries"], "States.MathAdd($.tries, 1)"),
          1,
        ),
      };
      visit(scope, "Enough?");
      if (compareNumbers(choiceAt(data, ["tries"]), ">=", 3)) {
        throw fail(scope, "Give Up", "TooManyTries", "");
      }
      await wait(scope, "Pause", 1000);
    }
  });
}
