import { ApplicationFailure, CancelledFailure, CompleteAsyncError, Context } from "@temporalio/activity";

/** What activities are told besides their input, as in modules that run by themselves. */
export interface ActivityContext {
  readonly step: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  heartbeat(): void;
  readonly http: typeof fetch;
}

type Activity = (input: never, context: ActivityContext) => unknown;

/** Makes Temporal activities of functions that were written for modules that run by themselves. */
export function temporalActivities(activities: object): Record<string, (input: never) => Promise<unknown>> {
  const functions = Object.entries(activities).filter(
    (entry): entry is [string, Activity] => typeof entry[1] === "function",
  );
  return Object.fromEntries(functions.map(([name, activity]) => [name, (input: never) => perform(activity, input)]));
}

/** Fails with the `name` of what the activity threw; the SDK alone would take the name of its class. */
async function perform(activity: Activity, input: never): Promise<unknown> {
  try {
    return await activity(input, activityContext());
  } catch (error) {
    const isOfTemporal = [ApplicationFailure, CancelledFailure, CompleteAsyncError].some(
      (kind) => error instanceof kind,
    );
    if (isOfTemporal || !(error instanceof Error)) throw error;
    throw ApplicationFailure.create({ type: error.name, message: error.message, cause: error });
  }
}

/** The activity's id is the path to its step, such as `/items:1[0]/charge:1`, and `#2` at the workflow's own second attempt. */
function activityContext(): ActivityContext {
  const context = Context.current();
  const { activityId, attempt, workflowExecution } = context.info;
  const [key = "", again = "1"] = activityId.split(/#(\d+)$/);
  return {
    step: key.replace(/^.*\//s, "").replace(/:\d+$/, ""),
    attempt: Number(again) + attempt - 1,
    signal: context.cancellationSignal,
    idempotencyKey: `${workflowExecution?.workflowId ?? ""}${key}`,
    heartbeat: () => context.heartbeat(),
    http: fetch,
  };
}
