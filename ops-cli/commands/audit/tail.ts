import { Flags } from "@oclif/core";
import { auditFlags, eventSchema } from "../../audit-schema.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";

export class AuditTail extends WfopsCommand<typeof AuditTail> {
  static override summary = "Follow the audit log of every replica, until Ctrl-C.";
  static override description =
    "A replica that goes away is asked again. With --json each record is a document on a line of its own.";
  static override examples = ["<%= config.bin %> audit tail --principal builder.example.com"];
  static override flags = {
    ...auditFlags,
    last: Flags.integer({ char: "n", description: "Begin with the last so many.", default: 10, min: 1, max: 1_000 }),
  };
  static override schema = eventSchema;

  protected async work(session: Session, flags: FlagsOf<typeof AuditTail>): Promise<Outcome> {
    const { auditRequest, eventJson, eventRow, followEvents } = await import("../../audit-events.ts");
    const { safe } = await import("../../layout.ts");
    const { terminal, json } = session;
    await followEvents(session, auditRequest(flags, new Date()), flags.last, (event) => {
      if (json) terminal.printJsonLine(eventJson(event));
      else terminal.print(safe(eventRow(event).join("  ")));
    });
    return { data: undefined, text: "" };
  }
}
