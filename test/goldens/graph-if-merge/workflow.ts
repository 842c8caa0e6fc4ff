// Workflow price-with-discount, version 2.1.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 6acd95109b8550560ebb8d996901878bd56771895cc31310387aeb6580ba0ffe

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
  total: number;
  member: boolean;
  coupon?: string;
}

export interface Output {
  price: number;
}

export interface Activities {
  "coupons.lookup"(
    input: { code: string },
    context: ActivityContext,
  ): Promise<number>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    visit(scope, "has-coupon");
    let discountIn: number;
    if (has(input.coupon) && input.coupon !== "") {
      skip(scope, "member");
      discountIn = await call(scope, "coupon", activities["coupons.lookup"], {
        code: input.coupon ?? "",
      });
    } else {
      skip(scope, "coupon");
      visit(scope, "member");
      discountIn = input.member ? 0.1 : 0;
    }
    visit(scope, "discount");
    return { price: input.total * (1 - discountIn) };
  });
}
