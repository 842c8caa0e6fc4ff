// Workflow shared-handler
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 16c398ed7e8dcb92ef6c9a581c92b0fe183f90cd4274cd4e830c1c01e45f00a9

import {
  type ActivityContext,
  type RunOptions,
  all2,
  call,
  caught,
  defined,
  execute,
  skip,
  visit,
} from "./runtime.js";

export interface Input {
  id: string;
}

export type Output = string;

export interface Activities {
  "move.pack"(
    input: { id: string },
    context: ActivityContext,
  ): Promise<boolean>;
  "move.load"(
    input: { id: string },
    context: ActivityContext,
  ): Promise<boolean>;
  "move.drive"(
    input: { id: string },
    context: ActivityContext,
  ): Promise<boolean>;
  "move.unload"(
    input: { id: string },
    context: ActivityContext,
  ): Promise<boolean>;
  "move.tell"(
    input: { text?: string },
    context: ActivityContext,
  ): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let sorryReached = false;
    let unloadOutcome: "ok" | "Broken" | null = null;
    let inTimeOutcome: "then" | "else" | null = null;
    let unload: boolean | undefined;
    pack: {
      try {
        await call(scope, "pack", activities["move.pack"], { id: input.id });
      } catch (error) {
        const failure = caught(scope, error);
        if (failure.name === "Broken") {
          sorryReached = true;
          skip(scope, "load", "drive", "unload");
          break pack;
        }
        throw failure;
      }
      try {
        await call(scope, "load", activities["move.load"], { id: input.id });
      } catch (error) {
        const failure = caught(scope, error);
        if (failure.name === "Broken") {
          sorryReached = true;
          skip(scope, "drive", "unload");
          break pack;
        }
        throw failure;
      }
      try {
        await call(scope, "drive", activities["move.drive"], { id: input.id });
      } catch (error) {
        const failure = caught(scope, error);
        if (failure.name === "Broken") {
          sorryReached = true;
          skip(scope, "unload");
          break pack;
        }
        throw failure;
      }
      try {
        unload = await call(scope, "unload", activities["move.unload"], {
          id: input.id,
        });
        unloadOutcome = "ok";
      } catch (error) {
        const failure = caught(scope, error);
        if (failure.name === "Broken") {
          sorryReached = true;
          unloadOutcome = "Broken";
        } else {
          throw failure;
        }
      }
    }
    if (unloadOutcome === "ok") {
      visit(scope, "in-time");
      inTimeOutcome = defined(unload, "unload") ? "then" : "else";
    } else {
      skip(scope, "in-time");
    }
    await all2(
      scope,
      async (scope) => {
        if (inTimeOutcome === "then") {
          await all2(
            scope,
            (scope) =>
              call(scope, "thanks", activities["move.tell"], {
                text: "thank you",
              }),
            (scope) =>
              call(scope, "rate", activities["move.tell"], {
                text: "five stars?",
              }),
          );
        } else {
          skip(scope, "thanks", "rate");
        }
      },
      async (scope) => {
        if (sorryReached) {
          await call(scope, "sorry", activities["move.tell"], {
            text: "something broke",
          });
          await call(scope, "ask", activities["move.tell"], {
            text: "what happened?",
          });
        } else {
          skip(scope, "sorry", "ask");
        }
      },
    );
    return "done";
  });
}
