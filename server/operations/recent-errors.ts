import type { Call, CallEnd } from "../admission/call.ts";
import type { EndListener } from "../admission/chain.ts";

/** A call that ended for a reason of ours. */
export interface RecentError extends Pick<Call, "method" | "requestId">, Pick<CallEnd, "code" | "errorCode"> {
  /** In milliseconds since 1970. */
  readonly time: number;
}

export interface RecentErrors {
  readonly onEnd: EndListener;
  /** Newest first. */
  list(): readonly RecentError[];
}

const KEPT = 50;

/** A caller's own mistakes and limits are none of ours; that it left, or did not wait long enough, may well be. */
const ours: ReadonlySet<string> = new Set(["UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]);

export function createRecentErrors(): RecentErrors {
  let kept: readonly RecentError[] = [];
  return {
    onEnd({ method, requestId }, { code, errorCode }) {
      if (!ours.has(code)) return;
      kept = [{ time: Date.now(), method, requestId, code, errorCode }, ...kept].slice(0, KEPT);
    },
    list: () => kept,
  };
}
