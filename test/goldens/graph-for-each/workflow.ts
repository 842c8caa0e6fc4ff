// Workflow resize-pictures, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 813577f5b4ed74cebbb7dfb7372b50be833715b37139289568b0c537608bfc5d

import {
  type ActivityContext,
  type RunOptions,
  call,
  caught,
  execute,
  filterList,
  forEach,
  mapList,
  skip,
  visit,
} from "./runtime.js";

export interface Input {
  urls: string[];
}

export type Output = string[];

export interface Activities {
  "pictures.resize"(
    input: { width: number; url: string },
    context: ActivityContext,
  ): Promise<{ url: string; bytes: number }>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const resize = await forEach(
      scope,
      "resize",
      input.urls,
      async (scope, url) => {
        let shrink: { url: string; bytes: number };
        try {
          shrink = await call(
            scope,
            "shrink",
            activities["pictures.resize"],
            { url, width: 640 },
            { retry: [{ retries: 2, initialMs: 1000, maxMs: 60_000 }] },
          );
        } catch (error) {
          const failure = caught(scope, error);
          if (failure.name === "Unreadable") {
            skip(scope, "done");
            visit(scope, "broken");
            visit(scope, "outcome");
            return { url, ok: false };
          }
          throw failure;
        }
        skip(scope, "broken");
        visit(scope, "done");
        visit(scope, "outcome");
        return { url: shrink.url, ok: true };
      },
      4,
    );
    return mapList(
      filterList(resize, (one) => one.ok),
      (one) => one.url,
    );
  });
}
