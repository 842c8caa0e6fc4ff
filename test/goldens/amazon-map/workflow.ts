// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 105eac690f833a8a69ff8eff747123e848a45532e2c93edcdfa2fca40c9af2bf

import {
  type ActivityContext,
  type RunOptions,
  arrayLength,
  call,
  choiceAt,
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
    let data: unknown = input;
    const eachLineInput = selectAt(data, ["order"]);
    const eachLineResult: unknown = await forEach(
      scope,
      "Each Line",
      itemsOf(selectAt(selectAt(data, ["order"]), ["lines"])),
      async (scope, item, index) => {
        let data2: unknown = {
          line: item,
          index,
          order: fieldAt(eachLineInput, ["id"], "order.$"),
        };
        const priceResult = await call(
          scope,
          "Price",
          activities["arn:aws:lambda:eu-west-1:123456789012:function:price"],
          data2,
        );
        data2 = withValue(data2, ["price"], priceResult);
        visit(scope, "Free?");
        if (choiceAt(data2, ["price", "amount"]) === 0) {
          visit(scope, "Skip");
          return data2;
        }
        data2 = await call(
          scope,
          "Book",
          activities["arn:aws:lambda:eu-west-1:123456789012:function:book"],
          data2,
        );
        return data2;
      },
      5,
    );
    data = withValue(data, ["booked"], eachLineResult);
    visit(scope, "Sum");
    return { count: arrayLength(fieldAt(data, ["booked"], "count.$")) };
  });
}
