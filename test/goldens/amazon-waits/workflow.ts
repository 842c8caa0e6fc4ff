// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 263d286635603dfbfd48c2ddcdbbefb6e24875e760321c9847a5aec4936c641c

import {
  type RunOptions,
  enter,
  execute,
  secondsToMs,
  selectAt,
  timestampOf,
  wait,
  waitUntil,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Parameters {
  Delay: number;
}

export interface Activities {}

export async function run(
  input: Input,
  _activities: Activities,
  options: RunOptions & { parameters: Parameters },
): Promise<Output> {
  return execute(options, async (scope) => {
    await wait(scope, "Seconds", 10_000);
    enter(scope, "Seconds Path");
    await wait(
      scope,
      "Seconds Path",
      secondsToMs(selectAt(input, ["delay"]), "SecondsPath", "$.delay"),
    );
    await waitUntil(scope, "Timestamp", "2030-01-01T00:00:00Z");
    enter(scope, "Timestamp Path");
    await waitUntil(
      scope,
      "Timestamp Path",
      timestampOf(selectAt(input, ["until"]), "TimestampPath", "$.until"),
    );
    await wait(scope, "Placeholder", options.parameters.Delay * 1000);
    return input;
  });
}
