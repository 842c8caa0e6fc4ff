import type { VerifyAuditLogResponse } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { faultName } from "./audit-events.ts";
import { fields } from "./layout.ts";
import { showCount } from "./measures.ts";
import type { Terminal } from "./terminal.ts";

export function verifiedJson(verified: VerifyAuditLogResponse) {
  return {
    ...verified,
    chains: verified.chains.map(({ fault, ...chain }) => ({
      ...chain,
      fault: fault === undefined ? null : { ...fault, kind: faultName(fault.kind) },
    })),
  };
}

export function chainsText(
  { intact, records, declaredLost, chains }: VerifyAuditLogResponse,
  address: string,
  { style, columns }: Terminal,
): string {
  const word = intact ? style("good", "intact") : style("bad", "NOT INTACT");
  const lost = declaredLost === 0n ? "" : `, ${showCount(declaredLost, "record")} declared lost`;
  const rows = chains.map(({ chain, firstSequence, lastSequence, fault }) => {
    const found = fault === undefined ? "intact" : `${faultName(fault.kind)} at ${fault.sequence}: ${fault.message}`;
    const range = lastSequence === 0n ? "no records" : `${firstSequence} to ${lastSequence}`;
    return [chain, `${range}, ${style(fault === undefined ? "good" : "bad", found)}`] as const;
  });
  return `${style("bold", address)}  ${word}, ${showCount(records, "record")}${lost}\n${fields(rows, columns)}`;
}
