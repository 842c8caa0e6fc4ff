// Workflow *\/ alert(1) /* \u202e, version `${process.exit()}`
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 5759bf04447ebd64e55387745a28c9e46f35558867f0c9513701f85997815658

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
  visit,
} from "./runtime.js";

export interface Input {
  /** *\/ export default 1 /* */
  prototype?: string;
  constructor: number;
  "a-b": boolean;
  "": string;
  class: "</script>'\"`${1}\\";
}

export interface Output {
  constructor: string;
  undefined: { valueOf: "</script>'\"`${1}\\"; then: boolean };
  sum: number;
}

export interface Activities {
  "await.eval"(
    input: { new: string },
    context: ActivityContext,
  ): Promise<{ default: string }>;
}

/**
 * Ends the comment: *\/ and goes on
 *
 * First line
 *  *\/ process.exit(1); /*
 * @deprecated {@link x}
 */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    visit(scope, "execute");
    const execute2 = { valueOf: input.class, then: input["a-b"] };
    visit(scope, "a-b");
    const aB2: number = 1;
    visit(scope, "a_b");
    const aB3: number = 2;
    visit(scope, "aB");
    const aB: number = 3;
    const await2 = await call(scope, "await", activities["await.eval"], {
      new: `\`${input.constructor}\` */ \\ \u2028`,
    });
    await call(scope, "run", activities["await.eval"], { new: await2.default });
    const scope2 = await call(scope, "scope", activities["await.eval"], {
      new: input.class,
    });
    return {
      constructor: scope2.default,
      undefined: execute2,
      sum: aB2 + aB3 + aB,
    };
  });
}
