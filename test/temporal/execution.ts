import { activityTable, type Work } from "./activity-table.ts";
import { type Fields, jsonOf, milliseconds, payloadOf, timeOf } from "./protocol.ts";

/** Something from outside that happens to an execution, so many milliseconds after its start. */
export type Happening = { readonly atMs: number } & (
  | { readonly signal: string; readonly payload: unknown }
  | { readonly cancel: true }
);

export interface Outcome {
  readonly status: "completed" | "failed" | "cancelled";
  readonly result: unknown;
  /** Temporal's Failure, where it failed. */
  readonly failure: Fields | null;
  readonly events: readonly Fields[];
  /** Virtual milliseconds from start to end. */
  readonly tookMs: number;
}

export interface ExecutionSettings {
  readonly workflowType: string;
  readonly args: readonly unknown[];
  readonly taskQueue: string;
  readonly happenings: readonly Happening[];
  /** Activities that no worker ever takes up, so that they run into their time limits. */
  readonly hanging: ReadonlySet<string>;
  /** What activities do, where no worker is to do it. */
  readonly work: Work | null;
}

/** One workflow execution as the Temporal server keeps it: its history, its timers, its activities. Time is virtual. */
export interface Execution {
  /** The next workflow task, or null. */
  takeWorkflowTask(): Fields | null;
  takeActivityTask(): Fields | null;
  workflowTaskCompleted(request: Fields): void;
  workflowTaskFailed(request: Fields): void;
  activityCompleted(token: number, result: unknown): void;
  activityFailed(token: number, failure: Fields): void;
  activityCancelled(token: number, details: unknown): void;
  isCancelRequested(token: number): boolean;
  /** Lets the next thing happen that waits for its time. False: nothing does, or something runs. */
  elapse(): boolean;
  readonly outcome: Promise<Outcome>;
}

const startedAt = Date.UTC(2026, 0, 1);
let executions = 0;

