import { type Fields, milliseconds, payloadOf, timeOf } from "./protocol.ts";

/** An activity from its scheduling to its end. */
interface Activity {
  readonly scheduledEventId: number;
  readonly attributes: Fields;
  attempt: number;
  state: "waiting" | "running" | "hanging";
  /** Waiting: when it may be taken. Hanging: when its time is up. Virtual milliseconds. */
  dueMs: number;
  lastFailure: Fields | null;
  isCancelRequested: boolean;
  /** What it gives when its time is up, where the server itself does its work. */
  gives?: unknown;
}

/** What an activity does that no worker takes up: it takes so many virtual milliseconds and gives that. By its id. */
export type Work = (activityId: string) => { readonly ms: number; readonly gives: unknown };

interface Surroundings {
  now(): number;
  add(type: string, attributes: Fields, more?: Fields): number;
  afterTask(record: () => void): void;
  readonly hanging: ReadonlySet<string>;
  readonly work: Work | null;
  readonly execution: Fields;
  readonly workflowType: Fields;
}

/** The activities of an execution: tried again as their RetryPolicy says, and ended by their time limits. */
export function activityTable({ now, add, afterTask, hanging, work, execution, workflowType }: Surroundings) {
  const activities = new Map<number, Activity>();

  function end(activity: Activity, type: string, attributes: Fields): void {
    const { scheduledEventId, attempt, lastFailure } = activity;
    activities.delete(scheduledEventId);
    afterTask(() => {
      const startedEventId = add("ACTIVITY_TASK_STARTED", {
        scheduledEventId,
        identity: "test",
        requestId: `a${scheduledEventId}`,
        attempt,
        ...(lastFailure !== null && { lastFailure }),
      });
      add(type, { ...attributes, scheduledEventId, startedEventId, identity: "test" });
    });
  }

  /** Tries again where the policy allows it, else ends with that event. */
  function fail(activity: Activity, failure: Fields, type: string): void {
    const policy = (activity.attributes.retryPolicy ?? {}) as Fields;
    const { applicationFailureInfo } = failure as { applicationFailureInfo?: Fields };
    const excluded = (policy.nonRetryableErrorTypes ?? []) as string[];
    const isFinal =
      applicationFailureInfo?.nonRetryable === true || excluded.includes(String(applicationFailureInfo?.type));
    const maximum = Number(policy.maximumAttempts ?? 0);
    if (!isFinal && !activity.isCancelRequested && (maximum === 0 || activity.attempt < maximum)) {
      const first = milliseconds(policy.initialInterval) || 1_000;
      const longest = milliseconds(policy.maximumInterval) || 100 * first;
      const interval = Math.min(first * Number(policy.backoffCoefficient || 2) ** (activity.attempt - 1), longest);
      Object.assign(activity, {
        attempt: activity.attempt + 1,
        lastFailure: failure,
        state: "waiting",
        dueMs: now() + interval,
      });
      return;
    }
    const retryState = isFinal ? "RETRY_STATE_NON_RETRYABLE_FAILURE" : "RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED";
    end(activity, type, { failure, retryState });
  }

  function running(token: number): Activity | null {
    return activities.get(token) ?? null;
  }

  return {
    schedule(attributes: Fields, workflowTaskCompletedEventId: number, more: Fields): void {
      const { requestEagerExecution: _, useWorkflowBuildId: __, ...kept } = attributes;
      const scheduledEventId = add("ACTIVITY_TASK_SCHEDULED", { ...kept, workflowTaskCompletedEventId }, more);
      activities.set(scheduledEventId, {
        scheduledEventId,
        attributes,
        attempt: 1,
        state: "waiting",
        dueMs: now(),
        lastFailure: null,
        isCancelRequested: false,
      });
    },
    requestCancel({ scheduledEventId: id }: Fields, workflowTaskCompletedEventId: number): void {
      const scheduledEventId = Number(id);
      const latestCancelRequestedEventId = add("ACTIVITY_TASK_CANCEL_REQUESTED", {
        scheduledEventId,
        workflowTaskCompletedEventId,
      });
      const activity = activities.get(scheduledEventId);
      if (activity === undefined) return;
      activity.isCancelRequested = true;
      if (activity.state !== "running") end(activity, "ACTIVITY_TASK_CANCELED", { latestCancelRequestedEventId });
    },
    take(): Fields | null {
      const activity = [...activities.values()].find(({ state, dueMs }) => state === "waiting" && dueMs <= now());
      if (activity === undefined) return null;
      const { attributes, scheduledEventId, attempt } = activity;
      const { activityType, activityId, input, startToCloseTimeout, heartbeatTimeout, retryPolicy } = attributes;
      const { name } = activityType as { name: string };
      if (work !== null) {
        const { ms, gives } = work(String(activityId));
        Object.assign(activity, { state: "hanging", dueMs: now() + ms, gives });
        return this.take();
      }
      if (hanging.has(name)) {
        const limit = milliseconds(heartbeatTimeout) || milliseconds(startToCloseTimeout);
        Object.assign(activity, { state: "hanging", dueMs: now() + limit });
        return this.take();
      }
      activity.state = "running";
      return {
        taskToken: Buffer.from(String(scheduledEventId)),
        workflowNamespace: "default",
        workflowType,
        workflowExecution: execution,
        activityType,
        activityId,
        input,
        attempt,
        startToCloseTimeout,
        scheduleToCloseTimeout: timeOf(0),
        heartbeatTimeout,
        retryPolicy,
        scheduledTime: timeOf(now()),
        currentAttemptScheduledTime: timeOf(now()),
        startedTime: timeOf(Date.now()),
      };
    },
    completed(token: number, result: unknown): void {
      const activity = running(token);
      if (activity !== null) end(activity, "ACTIVITY_TASK_COMPLETED", { result });
    },
    failed(token: number, failure: Fields): void {
      const activity = running(token);
      if (activity !== null) fail(activity, failure, "ACTIVITY_TASK_FAILED");
    },
    cancelled(token: number, details: unknown): void {
      const activity = running(token);
      if (activity !== null) end(activity, "ACTIVITY_TASK_CANCELED", { details });
    },
    isCancelRequested: (token: number): boolean => activities.get(token)?.isCancelRequested ?? false,
    isBusy: (): boolean =>
      [...activities.values()].some(
        ({ state, dueMs }) => state === "running" || (state === "waiting" && dueMs <= now()),
      ),
    dueMs: (): number => Math.min(Infinity, ...Array.from(activities.values(), ({ dueMs }) => dueMs)),
    /** Ends the attempts whose time is up. Those whose pause is over are taken by the worker. */
    elapse(): void {
      for (const activity of activities.values()) {
        if (activity.state !== "hanging" || activity.dueMs > now()) continue;
        if (work !== null) {
          end(activity, "ACTIVITY_TASK_COMPLETED", { result: { payloads: [payloadOf(activity.gives)] } });
          return;
        }
        const isHeartbeat = milliseconds(activity.attributes.heartbeatTimeout) > 0;
        const timeoutType = isHeartbeat ? "TIMEOUT_TYPE_HEARTBEAT" : "TIMEOUT_TYPE_START_TO_CLOSE";
        const failure = { message: "activity timeout", source: "Server", timeoutFailureInfo: { timeoutType } };
        fail(activity, failure, "ACTIVITY_TASK_TIMED_OUT");
      }
    },
  };
}
