import { CallError } from "./grpc/call-error.ts";
import type { Outcome } from "./service.ts";
import type { DeadLetters } from "./store/dead-letters.ts";
import type { Tracing } from "./telemetry/tracing.ts";

/** Codes of diagnostics that say that we failed, and not the definition. */
const ours: ReadonlySet<string> = new Set(["WF_COMPILE_002", "WF_COMPILE_004"]);

/** Says in the call's span what came of its definition. */
export function describeOutcome({ call, result }: Outcome, tracing: Tracing): void {
  if (call.traceId === "" || !("answer" in result)) return;
  const { format, use, ok } = result.answer;
  tracing.note({
    "workflow.request_id": call.requestId,
    "workflow.format": format ?? "unknown",
    "workflow.cache": use ?? "none",
    "workflow.valid": ok,
  });
}

/** Keeps what we failed on, so that it can be tried again after it is mended. */
export function keepDeadLetter({ call, source, options, result }: Outcome, deadLetters: DeadLetters): void {
  const letter = failureOf(result);
  if (letter === null) return;
  const { requestId, principal, method } = call;
  const { content, format } = source;
  void deadLetters.add({ ...letter, requestId, principal: principal.name, method, content, format, options });
}

function failureOf(result: Outcome["result"]): { readonly errorCode: string; readonly reason: string } | null {
  if ("answer" in result) {
    const code = result.answer.run === null ? undefined : result.answer.errorCodes.find((name) => ours.has(name));
    return code === undefined ? null : { errorCode: code, reason: "the compiler could not finish it" };
  }
  // A caller that left, a limit, a deadline: nothing of ours failed.
  return result.fault instanceof CallError ? null : { errorCode: "INTERNAL", reason: "a fault while it was compiled" };
}