export function createExecution(settings: ExecutionSettings): Execution {
  const runId = `6d1a2f4e-0000-4000-8000-${String(++executions).padStart(12, "0")}`;
  const execution = { workflowId: "workflow-1", runId };
  const { promise: outcome, resolve, reject } = Promise.withResolvers<Outcome>();
  const taskQueue = { name: settings.taskQueue, kind: "TASK_QUEUE_KIND_NORMAL" };
  const workflowType = { name: settings.workflowType };
  const events: Fields[] = [];
  /** What happened while a workflow task was being worked on. */
  let buffered: (() => void)[] = [];
  let task: "none" | "scheduled" | "running" = "none";
  let scheduledId = 0;
  let startedId = 0;
  let lastStartedId = 0;
  let now = startedAt;
  let isOpen = true;
  const timers = new Map<string, { readonly startedEventId: number; readonly dueMs: number }>();
  const happenings = [...settings.happenings].sort((left, right) => left.atMs - right.atMs);
  const activities = activityTable({
    now: () => now,
    add,
    afterTask,
    hanging: settings.hanging,
    work: settings.work,
    execution,
    workflowType,
  });

  function add(type: string, attributes: Fields, more: Fields = {}): number {
    const eventId = events.length + 1;
    const member = `${type.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}EventAttributes`;
    events.push({ eventId, eventTime: timeOf(now), eventType: `EVENT_TYPE_${type}`, [member]: attributes, ...more });
    return eventId;
  }

  /** Records what happened, now or when the workflow task that runs is done, and has the workflow look at it. */
  function afterTask(record: () => void): void {
    if (!isOpen) return;
    if (task === "running") {
      buffered.push(record);
      return;
    }
    record();
    scheduleTask();
  }

  function scheduleTask(): void {
    if (task !== "none" || !isOpen) return;
    task = "scheduled";
    scheduledId = add("WORKFLOW_TASK_SCHEDULED", { taskQueue, startToCloseTimeout: timeOf(10_000), attempt: 1 });
  }

  function close(status: Outcome["status"], result: unknown, failure: Fields | null): void {
    isOpen = false;
    resolve({ status, result, failure, events, tookMs: now - startedAt });
  }

  function obey(command: Fields, workflowTaskCompletedEventId: number): void {
    const attributesOf = (name: string) => (command[`${name}CommandAttributes`] ?? {}) as Fields;
    const more = command.userMetadata === undefined ? {} : { userMetadata: command.userMetadata };
    switch (command.commandType) {
      case "COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK":
        return activities.schedule(attributesOf("scheduleActivityTask"), workflowTaskCompletedEventId, more);
      case "COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK":
        return activities.requestCancel(attributesOf("requestCancelActivityTask"), workflowTaskCompletedEventId);
      case "COMMAND_TYPE_START_TIMER": {
        const attributes = attributesOf("startTimer");
        const dueMs = now + milliseconds(attributes.startToFireTimeout);
        const startedEventId = add("TIMER_STARTED", { ...attributes, workflowTaskCompletedEventId }, more);
        timers.set(String(attributes.timerId), { startedEventId, dueMs });
        return;
      }
      case "COMMAND_TYPE_CANCEL_TIMER": {
        const timerId = String(attributesOf("cancelTimer").timerId);
        const startedEventId = timers.get(timerId)?.startedEventId ?? 0;
        timers.delete(timerId);
        add("TIMER_CANCELED", { timerId, startedEventId, workflowTaskCompletedEventId });
        return;
      }
      case "COMMAND_TYPE_RECORD_MARKER":
        add("MARKER_RECORDED", { ...attributesOf("recordMarker"), workflowTaskCompletedEventId });
        return;
      case "COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION": {
        const { result } = attributesOf("completeWorkflowExecution");
        add("WORKFLOW_EXECUTION_COMPLETED", { result, workflowTaskCompletedEventId });
        return close("completed", jsonOf(result), null);
      }
      case "COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION": {
        const failure = attributesOf("failWorkflowExecution").failure as Fields;
        add("WORKFLOW_EXECUTION_FAILED", {
          failure,
          retryState: "RETRY_STATE_RETRY_POLICY_NOT_SET",
          workflowTaskCompletedEventId,
        });
        return close("failed", null, failure);
      }
      case "COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION":
        add("WORKFLOW_EXECUTION_CANCELED", { workflowTaskCompletedEventId });
        return close("cancelled", null, null);
      default:
        throw new Error(`the server of the tests does not know ${String(command.commandType)}`);
    }
  }

  function happen(happening: Happening): void {
    afterTask(() => {
      if ("signal" in happening) {
        const input = { payloads: [payloadOf(happening.payload)] };
        add("WORKFLOW_EXECUTION_SIGNALED", { signalName: happening.signal, input, identity: "test" });
      } else add("WORKFLOW_EXECUTION_CANCEL_REQUESTED", { identity: "test" });
    });
  }

  add("WORKFLOW_EXECUTION_STARTED", {
    workflowType,
    taskQueue,
    input: { payloads: settings.args.map(payloadOf) },
    workflowTaskTimeout: timeOf(10_000),
    originalExecutionRunId: execution.runId,
    firstExecutionRunId: execution.runId,
    attempt: 1,
    workflowId: execution.workflowId,
  });
  scheduleTask();

  return {
    outcome,
    takeWorkflowTask() {
      if (task !== "scheduled") return null;
      task = "running";
      startedId = add("WORKFLOW_TASK_STARTED", {
        scheduledEventId: scheduledId,
        identity: "test",
        requestId: `r${scheduledId}`,
      });
      return {
        taskToken: Buffer.from(String(startedId)),
        workflowExecution: execution,
        workflowType,
        previousStartedEventId: lastStartedId,
        startedEventId: startedId,
        attempt: 1,
        history: { events },
        workflowExecutionTaskQueue: taskQueue,
        scheduledTime: timeOf(now),
        startedTime: timeOf(now),
      };
    },
    takeActivityTask: () => activities.take(),
    workflowTaskCompleted(request) {
      const { commands = [], sdkMetadata, meteringMetadata } = request as { commands?: Fields[] } & Fields;
      const completedId = add("WORKFLOW_TASK_COMPLETED", {
        scheduledEventId: scheduledId,
        startedEventId: startedId,
        identity: "test",
        sdkMetadata,
        meteringMetadata,
      });
      lastStartedId = startedId;
      task = "none";
      for (const command of commands) obey(command, completedId);
      const records = buffered;
      buffered = [];
      for (const record of records) afterTask(record);
    },
    workflowTaskFailed: (request) => reject(new Error(`a workflow task failed: ${JSON.stringify(request.failure)}`)),
    activityCompleted: (token, result) => activities.completed(token, result),
    activityFailed: (token, failure) => activities.failed(token, failure),
    activityCancelled: (token, details) => activities.cancelled(token, details),
    isCancelRequested: (token) => activities.isCancelRequested(token),
    elapse() {
      if (!isOpen || task !== "none" || activities.isBusy()) return false;
      const [happening] = happenings;
      const timer = [...timers].sort(([, left], [, right]) => left.dueMs - right.dueMs)[0];
      const dueMs = Math.min(
        happening === undefined ? Infinity : startedAt + happening.atMs,
        timer?.[1].dueMs ?? Infinity,
        activities.dueMs(),
      );
      if (dueMs === Infinity) return false;
      now = Math.max(now, dueMs);
      if (happening !== undefined && startedAt + happening.atMs <= now) {
        happenings.shift();
        happen(happening);
      } else if (timer !== undefined && timer[1].dueMs <= now) {
        timers.delete(timer[0]);
        afterTask(() => void add("TIMER_FIRED", { timerId: timer[0], startedEventId: timer[1].startedEventId }));
      } else activities.elapse();
      return true;
    },
  };
}
