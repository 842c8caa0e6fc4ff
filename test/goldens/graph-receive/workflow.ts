// Workflow expense-approval, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// b3de24546314e8f8842140adadecb807dc76134fcce36bc1d7796791251ac287

import {
  type ActivityContext,
  type RunOptions,
  call,
  caught,
  execute,
  receive,
  skip,
  visit,
} from "./runtime.js";

export interface Input {
  amount: number;
  reason: string;
}

export interface Output {
  approved: boolean;
  why: string;
}

export interface Activities {
  "approvals.ask"(
    input: { amount: number; reason: string },
    context: ActivityContext,
  ): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    await call(scope, "ask", activities["approvals.ask"], {
      amount: input.amount,
      reason: input.reason,
    });
    let answer: { approved: boolean; by?: string };
    try {
      answer = await receive(scope, "answer", "expense-answer", 172_800_000);
    } catch (error) {
      const failure = caught(scope, error);
      if (failure.name === "Timeout") {
        skip(scope, "decided");
        visit(scope, "silence");
        visit(scope, "outcome");
        return { approved: false, why: "no answer" };
      }
      throw failure;
    }
    skip(scope, "silence");
    visit(scope, "decided");
    visit(scope, "outcome");
    return {
      approved: answer.approved,
      why: `decided by ${answer.by ?? "nobody"}`,
    };
  });
}
