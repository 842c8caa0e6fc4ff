import { status } from "@grpc/grpc-js";
import { DependencyError } from "../dependencies/guard.ts";
import { type CallError, refused } from "../grpc/call-error.ts";
import { isStoreError, StoreError } from "../store/engine.ts";
import { wrongField } from "./fields.ts";

const RETRY_MS = 5_000;

/** What an operator is told of a dependency that fails. Anything else is a fault of ours and stays as it is. */
export function explained(fault: unknown): unknown {
  if (fault instanceof DependencyError) return away(fault.message);
  if (!(fault instanceof StoreError)) return fault;
  switch (fault.reason) {
    case "away":
      return away(fault.message);
    case "conflict":
      return refused(status.ABORTED, "CONFLICT", fault.message, { retryAfterMs: 0 });
    case "damaged":
      return precondition("DAMAGED", fault.message);
    case "incompatible":
      return precondition("INCOMPATIBLE", fault.message);
    case "refused":
      return precondition("REFUSED", fault.message);
    default:
      return fault.reason satisfies never;
  }
}

/** Pages whose token a client made up. */
export async function pageOf<Page>(field: string, page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (fault) {
    throw isStoreError(fault, "refused") ? wrongField(field, fault.message) : fault;
  }
}

export function precondition(reason: string, message: string): CallError {
  return refused(status.FAILED_PRECONDITION, reason, message);
}

/** It is under way already. */
export function busy(reason: string, message: string): CallError {
  return refused(status.RESOURCE_EXHAUSTED, reason, message, { retryAfterMs: RETRY_MS });
}

function away(message: string): CallError {
  return refused(status.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", message, { retryAfterMs: RETRY_MS });
}
