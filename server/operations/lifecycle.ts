import {
  DrainAction,
  type DrainRequest,
  type DrainResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import { precondition } from "./faults.ts";
import { checkReason, refuse, wrongField } from "./fields.ts";
import type { Lifecycle, OperationsParts } from "./parts.ts";
import { servingToWire } from "./status.ts";

export async function drain(
  { action, reason }: DrainRequest,
  call: Call,
  { lifecycle, work }: Pick<OperationsParts, "lifecycle" | "work">,
): Promise<DrainResponse> {
  refuse(checkReason(reason));
  call.reason = reason;
  act(action, lifecycle, call);
  const { callsInFlight } = await work.read();
  return { state: servingToWire(lifecycle.state()), callsInFlight };
}

/** What is so already is left so: an operator may ask twice. */
function act(action: DrainAction, lifecycle: Lifecycle, call: Call): void {
  const state = lifecycle.state();
  switch (action) {
    case DrainAction.DRAIN_ACTION_HOLD:
      call.resource = "hold";
      if (state === "stopping") throw ending();
      if (state === "starting") throw precondition("STARTING", "the replica is not ready yet");
      if (state === "serving") lifecycle.hold();
      return;
    case DrainAction.DRAIN_ACTION_RESUME:
      call.resource = "resume";
      if (state === "stopping") throw ending();
      if (state === "held") lifecycle.resume();
      return;
    case DrainAction.DRAIN_ACTION_STOP:
      call.resource = "stop";
      if (state !== "stopping") lifecycle.stop();
      return;
    case DrainAction.DRAIN_ACTION_UNSPECIFIED:
      throw wrongField("action", "is required");
    default:
      throw wrongField("action", `has no value ${action}`);
  }
}

function ending(): Error {
  return precondition("STOPPING", "the replica is on its way to its end");
}
