// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 9f59cf0ed0af0546848f3d6a3d63985cf4739bc2f1bbd250973ddbab638a249e

import {
  type ActivityContext,
  type RunOptions,
  all2,
  call,
  caught,
  choiceAt,
  enter,
  execute,
  fieldAt,
  matchesError,
  visit,
  wait,
  withValue,
  within,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  "states:::lambda:invoke"(
    input: { Id: unknown },
    context: ActivityContext,
  ): Promise<unknown>;
  "states:::ses:sendEmail"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
  "states:::sns:publish"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
}

/** Looks until it is done. */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let data: unknown = input;
    while (true) {
      rest: {
        try {
          // Asks once. What it asks with may fail to be made, and the comment
          // still stands first.
          enter(scope, "Look");
          const lookResult = await call(
            scope,
            "Look",
            activities["states:::lambda:invoke"],
            { Id: fieldAt(data, ["id"], "Id.$") },
          );
          data = withValue(data, ["found"], lookResult);
        } catch (error) {
          const failure = caught(scope, error);
          if (matchesError(failure.name, ["States.ALL"])) {
            break rest;
          }
          throw failure;
        }
        // *\/ Done or not? /*
        visit(scope, "Done?");
        if (choiceAt(data, ["found", "done"]) === true) {
          break;
        }
      }
      // Not too often.
      await wait(scope, "Rest", 5000);
    }
    // Tells two at once.
    const { endBranch1, endBranch2 } = await within(
      scope,
      "End",
      async (scope) => {
        const [endBranch1, endBranch2] = await all2(
          scope,
          async (scope) => {
            // The owner.
            // By mail.
            return call(
              scope,
              "Owner",
              activities["states:::ses:sendEmail"],
              data,
            );
          },
          (scope) =>
            call(scope, "Log", activities["states:::sns:publish"], data),
        );
        return { endBranch1, endBranch2 };
      },
    );
    return [endBranch1, endBranch2];
  });
}
