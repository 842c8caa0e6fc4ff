// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 296127d86f78cf59821c492f50d8adce4a38f1e47be3f602e24ac037709ec6b3

import {
  type ActivityContext,
  type RunOptions,
  all2,
  argumentAt,
  arrayLength,
  call,
  caught,
  choiceAt,
  enter,
  errorOutput,
  execute,
  fieldAt,
  matchesError,
  selectAt,
  visit,
  withValue,
  within,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  AddressFunction(input: unknown, context: ActivityContext): Promise<unknown>;
  OrdersFunction(input: unknown, context: ActivityContext): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let data: unknown = input;
    try {
      const { bothBranch1, bothBranch2 } = await within(
        scope,
        "Both",
        async (scope) => {
          const [bothBranch1, bothBranch2] = await all2(
            scope,
            async (scope) => {
              enter(scope, "Address");
              return call(
                scope,
                "Address",
                activities.AddressFunction,
                selectAt(data, ["customer"]),
              );
            },
            async (scope) => {
              visit(scope, "Known?");
              if (choiceAt(data, ["customer", "known"]) === true) {
                return call(scope, "Orders", activities.OrdersFunction, data);
              }
              visit(scope, "None");
              return { items: [] };
            },
          );
          return { bothBranch1, bothBranch2 };
        },
        {
          retry: [
            {
              when: (failure) => matchesError(failure.name, ["States.ALL"]),
              retries: 2,
              initialMs: 1000,
            },
          ],
        },
      );
      const bothResult: unknown = [bothBranch1, bothBranch2];
      data = withValue(data, ["found"], {
        address: fieldAt(bothResult, [0], "address.$"),
        orders: fieldAt(bothResult, [1, "items"], "orders.$"),
      });
    } catch (error) {
      const failure = caught(scope, error);
      if (matchesError(failure.name, ["States.ALL"])) {
        data = errorOutput(failure.name, failure.message);
        visit(scope, "Nothing");
        return {};
      }
      throw failure;
    }
    visit(scope, "Report");
    return {
      address: fieldAt(data, ["found", "address"], "address.$"),
      orders: arrayLength(
        argumentAt(
          data,
          ["found", "orders"],
          "States.ArrayLength($.found.orders)",
        ),
      ),
    };
  });
}
