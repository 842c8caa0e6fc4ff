import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { CliError } from "./exit.ts";

/** Work on many definitions: several at once, over all replicas, and patient with the server's limits. */

/** How many calls are under way at once; a server admits bursts of 20 by default. */
const CONCURRENCY = 8;
/** A server that has refused the same so often is not going to take it. */
const MAX_ATTEMPTS = 20;

/** A value, or why there is none. */
export type Result<T> =
  | { readonly value: T; readonly failure: null }
  | { readonly value: null; readonly failure: CliError };

export type Patience = Pick<Session, "signal" | "terminal">;

/** Results in the order of the items. What fails with a CliError is a result as well; Ctrl-C ends it all. */
export async function each<Item, T>(
  items: readonly Item[],
  what: string,
  { signal, terminal }: Patience,
  work: (item: Item, index: number) => Promise<T>,
): Promise<readonly Result<T>[]> {
  const results: Result<T>[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      signal.throwIfAborted();
      const item = items[index];
      if (item === undefined) continue;
      results[index] = await settle(() => work(item, index), signal);
      terminal.progress(progressBar(++done, items.length, what));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}

export async function settle<T>(work: () => Promise<T>, signal: AbortSignal): Promise<Result<T>> {
  try {
    return { value: await work(), failure: null };
  } catch (fault) {
    if (!(fault instanceof CliError) || signal.aborted || fault.reason === "usage") throw fault;
    return { value: null, failure: fault };
  }
}

/** Asks replicas in turn, beginning with the one for `index`; where the server says when to come again, it does. */
export async function askPatiently<T>(
  replicas: readonly Replica[],
  index: number,
  patience: Patience,
  ask: (replica: Replica) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const replica = replicas[(index + attempt) % replicas.length];
    if (replica === undefined) throw new CliError("unavailable", "there is no server to ask");
    try {
      return await ask(replica);
    } catch (fault) {
      if (!(fault instanceof CliError) || attempt + 1 >= MAX_ATTEMPTS) throw fault;
      const isAway = fault.reason === "unavailable" && fault.retryAfterMs === null;
      if (isAway && attempt + 1 < replicas.length) continue;
      await waitAsTold(fault, patience);
    }
  }
}

/** @throws the fault itself where waiting does not help. */
export async function waitAsTold(fault: CliError, { signal, terminal }: Patience): Promise<void> {
  const { retryAfterMs } = fault;
  if (retryAfterMs === null) throw fault;
  terminal.progress(`${fault.message}; waiting ${Math.ceil(retryAfterMs / 1_000)} s`);
  await sleep(retryAfterMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}

const BAR_WIDTH = 20;

/** `[##########----------] 12/24 validated`. */
export function progressBar(done: number, total: number, what: string): string {
  const filled = Math.floor((done / Math.max(1, total)) * BAR_WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${done}/${total} ${what}`;
}
