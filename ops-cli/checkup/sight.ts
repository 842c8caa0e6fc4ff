import {
  type CircuitBreaker,
  CircuitState,
  HealthStatus,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { nameOf } from "../words.ts";
import type { Sight } from "./observation.ts";

/** What a component lacks; "" where it is well, or not there. */
export function component({ status }: Sight, name: string): string {
  const found = status.components.find((one) => one.name === name);
  return found === undefined || found.status === HealthStatus.HEALTH_STATUS_HEALTHY ? "" : found.message;
}

/** "" where it is closed, or not there. */
export function circuit({ status }: Sight, name: string): string {
  const found: CircuitBreaker | undefined = status.circuitBreakers.find((one) => one.name === name);
  if (found === undefined || found.state === CircuitState.CIRCUIT_STATE_CLOSED) return "";
  return `its circuit is ${nameOf(CircuitState, found.state, "CIRCUIT_STATE_")}`;
}

/** "" where it is the default: a password's mask tells nothing. */
export function setting({ settings }: Sight, variable: string): string {
  const found = settings.get(variable);
  return found === undefined || found.isDefault ? "" : found.value;
}
