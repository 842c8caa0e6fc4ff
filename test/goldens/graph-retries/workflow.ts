// Workflow stubborn, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 71185830b154a7f0c12109d34787f0565bf514495efce4b5f404852bcf714cff

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
  httpRequest,
} from "./runtime.js";

export type Input = unknown;

export interface Output {
  ok: boolean;
  status: number;
}

export interface Activities {
  "depot.ping"(input: {}, context: ActivityContext): Promise<boolean>;
}

export async function run(
  _input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const plain = await call(
      scope,
      "plain",
      activities["depot.ping"],
      {},
      { retry: [{ retries: 2, initialMs: 1000, maxMs: 60_000 }] },
    );
    const paced = await call(
      scope,
      "paced",
      activities["depot.ping"],
      {},
      {
        retry: [
          {
            when: (failure) =>
              failure.name === "Busy" || failure.name === "Timeout",
            retries: 4,
            initialMs: 250,
            multiplier: 1.5,
            maxMs: 10_000,
            jitter: 0.3,
          },
        ],
        timeoutMs: 90_000,
      },
    );
    const choosy = await call(
      scope,
      "choosy",
      activities["depot.ping"],
      {},
      {
        retry: [
          {
            when: (failure) => failure.name !== "Gone",
            retries: 1,
            initialMs: 1000,
            maxMs: 60_000,
          },
        ],
      },
    );
    const web = await call(
      scope,
      "web",
      httpRequest,
      { url: "https://example.com/ping" },
      {
        retry: [
          {
            when: (failure) => failure.name === "HttpError",
            retries: 3,
            initialMs: 1000,
            maxMs: 60_000,
          },
        ],
        timeoutMs: 5000,
      },
    );
    return { ok: plain && paced && choosy, status: web.status };
  });
}
