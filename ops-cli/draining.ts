import { setTimeout as sleep } from "node:timers/promises";
import {
  DrainAction,
  type DrainResponse,
  ServingState,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { nameOf } from "./words.ts";

export const drainActions = {
  hold: DrainAction.DRAIN_ACTION_HOLD,
  resume: DrainAction.DRAIN_ACTION_RESUME,
  stop: DrainAction.DRAIN_ACTION_STOP,
} as const;

export function servingName(state: ServingState): string {
  return nameOf(ServingState, state, "SERVING_STATE_");
}

const POLL_MS = 200;

/** Holds a replica and waits until the calls that it had are answered, as long as one call may take. */
export async function holdReplica(session: Session, replica: Replica, reason: string): Promise<DrainResponse> {
  const contract = await operationsContract();
  const end = Date.now() + session.timeoutMs;
  let held = await replica.call(contract.drain, { action: DrainAction.DRAIN_ACTION_HOLD, reason });
  while (held.callsInFlight > 0 && Date.now() < end) {
    session.terminal.progress(`${replica.address}: ${held.callsInFlight} calls under way`);
    await sleep(POLL_MS, undefined, { signal: session.signal }).catch(() => session.signal.throwIfAborted());
    const { state, load } = await replica.call(contract.getStatus, {});
    held = { state, callsInFlight: load?.callsInFlight ?? 0 };
  }
  return held;
}
