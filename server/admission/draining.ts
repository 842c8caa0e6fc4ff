import { unavailable } from "../grpc/call-error.ts";
import type { Step } from "./chain.ts";

/** How long a client should wait before it tries another replica, in milliseconds. */
export const DRAIN_RETRY_MS = 1_000;

/** Sends new calls to other replicas while this one shuts down or is held. */
export function createDraining(isDraining: () => boolean): Step {
  return {
    name: "draining",
    admit() {
      if (isDraining()) throw unavailable(DRAIN_RETRY_MS);
    },
  };
}
