import type { Call, CallEnd } from "./call.ts";
import type { ChainParts } from "./chain.ts";

/** How long the end of a call waits for its listeners, in milliseconds. */
const END_WAIT_MS = 1_000;

/** Tells all listeners of a call's end. undefined where none has to be waited for. */
export function tellEnd(
  parts: Pick<ChainParts, "onEnd" | "normalise">,
  call: Call,
  end: CallEnd,
): void | Promise<void> {
  let waiting: Promise<void>[] | null = null;
  for (const listener of parts.onEnd) {
    try {
      const told = listener(call, end);
      if (told === undefined) continue;
      waiting ??= [];
      waiting.push(told.catch((fault: unknown) => void parts.normalise(fault, call.method)));
    } catch (fault) {
      parts.normalise(fault, call.method);
    }
  }
  return waiting === null ? undefined : withinBound(waiting);
}

function withinBound(waiting: readonly Promise<void>[]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, END_WAIT_MS);
    Promise.all(waiting).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
