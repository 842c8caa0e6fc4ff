// Workflow ask-three-oracles, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 45bae60b7e5f5632b8df263eb0ea5404b3e98abf676ab8844690f48fd5ea6eb9

import {
  type ActivityContext,
  type RunOptions,
  after,
  afterCount,
  call,
  defined,
  execute,
  fork,
  join,
  skip,
  start,
  visit,
} from "./runtime.js";

export interface Input {
  question: string;
  hard: boolean;
}

export interface Output {
  answer: string;
}

export interface Activities {
  "oracle.ask"(
    input: { name: string; question: string },
    context: ActivityContext,
  ): Promise<string>;
  "log.write"(
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
    let delphiTaken: boolean = false;
    let dodonaTaken: boolean = false;
    let siwaTaken: boolean = false;
    visit(scope, "hard");
    const hardOutcome: "then" | "else" = input.hard ? "then" : "else";
    let quickestIn: string | undefined;
    let quickestIn2: string | undefined;
    let quickestIn3: string | undefined;
    let quickestIn4: string | undefined;
    const branches = fork(scope);
    const delphi2 = start(branches, async (scope) => {
      const delphi = await call(scope, "delphi", activities["oracle.ask"], {
        name: "delphi",
        question: input.question,
      });
      quickestIn = delphi;
      delphiTaken = true;
    });
    const dodona2 = start(branches, async (scope) => {
      const dodona = await call(scope, "dodona", activities["oracle.ask"], {
        name: "dodona",
        question: input.question,
      });
      quickestIn2 = dodona;
      dodonaTaken = true;
    });
    const siwa2 = start(branches, async (scope) => {
      if (hardOutcome === "then") {
        const siwa = await call(scope, "siwa", activities["oracle.ask"], {
          name: "siwa",
          question: input.question,
        });
        quickestIn3 = siwa;
        siwaTaken = true;
      } else {
        skip(scope, "siwa");
      }
    });
    start(branches, async (scope) => {
      await afterCount(
        1,
        [delphi2, () => delphiTaken],
        [dodona2, () => dodonaTaken],
        [siwa2, () => siwaTaken],
      );
      if (delphiTaken || dodonaTaken || siwaTaken) {
        if (delphiTaken) {
          quickestIn4 = defined(quickestIn, "quickest in");
        } else if (dodonaTaken) {
          quickestIn4 = defined(quickestIn2, "quickest in");
        } else if (siwaTaken) {
          quickestIn4 = defined(quickestIn3, "quickest in");
        }
        visit(scope, "quickest");
      } else {
        skip(scope, "quickest");
      }
    });
    start(branches, async (scope) => {
      await afterCount(
        2,
        [delphi2, () => delphiTaken],
        [dodona2, () => dodonaTaken],
        [siwa2, () => siwaTaken],
      );
      if (
        (delphiTaken ? 1 : 0) + (dodonaTaken ? 1 : 0) + (siwaTaken ? 1 : 0) >=
        2
      ) {
        await call(scope, "two-of-three", activities["log.write"], {
          text: "two have spoken",
        });
      } else {
        skip(scope, "two-of-three");
      }
    });
    start(branches, async (scope) => {
      await after(delphi2, dodona2, siwa2);
      if (hardOutcome === "then") {
        await call(scope, "everyone", activities["log.write"], {
          text: "all have spoken",
        });
      } else {
        skip(scope, "everyone");
      }
    });
    start(branches, async (scope) => {
      await after(delphi2, siwa2);
      await call(scope, "someone", activities["log.write"], {
        text: "whoever was asked has spoken",
      });
    });
    await join(branches);
    return { answer: defined(quickestIn4, "quickest in") };
  });
}
