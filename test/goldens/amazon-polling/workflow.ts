// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 070f70dd6d6bd21e077295e6db607d4387ff3e1294599ae6470307692b282220

import {
  type ActivityContext,
  type RunOptions,
  argumentAt,
  call,
  choiceAt,
  enter,
  execute,
  fail,
  fieldAt,
  selectAt,
  visit,
  wait,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  "states:::batch:submitJob"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
  "states:::aws-sdk:batch:describeJobs"(
    input: { Jobs: unknown[] },
    context: ActivityContext,
  ): Promise<unknown>;
}

/** Starts a job and polls it */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const startResult = await call(
      scope,
      "Start",
      activities["states:::batch:submitJob"],
      input,
    );
    let data: unknown = withValue(input, ["job"], startResult);
    while (true) {
      await wait(scope, "Pause", 30_000);
      enter(scope, "Look");
      const lookResult = await call(
        scope,
        "Look",
        activities["states:::aws-sdk:batch:describeJobs"],
        {
          Jobs: [
            argumentAt(data, ["job", "JobId"], "States.Array($.job.JobId)"),
          ],
        },
      );
      data = withValue(data, ["look"], {
        status: fieldAt(lookResult, ["Jobs", 0, "Status"], "status.$"),
      });
      visit(scope, "Ready?");
      if (choiceAt(data, ["look", "status"]) === "SUCCEEDED") {
        visit(scope, "Done");
        return selectAt(data, ["look"]);
      }
      if (choiceAt(data, ["look", "status"]) === "FAILED") {
        throw fail(scope, "Failed", "JobFailed", "The job has failed.");
      }
    }
  });
}
