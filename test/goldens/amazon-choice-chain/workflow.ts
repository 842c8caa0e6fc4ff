// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// ab2da23524ac9d174d9ead69c98f7ca8b12c5b3141337f645775632a1e5992b8

import {
  type ActivityContext,
  type RunOptions,
  call,
  choiceAt,
  compareNumbers,
  compareTimestamps,
  enter,
  execute,
  fail,
  fieldAt,
  isPresent,
  stringMatches,
  visit,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  "states:::dynamodb:putItem"(
    input: { TableName: string; Item: { id: { S: unknown } } },
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
    visit(scope, "Kind");
    if (
      choiceAt(data, ["type"]) === "Private" &&
      !isPresent(data, ["closed"])
    ) {
      visit(scope, "Private");
      data = { queue: "private" };
    } else if (
      compareNumbers(choiceAt(data, ["value"]), "<=", 20) ||
      choiceAt(data, ["value"]) === null
    ) {
      visit(scope, "Small");
      data = withValue(data, ["route"], { queue: "small" });
    } else if (stringMatches(choiceAt(data, ["name"]), "log-*.txt")) {
      visit(scope, "Log");
      visit(scope, "Check Log");
      if (
        compareNumbers(
          choiceAt(data, ["lines"]),
          ">",
          choiceAt(data, ["limit"]),
        )
      ) {
        throw fail(scope, "Other", "Unroutable", "nothing fits");
      }
    } else if (
      compareTimestamps(choiceAt(data, ["due"]), "<", "2030-01-01T00:00:00Z")
    ) {
      visit(scope, "Old");
      return data;
    } else {
      throw fail(scope, "Other", "Unroutable", "nothing fits");
    }
    enter(scope, "Store");
    return call(scope, "Store", activities["states:::dynamodb:putItem"], {
      TableName: "routes",
      Item: { id: { S: fieldAt(data, ["id"], "S.$") } },
    });
  });
}
