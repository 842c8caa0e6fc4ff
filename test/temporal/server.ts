import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { createExecution, type Execution, type ExecutionSettings, type Outcome } from "./execution.ts";
import { decode, encode, type Fields, workflowService } from "./protocol.ts";

/**
 * As much of a Temporal server as a worker needs to run one workflow execution at a time, in this process and in virtual
 * time: no such server can be had where tests run. It keeps the history by the rules of the real one.
 */
export interface TemporalServer {
  readonly address: string;
  /** Runs one execution to its end. A worker must be connected. */
  run(settings: ExecutionSettings): Promise<Outcome>;
  close(): Promise<void>;
}

type Answer = (fields: Fields) => void;

export async function startTemporalServer(): Promise<TemporalServer> {
  let execution: Execution | null = null;
  const workflowPolls = new Set<Answer>();
  const activityPolls = new Set<Answer>();

  /** Hands out what there is to do; where there is nothing, time goes on. */
  function proceed(): void {
    if (execution === null) return;
    hand(workflowPolls, execution.takeWorkflowTask);
    hand(activityPolls, execution.takeActivityTask);
    if (execution.elapse()) proceed();
  }

  function hand(polls: Set<Answer>, take: () => Fields | null): void {
    for (const answer of polls) {
      const task = take();
      if (task === null) return;
      polls.delete(answer);
      answer(task);
    }
  }

  const tokenOf = ({ taskToken }: Fields): number => Number(Buffer.from(taskToken as Uint8Array).toString());
  const methods = new Map<string, (request: Fields) => Fields | undefined>([
    ["GetSystemInfo", () => ({ serverVersion: "1.29.0", capabilities: { sdkMetadata: true } })],
    ["DescribeNamespace", () => ({ namespaceInfo: { name: "default", id: "default" } })],
    ["RespondWorkflowTaskCompleted", (request) => void execution?.workflowTaskCompleted(request)],
    ["RespondWorkflowTaskFailed", (request) => void execution?.workflowTaskFailed(request)],
    ["RespondActivityTaskCompleted", (request) => void execution?.activityCompleted(tokenOf(request), request.result)],
    [
      "RespondActivityTaskFailed",
      (request) => void execution?.activityFailed(tokenOf(request), request.failure as Fields),
    ],
    ["RespondActivityTaskCanceled", (request) => void execution?.activityCancelled(tokenOf(request), request.details)],
    [
      "RecordActivityTaskHeartbeat",
      (request) => ({ cancelRequested: execution?.isCancelRequested(tokenOf(request)) ?? false }),
    ],
    ["ShutdownWorker", release],
  ]);
  const polls = new Map([
    ["PollWorkflowTaskQueue", workflowPolls],
    ["PollActivityTaskQueue", activityPolls],
  ]);

  function release(): undefined {
    for (const waiting of polls.values()) {
      for (const answer of waiting) answer({});
      waiting.clear();
    }
  }

  function serve(name: string, call: ServerUnaryCall<Fields, Fields>, callback: sendUnaryData<Fields>): void {
    const waiting = polls.get(name);
    const method = methods.get(name);
    if (waiting !== undefined) {
      const answer: Answer = (fields) => callback(null, fields);
      waiting.add(answer);
      call.on("cancelled", () => waiting.delete(answer));
    } else if (method !== undefined) callback(null, method(call.request) ?? {});
    else callback({ code: status.UNIMPLEMENTED, details: name });
    setImmediate(proceed);
  }

  const server = new Server();
  for (const method of workflowService.methodsArray) {
    const { resolvedRequestType: request, resolvedResponseType: response, name } = method;
    if (request === null || response === null) continue;
    const path = `/temporal.api.workflowservice.v1.WorkflowService/${name}`;
    server.register(
      path,
      (call: ServerUnaryCall<Fields, Fields>, callback: sendUnaryData<Fields>) => serve(name, call, callback),
      (fields: Fields) => encode(response, fields),
      (bytes: Buffer) => decode(request, bytes),
      "unary",
    );
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );

  return {
    address: `127.0.0.1:${port}`,
    async run(settings) {
      execution = createExecution(settings);
      setImmediate(proceed);
      return execution.outcome;
    },
    async close() {
      release();
      server.forceShutdown();
    },
  };
}
