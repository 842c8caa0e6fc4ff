import { executionFact } from "./amazon-context.ts";
import {
  type ChildResult,
  childOutputs,
  isChildResult,
} from "./amazon-maps.ts";
import { callInside } from "./amazon-reader.ts";
import type { ActivityContext } from "./call.ts";
import { WorkflowError } from "./failures.ts";
import type { Scope } from "./scope.ts";

/** What a ResultWriter's WriterConfig says. */
export interface WriterConfig {
  readonly outputType?: string;
  readonly transformation?: string;
}

/** What is written, and how. */
export interface WrittenResults {
  readonly results: readonly unknown[];
  readonly config?: WriterConfig;
}

/** What an object of results is called and holds. */
interface ResultFile {
  readonly name: string;
  readonly items: readonly unknown[];
}

/**
 * Writes the results of a distributed Map with `s3:putObject`, as AWS lays them out: a manifest beside a file of what
 * succeeded and a file of what failed. The output tells where the manifest is.
 */
export async function writeResults(
  scope: Scope,
  step: string,
  activity: (
    input: { Bucket: unknown; Key: string; Body: string },
    context: ActivityContext,
  ) => Promise<unknown>,
  place: { readonly Bucket?: unknown; readonly Prefix?: unknown },
  { results, config = {} }: WrittenResults,
): Promise<unknown> {
  const { Bucket } = place;
  const runArn = mapRunArn(scope, step);
  const prefix =
    typeof place.Prefix === "string" && place.Prefix !== ""
      ? `${place.Prefix.replace(/\/$/, "")}/`
      : "";
  const folder = `${prefix}${runArn.slice(runArn.lastIndexOf(":") + 1)}/`;
  const isLines = config.outputType === "JSONL";
  const put = (Key: string, Body: string): Promise<unknown> =>
    callInside(scope, step, activity, { Bucket, Key, Body });
  try {
    const listed: Record<string, unknown[]> = { FAILED: [], SUCCEEDED: [] };
    for (const { name, items } of filesOf(
      scope,
      results.filter(isChildResult),
      config,
    )) {
      if (items.length === 0) continue;
      const Key = `${folder}${name}_0.${isLines ? "jsonl" : "json"}`;
      const lines = items.map((item) => JSON.stringify(item));
      const Body = isLines ? lines.join("\n") : `[${lines.join(",")}]`;
      await put(Key, Body);
      listed[name] = [{ Key, Size: Body.length }];
    }
    const Key = `${folder}manifest.json`;
    const manifest = {
      DestinationBucket: Bucket,
      MapRunArn: runArn,
      ResultFiles: { ...listed, PENDING: [] },
    };
    await put(Key, JSON.stringify(manifest));
    return { MapRunArn: runArn, ResultWriterDetails: { Bucket, Key } };
  } catch (error) {
    scope.signal.throwIfAborted();
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorkflowError("States.ResultWriterFailed", cause, step, error);
  }
}

/** The results of a distributed Map in the form that a WriterConfig wants, where nothing is written. */
export function transformedResults(
  scope: Scope,
  results: readonly unknown[],
  config: WriterConfig,
): unknown[] {
  const { transformation = "COMPACT" } = config;
  const children = results.filter(isChildResult);
  if (transformation === "NONE")
    return children.map((result) => described(scope, result));
  const outputs = childOutputs(children);
  return transformation === "FLATTEN" ? outputs.flat() : outputs;
}

function filesOf(
  scope: Scope,
  results: readonly ChildResult[],
  { transformation = "NONE" }: WriterConfig,
): readonly ResultFile[] {
  const failed = results.filter(({ failure }) => failure !== undefined);
  const succeeded = results.filter(({ failure }) => failure === undefined);
  return [
    {
      name: "SUCCEEDED",
      items: transformedResults(scope, succeeded, { transformation }),
    },
    {
      name: "FAILED",
      items: failed.map((result) => described(scope, result)),
    },
  ];
}

/** A child as DescribeExecution tells of it. */
function described(scope: Scope, result: ChildResult): unknown {
  const { name, input, output, failure, startedAt, endedAt } = result;
  const machine = executionFact(scope, "stateMachineId");
  return {
    ExecutionArn: `${machine.replace(":stateMachine:", ":execution:")}/${name}`,
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    Name: name,
    ...(failure === undefined
      ? { Output: JSON.stringify(output), OutputDetails: { Included: true } }
      : { Error: failure.name, Cause: failure.message }),
    StartDate: new Date(startedAt).toISOString(),
    StateMachineArn: `${machine}/${scope.step}`,
    Status: failure === undefined ? "SUCCEEDED" : "FAILED",
    StopDate: new Date(endedAt).toISOString(),
  };
}

function mapRunArn(scope: Scope, step: string): string {
  const machine = executionFact(scope, "stateMachineId");
  const name = executionFact(scope, "executionName");
  return `${machine.replace(":stateMachine:", ":mapRun:")}/${step}:${name}`;
}
