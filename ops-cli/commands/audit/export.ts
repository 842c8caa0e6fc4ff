import { Flags } from "@oclif/core";
import { auditFlags, eventSchema, untilFlag } from "../../audit-schema.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";

export class AuditExport extends WfopsCommand<typeof AuditExport> {
  static override summary = "Write all records of the audit log that match, oldest first.";
  static override description =
    "To stdout or to a file that only you may read. A file is there only when it is whole. Lines are JSON documents, or CSV.";
  static override examples = [
    "<%= config.bin %> audit export --since 2030-01-01 --until 2030-02-01 --out january.jsonl",
  ];
  static override flags = {
    ...auditFlags,
    ...untilFlag,
    format: Flags.string({ description: "How it is written.", options: ["jsonl", "csv"], default: "jsonl" }),
    out: Flags.string({ char: "o", description: "Default: stdout.", helpValue: "FILE" }),
  };
  static override schema = eventSchema;

  protected async work(session: Session, flags: FlagsOf<typeof AuditExport>): Promise<Outcome> {
    const { exportEvents } = await import("../../audit-export.ts");
    return exportEvents(session, flags, flags);
  }
}
