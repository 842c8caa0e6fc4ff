// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 7767358b2e180cdeb6470c8251a7a403875bd86e392cff1ed3e4ce803859bdab

import {
  type ActivityContext,
  type RunOptions,
  call,
  caught,
  enter,
  errorOutput,
  execute,
  fail,
  limited,
  matchesError,
  selectAt,
  visit,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  "states:::lambda:invoke"(
    input: { FunctionName: string; Payload?: unknown },
    context: ActivityContext,
  ): Promise<unknown>;
  "states:::sqs:sendMessage"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
  "states:::sns:publish"(
    input: unknown,
    context: ActivityContext,
  ): Promise<unknown>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, (scope) =>
    limited(
      scope,
      async (scope) => {
        let data: unknown = input;
        refund: {
          try {
            const chargeResult = await call(
              scope,
              "Charge",
              activities["states:::lambda:invoke"],
              { FunctionName: "charge", Payload: data },
              {
                retry: [
                  {
                    when: (failure) =>
                      matchesError(failure.name, [
                        "Lambda.TooManyRequestsException",
                        "Lambda.ServiceException",
                      ]),
                    retries: 6,
                    initialMs: 1000,
                    maxMs: 20_000,
                    jitter: "full",
                  },
                  {
                    when: (failure) =>
                      matchesError(failure.name, ["States.Timeout"]),
                    retries: 1,
                    initialMs: 1000,
                  },
                ],
                timeoutMs: 30_000,
                timeoutError: "States.Timeout",
                heartbeatMs: 10_000,
              },
            );
            data = withValue(data, ["charge"], chargeResult);
          } catch (error) {
            const failure = caught(scope, error);
            if (matchesError(failure.name, ["CardDeclined"])) {
              data = withValue(
                data,
                ["error"],
                errorOutput(failure.name, failure.message),
              );
              enter(scope, "Tell Customer");
              await call(
                scope,
                "Tell Customer",
                activities["states:::sns:publish"],
                selectAt(data, ["error"]),
              );
              throw fail(scope, "Failed", "OrderFailed", "");
            }
            if (matchesError(failure.name, ["States.ALL"])) {
              break refund;
            }
            throw failure;
          }
          try {
            data = await call(
              scope,
              "Ship",
              activities["states:::sqs:sendMessage"],
              data,
            );
          } catch (error) {
            const failure = caught(scope, error);
            if (matchesError(failure.name, ["States.ALL"])) {
              data = errorOutput(failure.name, failure.message);
              break refund;
            }
            throw failure;
          }
          visit(scope, "Done");
          return data;
        }
        await call(scope, "Refund", activities["states:::lambda:invoke"], {
          FunctionName: "refund",
        });
        throw fail(scope, "Failed", "OrderFailed", "");
      },
      { timeoutMs: 600_000, timeoutError: "States.Timeout" },
    ),
  );
}
