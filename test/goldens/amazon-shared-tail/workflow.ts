// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 501607aae11ec0a370a9260b37747c682f83c5ee13b5cecf631e90a280c8389a

import {
  type ActivityContext,
  type RunOptions,
  call,
  choiceAt,
  execute,
  selectAt,
  visit,
  withValue,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {
  A(input: unknown, context: ActivityContext): Promise<unknown>;
  B(input: unknown, context: ActivityContext): Promise<unknown>;
  Log(input: unknown, context: ActivityContext): Promise<unknown>;
  Store(input: unknown, context: ActivityContext): Promise<unknown>;
}

/** Three ways lead to the same two last states */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    let data: unknown = input;
    store: {
      visit(scope, "Kind");
      if (choiceAt(data, ["kind"]) === "a") {
        const aResult = await call(scope, "A", activities.A, data);
        data = withValue(data, ["a"], aResult);
        visit(scope, "A Fine?");
        if (choiceAt(data, ["a", "fine"]) === true) {
          break store;
        }
      } else if (choiceAt(data, ["kind"]) === "b") {
        const bResult = await call(scope, "B", activities.B, data);
        data = withValue(data, ["b"], bResult);
        break store;
      }
      await call(scope, "Log", activities.Log, data);
    }
    const storeResult = await call(scope, "Store", activities.Store, data);
    data = withValue(data, ["stored"], storeResult);
    visit(scope, "End");
    return selectAt(data, ["stored"]);
  });
}
