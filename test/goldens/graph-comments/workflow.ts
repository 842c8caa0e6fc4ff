// Workflow comments, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 9ea63588c148f170ebca359d585259c4285b4c3c63a5579d399fdf56439b76e5

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
  forEach,
  skip,
  visit,
} from "./runtime.js";

/**
 * Order
 *
 * What the shop sends. \u202ehidden\u202c
 */
export interface Input {
  /** The order's number */
  id: string;
  lines: Line[];
}

/** Answer */
export interface Output {
  count: number;
}

export interface Activities {
  "shop.check"(
    input: { id: string },
    context: ActivityContext,
  ): Promise<boolean>;
  "shop.note"(
    input: { text: string },
    context: ActivityContext,
  ): Promise<unknown>;
}

/**
 * Order line
 *
 * One kind of goods.
 */
export type Line = {
  /** Stock keeping unit *\/ */
  sku: string;
};

/**
 * Titles and descriptions
 *
 * What is said to people becomes comments.
 *
 * A paragraph after an empty line, with what would close a comment: *\/ process.exit() /*
 */
export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    // Ask the shop
    // The shop may have changed its mind since the order came in: goods are
    // sold out, the customer has cancelled, or the price has gone up. A long
    // description is broken into lines that fit.
    const check = await call(scope, "check", activities["shop.check"], {
      id: input.id,
    });
    // Anything to do?
    visit(scope, "decide");
    if (check) {
      skip(scope, "tell");
      // Lines one after the other.
      await forEach(
        scope,
        "each",
        input.lines,
        async (scope, item) => {
          // @ ts-ignore
          await call(scope, "note", activities["shop.note"], {
            text: item.sku,
          });
        },
        1,
      );
    } else {
      skip(scope, "each");
      // //# sourceMappingURL =evil.js.map
      // *\/ alert(1) //
      // next\u200b line
      // last line
      await call(scope, "tell", activities["shop.note"], { text: "nothing" });
    }
    return { count: input.lines.length };
  });
}
