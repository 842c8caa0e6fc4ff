// Workflow book-seat, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 8c8489ea5ffb997c4f50006f8f55e418c284add6ed777e686ef9bf99d4f3b320

import {
  type ActivityContext,
  type RunOptions,
  call,
  caught,
  execute,
  skip,
  visit,
} from "./runtime.js";

export interface Input {
  seat: string;
  card: string;
}

export interface Output {
  paid: boolean;
  note: string;
}

export interface Activities {
  "seats.hold"(
    input: { seat: string },
    context: ActivityContext,
  ): Promise<string>;
  "seats.release"(
    input: { hold: string; reason: string },
    context: ActivityContext,
  ): Promise<unknown>;
  "cards.charge"(
    input: { card: string; hold: string },
    context: ActivityContext,
  ): Promise<{ receipt: string }>;
}

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const hold = await call(scope, "hold", activities["seats.hold"], {
      seat: input.seat,
    });
    let charge: { receipt: string };
    try {
      charge = await call(scope, "charge", activities["cards.charge"], {
        card: input.card,
        hold,
      });
    } catch (error) {
      const failure = caught(scope, error);
      const chargeError = { name: failure.name, message: failure.message };
      skip(scope, "booked");
      visit(scope, "failure");
      await call(scope, "release", activities["seats.release"], {
        hold,
        reason: chargeError.name,
      });
      visit(scope, "unpaid");
      visit(scope, "outcome");
      return { paid: false, note: chargeError.message };
    }
    skip(scope, "release", "failure", "unpaid");
    visit(scope, "booked");
    visit(scope, "outcome");
    return { paid: true, note: charge.receipt };
  });
}
