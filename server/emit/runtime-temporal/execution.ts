import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  log,
  workflowInfo,
} from "@temporalio/workflow";
import { failureOf, WorkflowError } from "../runtime/failures.ts";
import type { Mailbox } from "../runtime/receive.ts";
import { execute, type RunEvent, type Scope } from "../runtime/scope.ts";
import type { Clock } from "../runtime/time.ts";

/** How a run is connected to the workflow execution that it is. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onEvent?: (event: RunEvent) => void;
  readonly runId?: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly messages?: Mailbox;
}

/** Runs a workflow's body as a Temporal workflow: its cancellation cancels the body, and its steps are in its debug log. */
export async function executeWorkflow<T>(
  body: (scope: Scope) => Promise<T>,
  messages?: Mailbox,
): Promise<T> {
  const root = CancellationScope.current();
  const controller = new AbortController();
  root.cancelRequested.catch((reason: unknown) => controller.abort(reason));
  const { workflowId, workflowType, startTime } = workflowInfo();
  const options: RunOptions = {
    signal: controller.signal,
    runId: workflowId,
    context: {
      stateMachineName: workflowType,
      startTime: startTime.toISOString(),
    },
    onEvent: logEvent,
    ...(messages !== undefined && { messages }),
  };
  try {
    return await execute(options, body);
  } catch (error) {
    throw root.consideredCancelled
      ? new CancelledFailure("the workflow was cancelled")
      : applicationFailure(error);
  }
}

export function logEvent({ type, step, attempt, error }: RunEvent): void {
  log.debug(`${type} ${step}`, { step, attempt, error: error?.name });
}

/** How the workflow fails: its type is the error's name, its only detail the step. Another attempt would end the same way. */
export function applicationFailure(error: unknown): ApplicationFailure {
  const failure = error instanceof WorkflowError ? error : failureOf(error, "");
  const { name, message, step } = failure;
  return ApplicationFailure.create({
    type: name,
    message,
    nonRetryable: true,
    details: [{ step }],
  });
}
