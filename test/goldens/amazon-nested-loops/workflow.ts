// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// db9beb1443f62401c2a31e43f60d368f3c9884fb72e7aa522bac9bd39d2de828

import {
  type ActivityContext,
  type RunOptions,
  call,
  choiceAt,
  enter,
  execute,
  fail,
  fieldAt,
  isPresent,
  textOf,
  visit,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  FetchPage(input: unknown, context: ActivityContext): Promise<unknown>;
  HandleItem(input: unknown, context: ActivityContext): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let data: unknown = input;
    while (true) {
      const nextPageResult = await call(
        scope,
        "Next Page",
        activities.FetchPage,
        data,
      );
      data = withValue(data, ["page"], nextPageResult);
      while (true) {
        const nextItemResult = await call(
          scope,
          "Next Item",
          activities.HandleItem,
          data,
        );
        data = withValue(data, ["item"], nextItemResult);
        visit(scope, "More Items?");
        if (choiceAt(data, ["item", "failed"]) === true) {
          enter(scope, "Give Up");
          throw fail(
            scope,
            "Give Up",
            "ItemFailed",
            textOf(fieldAt(data, ["item", "reason"], "CausePath"), "CausePath"),
          );
        }
        if (choiceAt(data, ["item", "more"]) !== true) {
          break;
        }
      }
      visit(scope, "More Pages?");
      if (!isPresent(data, ["page", "token"])) {
        visit(scope, "Done");
        return data;
      }
    }
  });
}
