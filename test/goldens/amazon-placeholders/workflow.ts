// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 0a0e73a6012e2a1a8a71bea1325787b905e6dfc8e1bbf0cfb9bb2cb6caa31f79

import {
  type ActivityContext,
  type RunOptions,
  call,
  choiceAt,
  enter,
  execute,
  fieldAt,
  matchesError,
  parsedPath,
  selectAt,
  visit,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Parameters {
  TableName: string;
  KeyName: string;
  Stage: string;
  Timeout: number;
  OrderPath: string;
  Attempts: number;
  Pause: number;
}

export interface Activities {
  "states:::dynamodb:getItem"(
    input: { TableName: string; Key: { id: { S: unknown } }; Label: string },
    context: ActivityContext,
  ): Promise<unknown>;
  WriteFunctionArn(input: unknown, context: ActivityContext): Promise<unknown>;
}

/** Placeholders of a template */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions & { parameters: Parameters },
): Promise<Output> {
  return execute(options, async (scope) => {
    enter(scope, "Read");
    const data = await call(
      scope,
      "Read",
      activities["states:::dynamodb:getItem"],
      {
        TableName: options.parameters.TableName,
        Key: { id: { S: fieldAt(input, [options.parameters.KeyName], "S.$") } },
        Label: `from ${options.parameters.TableName} at ${options.parameters.Stage}`,
      },
      {
        timeoutMs: options.parameters.Timeout * 1000,
        timeoutError: "States.Timeout",
      },
    );
    visit(scope, "Stage");
    if (choiceAt(data, ["stage"]) === options.parameters.Stage) {
      enter(scope, "Write");
      return call(
        scope,
        "Write",
        activities.WriteFunctionArn,
        selectAt(data, parsedPath(options.parameters.OrderPath)),
        {
          retry: [
            {
              when: (failure) => matchesError(failure.name, ["Busy"]),
              retries: options.parameters.Attempts,
              initialMs: options.parameters.Pause * 1000,
              multiplier: 1.5,
            },
          ],
        },
      );
    }
    visit(scope, "Skip");
    return data;
  });
}
