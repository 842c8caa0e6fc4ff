import type { Case } from "./conformance.ts";
import { sameShape } from "./conformance-compare.ts";

/** A recorded task: what AWS passed, and what came of it. */
export interface Task {
  readonly state: string;
  readonly resource: string;
  readonly input: unknown;
  readonly input_placeholders?: readonly string[];
  readonly outcome: {
    readonly output?: unknown;
    readonly error?: string | null;
    readonly cause?: string;
    readonly timed_out?: boolean;
  };
}

interface Context {
  readonly step: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly taskToken?: string;
}

/** Plays back the recorded results of tasks, as activities by whatever name and as callbacks of task tokens. */
export function createStubs(test: Case) {
  const open = [...test.tasks];
  const differentInputs: string[] = [];

  /** The next recorded outcome of that state: of several that run at once the one with the same input. */
  function next(state: string, input: unknown): Task {
    const same = open.findIndex(
      (task) => task.state === state && sameShape(task.input, input, task.input_placeholders),
    );
    const at = same < 0 ? open.findIndex((task) => task.state === state) : same;
    const [task] = at < 0 ? [] : open.splice(at, 1);
    if (task === undefined) throw new Error(`no further task of state ${state} was recorded`);
    if (same < 0)
      differentInputs.push(`${state} was given ${JSON.stringify(input)}, by AWS ${JSON.stringify(task.input)}`);
    return task;
  }

  function read(resource: string, input: unknown): unknown {
    const { Bucket: bucket, Key: key } = input as { Bucket?: string; Key?: string };
    const objects = (test.s3_objects ?? []).filter((object) => object.bucket === bucket);
    if (resource.endsWith("listObjectsV2"))
      return {
        Contents: objects.map((object) => ({
          ETag: "",
          LastModified: new Date(0),
          Key: object.key,
          Size: object.body.length,
          StorageClass: "STANDARD",
        })),
      };
    const object = objects.find((candidate) => candidate.key === key);
    if (object === undefined) throw new Error(`no object ${key} was recorded`);
    return { Body: object.body };
  }

  async function play(resource: string, input: unknown, context: Context): Promise<unknown> {
    const isReader = /:s3:(?:getObject|listObjectsV2)$/.test(resource) && !isTaskState(test, context.step);
    if (isReader) return read(resource, input);
    const { outcome } = next(context.step, input);
    if (outcome.timed_out)
      return new Promise((_, reject) => {
        context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
      });
    if (outcome.error !== undefined) throw Object.assign(new Error(outcome.cause ?? ""), { name: outcome.error ?? "" });
    return outcome.output;
  }

  const activities = new Proxy(
    {},
    { get: (_, resource) => (input: unknown, context: Context) => play(String(resource), input, context) },
  );
  return { activities, differentInputs };
}

function isTaskState(test: Case, state: string): boolean {
  return test.tasks.some((task) => task.state === state);
}
