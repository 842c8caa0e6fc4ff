import type { AuditEvent } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { type AuditFilter, auditRequest, eventJson, everyEvent } from "./audit-events.ts";
import type { Outcome, Session } from "./command.ts";
import { usageError } from "./exit.ts";
import { showCount } from "./measures.ts";
import { createFile } from "./new-file.ts";

const columns = [
  "time",
  "requestId",
  "principal",
  "address",
  "method",
  "resourceDigest",
  "outcome",
  "durationMs",
  "errorCode",
  "reason",
  "chain",
  "sequence",
  "hash",
  "lost",
  "lostUntil",
] as const;

export async function exportEvents(
  session: Session,
  filter: AuditFilter,
  { format, out }: { readonly format: string; readonly out?: string | undefined },
): Promise<Outcome> {
  const { terminal } = session;
  if (session.json && format === "csv") throw usageError("--json and --format csv are two forms: give one of them");
  const request = auditRequest(filter, new Date());
  const replicas = await session.operations();
  const file = out === undefined ? null : createFile(out);
  let records = 0;
  const write = (line: string): void => (file === null ? terminal.print(line) : file.write(`${line}\n`));
  try {
    if (format === "csv") write(columns.join(","));
    for await (const event of everyEvent(replicas, request)) {
      write(format === "csv" ? csvLine(event) : jsonLine(event));
      records += 1;
      if (file !== null && records % 1_000 === 0) terminal.progress(showCount(records, "record"));
    }
    file?.keep();
  } finally {
    file?.discard();
  }
  terminal.say(`${showCount(records, "record")}${out === undefined ? "" : ` in ${out}`}`);
  return { data: undefined, text: "" };
}

function jsonLine(event: AuditEvent): string {
  const json = { ...eventJson(event), sequence: Number(event.sequence), lost: Number(event.lost) };
  return JSON.stringify(json);
}

/** RFC 4180. A cell that a spreadsheet would run as a formula begins with an apostrophe. */
function csvLine(event: AuditEvent): string {
  return columns
    .map((column) => {
      const value = event[column];
      const text = value instanceof Date ? value.toISOString() : String(value ?? "");
      const harmless = /^[=+\-@\t\r]/.test(text) && typeof value === "string" ? `'${text}` : text;
      return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
    })
    .join(",");
}
