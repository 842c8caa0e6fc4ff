import type { Replica } from "./connection.ts";
import { CliError } from "./exit.ts";

/** What one replica answered, or why it did not. */
export type Answer<T> =
  | { readonly address: string; readonly value: T; readonly error: null }
  | { readonly address: string; readonly value: null; readonly error: CliError };

/** Asks all replicas at the same time. */
export async function askAll<T>(
  replicas: readonly Replica[],
  ask: (replica: Replica) => Promise<T>,
): Promise<readonly Answer<T>[]> {
  return Promise.all(
    replicas.map(async (replica): Promise<Answer<T>> => {
      try {
        return { address: replica.address, value: await ask(replica), error: null };
      } catch (fault) {
        if (fault instanceof CliError) return { address: replica.address, value: null, error: fault };
        throw fault;
      }
    }),
  );
}

/** For what any replica can answer: goes on to the next one where one cannot be reached. */
export async function firstAnswer<T>(replicas: readonly Replica[], ask: (replica: Replica) => Promise<T>): Promise<T> {
  let last: CliError | null = null;
  for (const replica of replicas) {
    try {
      return await ask(replica);
    } catch (fault) {
      if (!(fault instanceof CliError) || fault.reason !== "unavailable") throw fault;
      last = fault;
    }
  }
  throw last ?? new CliError("unavailable", "there is no server to ask");
}
