import {
  type ActivityOptions,
  executeChild,
  workflowInfo,
} from "@temporalio/workflow";
import type { ProxiedActivity } from "./call.ts";

/** The workflow itself as an activity: a child workflow that ends with the step that calls it. */
export function itself<I, O>(
  _run: (input: I) => Promise<O>,
): ProxiedActivity<I, O> {
  return {
    executeWithOptions: (
      { activityId, startToCloseTimeout }: ActivityOptions,
      args: [input: I],
    ): Promise<O> => {
      const { workflowId, workflowType } = workflowInfo();
      return executeChild<(input: I) => Promise<O>>(workflowType, {
        args,
        ...(activityId !== undefined && {
          workflowId: workflowId + activityId,
        }),
        ...(startToCloseTimeout !== undefined && {
          workflowRunTimeout: startToCloseTimeout,
        }),
      });
    },
  };
}
