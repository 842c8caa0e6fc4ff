import { deadlineExceeded } from "../grpc/call-error.ts";
import type { Step } from "./chain.ts";

export interface DeadlineParts {
  /** Of a call that has none of its own, in milliseconds. */
  readonly deadlineMs: number;
  /** Of any call, in milliseconds. */
  readonly maxDeadlineMs: number;
}

/**
 * Ends unary calls that take too long. A stream has no end that the server could know; each of its messages has a
 * deadline instead. grpc-js itself ends a call at the caller's own deadline.
 */
export function createDeadline({ deadlineMs, maxDeadlineMs }: DeadlineParts): Step {
  return {
    name: "deadline",
    admit(call) {
      if (call.streaming) return;
      const own = call.deadline === Number.POSITIVE_INFINITY ? null : call.deadline - call.arrivedAt;
      if (own !== null && own <= maxDeadlineMs) return;
      const limitMs = own === null ? deadlineMs : maxDeadlineMs;
      call.endAfter(limitMs, () => deadlineExceeded(limitMs));
    },
  };
}
