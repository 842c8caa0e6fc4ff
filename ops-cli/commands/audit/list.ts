import { Flags } from "@oclif/core";
import { auditFlags, eventSchema, untilFlag } from "../../audit-schema.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { failures, list, object } from "../../schema.ts";

export class AuditList extends WfopsCommand<typeof AuditList> {
  static override summary = "List records of the audit log, oldest first.";
  static override description =
    "The last ones that match. Replicas that share a store are one log. For all records, see `audit export`.";
  static override examples = [
    "<%= config.bin %> audit list --since 1h --outcome INTERNAL",
    "<%= config.bin %> audit list --method ClearCache",
  ];
  static override flags = {
    ...auditFlags,
    ...untilFlag,
    last: Flags.integer({ char: "n", description: "How many at most.", default: 100, min: 1, max: 1_000 }),
  };
  static override schema = object({ events: list(eventSchema), failures });

  protected async work(session: Session, flags: FlagsOf<typeof AuditList>): Promise<Outcome> {
    const { auditRequest, eventHead, eventJson, eventRow, lastEvents } = await import("../../audit-events.ts");
    const { listing } = await import("../../layout.ts");
    const { mergedOutcome } = await import("../../replicas.ts");
    const { events, answers } = await lastEvents(session, auditRequest(flags, new Date()), flags.last);
    const text =
      events.length === 0 ? "No record matches." : listing(eventHead, events.map(eventRow), session.terminal.columns);
    return mergedOutcome(session, answers, { events: events.map(eventJson) }, text);
  }
}
