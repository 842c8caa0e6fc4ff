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
    let delphiTaken = false;
    let dodonaTaken = false;
    let siwaTaken = false;
    visit(scope, "hard");
    let quickestInFromDelphi: string | undefined;
    let quickestInFromDodona: string | undefined;
    let quickestInFromSiwa: string | undefined;
    let quickestIn: string | undefined;
    const branches = fork(scope);
    const delphi = start(branches, async (scope) => {
      quickestInFromDelphi = await call(
        scope,
        "delphi",
        activities["oracle.ask"],
        { name: "delphi", question: input.question },
      );
      delphiTaken = true;
    });
    const dodona = start(branches, async (scope) => {
      quickestInFromDodona = await call(
        scope,
        "dodona",
        activities["oracle.ask"],
        { name: "dodona", question: input.question },
      );
      dodonaTaken = true;
    });
    const siwa = start(branches, async (scope) => {
      if (input.hard) {
        quickestInFromSiwa = await call(
          scope,
          "siwa",
          activities["oracle.ask"],
          { name: "siwa", question: input.question },
        );
        siwaTaken = true;
      } else {
        skip(scope, "siwa");
      }
    });
    start(branches, async (scope) => {
      await afterCount(
        1,
        [delphi, () => true],
        [dodona, () => true],
        [siwa, () => siwaTaken],
      );
      if (delphiTaken) {
        quickestIn = defined(quickestInFromDelphi, "quickest.in from delphi");
      } else if (dodonaTaken) {
        quickestIn = defined(quickestInFromDodona, "quickest.in from dodona");
      } else if (siwaTaken) {
        quickestIn = defined(quickestInFromSiwa, "quickest.in from siwa");
      }
      visit(scope, "quickest");
    });
    start(branches, async (scope) => {
      await afterCount(
        2,
        [delphi, () => true],
        [dodona, () => true],
        [siwa, () => siwaTaken],
      );
      await call(scope, "two-of-three", activities["log.write"], {
        text: "two have spoken",
      });
    });
    start(branches, async (scope) => {
      await after(delphi, dodona, siwa);
      if (input.hard) {
        await call(scope, "everyone", activities["log.write"], {
          text: "all have spoken",
        });
      } else {
        skip(scope, "everyone");
      }
    });
    start(branches, async (scope) => {
      await after(delphi, siwa);
      await call(scope, "someone", activities["log.write"], {
        text: "whoever was asked has spoken",
      });
    });
    await join(branches);
    return { answer: defined(quickestIn, "quickest.in") };
  });
}
