// Workflow nightly-import, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 59166a740e70c9ac84db64fddd0c88a1c02477c080228587dbb92e4a4a64bcd3

import {
  type ActivityContext,
  type RunOptions,
  call,
  caught,
  defined,
  execute,
  skip,
  visit,
  within,
} from "./runtime.js";

export interface Input {
  source: string;
}

export interface Output {
  count: number;
}

export interface Activities {
  "files.fetch"(
    input: { source: string },
    context: ActivityContext,
  ): Promise<{ path: string }>;
  "rows.load"(
    input: { path: string },
    context: ActivityContext,
  ): Promise<{ count: number }>;
  "team.alert"(
    input: { text: string },
    context: ActivityContext,
  ): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let import2: number | undefined;
    let countIn: number;
    try {
      await within(
        scope,
        "import",
        async (scope) => {
          const fetch2 = await call(scope, "fetch", activities["files.fetch"], {
            source: input.source,
          });
          const load = await call(scope, "load", activities["rows.load"], {
            path: fetch2.path,
          });
          import2 = load.count;
        },
        {
          retry: [
            {
              when: (failure) => failure.name !== "Timeout",
              retries: 1,
              initialMs: 60_000,
              maxMs: 60_000,
            },
          ],
          timeoutMs: 1_800_000,
        },
      );
    } catch (error) {
      const failure = caught(scope, error);
      if (failure.name === "Timeout") {
        await call(scope, "late", activities["team.alert"], {
          text: `The import of ${input.source} took too long.`,
        });
        visit(scope, "none");
        countIn = 0;
        visit(scope, "count");
        return { count: countIn };
      }
      throw failure;
    }
    countIn = defined(import2, "import");
    skip(scope, "late", "none");
    visit(scope, "count");
    return { count: countIn };
  });
}
