// Workflow route-ticket, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 5b76ff52179ee8ffd68da0faa8ab14c6076494cc04d0482d9c579429c3e4f814

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
  has,
  skip,
  visit,
} from "./runtime.js";

export interface Input {
  kind: "billing" | "bug" | "other";
  text: string;
  severity?: number;
}

export interface Output {
  queue: "finance" | "engineering" | "on-call" | "support";
}

export interface Activities {
  "pager.call"(
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
    visit(scope, "kind");
    let queueIn:
      | { queue: "finance" }
      | { queue: "on-call" }
      | { queue: "engineering" }
      | { queue: "support" };
    if (input.kind === "billing") {
      skip(scope, "page", "on-call", "engineering", "support");
      visit(scope, "finance");
      queueIn = { queue: "finance" };
    } else if (
      input.kind === "bug" &&
      has(input.severity) &&
      input.severity >= 3
    ) {
      skip(scope, "finance", "engineering", "support");
      await call(scope, "page", activities["pager.call"], { text: input.text });
      visit(scope, "on-call");
      queueIn = { queue: "on-call" };
    } else if (input.kind === "bug") {
      skip(scope, "page", "finance", "on-call", "support");
      visit(scope, "engineering");
      queueIn = { queue: "engineering" };
    } else {
      skip(scope, "page", "finance", "on-call", "engineering");
      visit(scope, "support");
      queueIn = { queue: "support" };
    }
    visit(scope, "queue");
    return queueIn;
  });
}
