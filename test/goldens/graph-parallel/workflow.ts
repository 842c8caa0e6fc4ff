// Workflow prepare-trip, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// f40543757d1849c3374bf8e5e77183c40cc296760760806bfe6748859e78930e

import {
  type ActivityContext,
  type RunOptions,
  all2,
  call,
  execute,
} from "./runtime.js";

export interface Input {
  city: string;
  days: number;
}

export interface Output {
  total: number;
}

export interface Activities {
  "hotel.book"(
    input: { city: string; nights: number },
    context: ActivityContext,
  ): Promise<{ price: number }>;
  "flight.book"(
    input: { city: string },
    context: ActivityContext,
  ): Promise<{ price: number; seat: string }>;
  "notify.traveller"(
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
    const [hotel, flight] = await all2(
      scope,
      (scope) =>
        call(scope, "hotel", activities["hotel.book"], {
          city: input.city,
          nights: input.days - 1,
        }),
      (scope) =>
        call(scope, "flight", activities["flight.book"], { city: input.city }),
    );
    await call(scope, "tell", activities["notify.traveller"], {
      text: `To ${input.city} for ${hotel.price + flight.price}, seat ${flight.seat}`,
    });
    return { total: hotel.price + flight.price };
  });
}
