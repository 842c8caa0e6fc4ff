import { Piscina } from "piscina";
import { stringify } from "yaml";
import type { Compilation, CompilePool, SourceInput, StageTime, Validation } from "./artifact.ts";
import type { Job, JobStarted, WorkerSettings } from "./compiler-worker.ts";
import { createFindings } from "./diagnostics/findings.ts";
import { render } from "./diagnostics/render.ts";

export interface PoolSettings extends WorkerSettings {
  /** How many definitions are worked on at once; each worker holds a thread and a TypeScript compiler (about 100 MB). */
  readonly workers: number;
  /** How long one definition may take, in milliseconds, from its start in a worker. */
  readonly jobLimitMs: number;
  /** Told when a worker is stopped with its job, or its job has failed on a fault, and a new checker takes over. */
  readonly onRestart?: (reason: "job_limit" | "memory_limit" | "cancelled" | "fault") => void;
}

/** A pool that can be looked into. */
export interface WorkerPool extends CompilePool {
  load(): PoolLoad;
  /** Ids of the TypeScript compilers' processes, as far as jobs have told them. One may have ended since. */
  checkerProcesses(): readonly number[];
}

export interface PoolLoad {
  readonly workers: number;
  readonly busy: number;
  /** Definitions that wait for a worker. */
  readonly queued: number;
  /** When a job was last finished, in milliseconds since 1970; 0: none was. */
  readonly finishedAt: number;
}

/** Of a worker, in megabytes. What a compile needs is short-lived: more young space only makes the process larger. */
const heapLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

type Unnumbered<J> = J extends unknown ? Omit<J, "id"> : never;

/**
 * Worker threads that compile. A job that runs over its limit of time or memory is stopped together with its thread, which is
 * replaced, and answered with WF_COMPILE_004; other jobs do not notice.
 */
export function createPool(settings: PoolSettings): WorkerPool {
  const { workers, jobLimitMs, onRestart, ...workerSettings } = settings;
  const pool = new Piscina<Job, Validation | Compilation>({
    filename: new URL("./compiler-worker.ts", import.meta.url).href,
    name: "runJob",
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    maxQueue: Number.POSITIVE_INFINITY,
    resourceLimits: heapLimits,
    workerData: workerSettings,
  });
  const onStart = new Map<number, (checkerProcess: number) => void>();
  /** Jobs that were stopped: a checker that one of their threads still starts must not keep the thread from ending. */
  const givenUp = new Set<number>();
  pool.on("message", ({ job, checkerProcess }: JobStarted) => {
    if (givenUp.has(job)) killQuietly(checkerProcess);
    else onStart.get(job)?.(checkerProcess);
  });
  /** In the order of their last jobs. One that was replaced stays for a while. */
  const checkers = new Set<number>();
  const busy = new Set<number>();
  let finishedAt = 0;
  let lastId = 0;

  async function run(work: Unnumbered<Job>, signal?: AbortSignal): Promise<Validation | Compilation> {
    signal?.throwIfAborted();
    const id = ++lastId;
    const stop = new AbortController();
    let checkerProcess: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    let overran = false;
    const giveUp = () => {
      // First the checker: a thread that waits for it in a system call cannot be ended.
      if (checkerProcess !== undefined) killQuietly(checkerProcess);
      givenUp.add(id);
      if (givenUp.size > 4 * workers) givenUp.delete(givenUp.values().next().value ?? 0);
      stop.abort(signal?.reason);
    };
    onStart.set(id, (process) => {
      checkerProcess = process;
      busy.add(id);
      checkers.delete(process);
      checkers.add(process);
      if (checkers.size > 2 * workers) checkers.delete(checkers.values().next().value ?? 0);
      timer ??= setTimeout(() => {
        overran = true;
        giveUp();
      }, jobLimitMs);
    });
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await pool.run({ ...work, id } as Job, { signal: stop.signal });
    } catch (error) {
      const isTooLarge = !overran && isOutOfMemory(error);
      if (busy.has(id)) onRestart?.(restartReason(overran, isTooLarge, signal?.aborted === true));
      if (overran) return overrun(`${jobLimitMs} ms`);
      if (isTooLarge) {
        giveUp();
        return overrun(`${heapLimits.maxOldGenerationSizeMb} MB of memory`);
      }
      signal?.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      onStart.delete(id);
      busy.delete(id);
      finishedAt = Date.now();
    }
  }

  return {
    async ready() {
      const jobs = Array.from({ length: workers * WARM_UP_ROUNDS }, () => warmUps).flat();
      await Promise.all(jobs.map((source) => run({ kind: "warm", source })));
    },
    async validate(source, signal, options = { allowInlineCode: false }) {
      const answer = await run({ kind: "validate", source, options }, signal);
      if ("valid" in answer) return answer;
      throw new Error("a worker answered a validation with a compilation");
    },
    async compile(source, options, signal) {
      const answer = await run({ kind: "compile", source, options }, signal);
      if ("artifact" in answer) return answer;
      throw new Error("a worker answered a compilation with a validation");
    },
    load: () => ({ workers, busy: busy.size, queued: onStart.size - busy.size, finishedAt }),
    checkerProcesses: () => [...checkers],
    close: () => pool.destroy(),
  };
}

/** Definitions that pass through every stage, so that the first callers do not pay for loading and optimising them. */
const warmUps: readonly SourceInput[] = [
  {
    StartAt: "Ask",
    States: {
      Ask: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { "Id.$": "$.id" }, Next: "Done?" },
      "Done?": { Type: "Choice", Choices: [{ Variable: "$.done", BooleanEquals: true, Next: "End" }], Default: "Ask" },
      End: { Type: "Succeed" },
    },
  },
  {
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: "warm-up", version: "1.0.0" },
    spec: {
      input: {
        type: "object",
        properties: { id: { type: "string" }, total: { type: "number" } },
        required: ["id", "total"],
      },
      nodes: [
        { id: "large", type: "core.if", with: { condition: "${ input.total > 100.0 }" } },
        {
          id: "get",
          type: "http.request",
          with: { url: "https://example.com/${ input.id }" },
          retry: { maxAttempts: 3 },
        },
        { id: "text", type: "core.transform", with: { value: { text: "order ${ input.id }" } } },
      ],
      connections: [
        { from: "large.then", to: "get" },
        { from: "large.else", to: "text" },
      ],
    },
  },
].flatMap((definition) =>
  [JSON.stringify(definition), stringify(definition)].map((text) => ({
    format: null,
    content: Buffer.from(text),
    name: "warm-up",
  })),
);

/** After so many the just-in-time compiler has seen to the hot parts. */
const WARM_UP_ROUNDS = 10;

/** The thread has ended by itself then, and the pool has started another one. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

function restartReason(overran: boolean, isTooLarge: boolean, isCancelled: boolean) {
  if (overran) return "job_limit";
  if (isTooLarge) return "memory_limit";
  return isCancelled ? "cancelled" : "fault";
}

function overrun(limit: string): Compilation & Validation {
  const findings = createFindings();
  const origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };
  findings.report("WF_COMPILE_004", origin, { stage: "compile", limit });
  const stages: readonly StageTime[] = [];
  return {
    valid: false,
    artifact: null,
    diagnostics: render(findings.list, ""),
    format: null,
    workflowType: "",
    stages,
  };
}

function killQuietly(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
