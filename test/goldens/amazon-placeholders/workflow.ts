// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// f842bb409f62d366bf821290517f7a4ba91210598554864c300a3fdbb247a68c

import {
  type ActivityContext,
  type RunOptions,
  call,
  choiceAt,
  enter,
  execute,
  fieldAt,
  visit,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Parameters {
  TableName: string;
  KeyName: string;
  Stage: string;
  Timeout: number;
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
      return call(scope, "Write", activities.WriteFunctionArn, data);
    }
    visit(scope, "Skip");
    return data;
  });
}
