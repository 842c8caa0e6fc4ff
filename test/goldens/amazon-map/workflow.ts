// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 105eac690f833a8a69ff8eff747123e848a45532e2c93edcdfa2fca40c9af2bf

import {
  type ActivityContext,
  type RunOptions,
  argumentAt,
  arrayLength,
  call,
  choiceAt,
  enter,
  execute,
  fieldAt,
  forEach,
  itemsOf,
  selectAt,
  visit,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  "arn:aws:lambda:eu-west-1:123456789012:function:price"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
  "arn:aws:lambda:eu-west-1:123456789012:function:book"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    enter(scope, "Each Line");
    const eachLineInput = selectAt(input, ["order"]);
    const eachLineResult: unknown = await forEach(
      scope,
      "Each Line",
      itemsOf(selectAt(selectAt(input, ["order"]), ["lines"]), "$.lines"),
      async (scope, item, index) => {
        let data: unknown = {
          line: item,
          index,
          order: fieldAt(eachLineInput, ["id"], "order.$"),
        };
        const priceResult = await call(
          scope,
          "Price",
          activities["arn:aws:lambda:eu-west-1:123456789012:function:price"],
          data,
        );
        data = withValue(data, ["price"], priceResult);
        visit(scope, "Free?");
        if (choiceAt(data, ["price", "amount"]) === 0) {
          visit(scope, "Skip");
          return data;
        }
        return call(
          scope,
          "Book",
          activities["arn:aws:lambda:eu-west-1:123456789012:function:book"],
          data,
        );
      },
      5,
    );
    const data2 = withValue(input, ["booked"], eachLineResult);
    visit(scope, "Sum");
    return {
      count: arrayLength(
        argumentAt(data2, ["booked"], "States.ArrayLength($.booked)"),
      ),
    };
  });
}
