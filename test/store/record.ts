import type { AuditRecord } from "../../server/store/audit-record.ts";

export function record(number: number, changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    time: 1_700_000_000_000 + number,
    requestId: `request-${number}`,
    principal: number % 2 === 0 ? "spiffe://acme/builder" : "anonymous",
    address: "10.1.2.3",
    method: "workflow.compiler.v1.CompilerService/Compile",
    resourceDigest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    outcome: number % 5 === 0 ? "RESOURCE_EXHAUSTED" : "OK",
    durationMs: 1.5 + number,
    errorCode: number % 5 === 0 ? "RATE_LIMIT" : "",
    reason: "",
    ...changes,
  };
}
