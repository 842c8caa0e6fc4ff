// Workflow welcome-customer, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// eb81490ef40b9feda2a97edf49cffed8a88844ede3eac1b9a75d37d3bbabef82

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
} from "./runtime.js";

export interface Input {
  /** Where to write to. (Format: email) */
  email: string;
}

export interface Output {
  id: string;
  mail: string;
}

export interface Activities {
  "accounts.create"(
    input: { email: string },
    context: ActivityContext,
  ): Promise<{ id: string }>;
  /** Sends one mail. */
  "mail.send"(
    input: { template: "welcome" | "goodbye"; to: string; accountId: string },
    context: ActivityContext,
  ): Promise<{ messageId: string }>;
}

/**
 * Welcome a customer
 *
 * Makes an account and says hello.
 */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const create = await call(
      scope,
      "create",
      activities["accounts.create"],
      { email: input.email },
      { timeoutMs: 10_000 },
    );
    const greet = await call(scope, "greet", activities["mail.send"], {
      template: "welcome",
      to: input.email,
      accountId: create.id,
    });
    return { id: create.id, mail: greet.messageId };
  });
}
