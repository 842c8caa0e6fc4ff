import { setTimeout as sleep } from "node:timers/promises";
import type { CompileOptions, SourceInput } from "../artifact.ts";

export interface WarmUp {
  readonly source: SourceInput;
  readonly options: CompileOptions;
}

export interface Warmed {
  readonly known: number;
  readonly compiled: number;
  /** The compiler failed on them. An invalid definition is an answer like any other. */
  readonly failed: number;
}

/** For how long the next one waits while callers' compiles are under way, in milliseconds. */
const PAUSE_MS = 20;

/**
 * Compiles what is not known yet, one by one, and only while no caller waits for a compile: callers come first.
 *
 * @param compile tells whether it ran the compiler.
 */
export async function warmUp(
  list: Iterable<WarmUp>,
  isBusy: () => boolean,
  compile: (item: WarmUp) => Promise<boolean>,
  signal: AbortSignal,
): Promise<Warmed> {
  const warmed = { known: 0, compiled: 0, failed: 0 };
  for (const item of list) {
    do await sleep(PAUSE_MS, undefined, { signal });
    while (isBusy());
    try {
      warmed[(await compile(item)) ? "compiled" : "known"]++;
    } catch {
      signal.throwIfAborted();
      warmed.failed++;
    }
  }
  return warmed;
}
