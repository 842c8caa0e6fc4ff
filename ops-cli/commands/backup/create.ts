import { Flags } from "@oclif/core";
import { backupSchema } from "../../backup-schema.ts";
import { changeFlags } from "../../change.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { nullable, object, text } from "../../schema.ts";

export class BackupCreate extends WfopsCommand<typeof BackupCreate> {
  static override summary = "Back up the store while it is in use.";
  static override description =
    "Of the first replica that answers: replicas with stores of their own are backed up one by one. The file is there only when it is whole and its checksum is right. Where WFC_BACKUP_DIR is set, the server keeps a copy.";
  static override examples = [
    "<%= config.bin %> backup create",
    "<%= config.bin %> backup create --out /backups/ --reason nightly",
    "<%= config.bin %> backup create --on-server",
  ];
  static override flags = {
    out: Flags.string({
      char: "o",
      description: "File or folder to write to. Default: the server's name for it, here.",
      helpValue: "PATH",
      exclusive: ["on-server"],
    }),
    "on-server": Flags.boolean({ description: "Only keep it in the server's WFC_BACKUP_DIR.", default: false }),
    "without-artifacts": Flags.boolean({
      description: "Leave artifacts out: they can be made again.",
      default: false,
    }),
    reason: changeFlags.reason,
  };
  static override schema = object({ address: text, file: nullable(text), backup: backupSchema });

  protected async work(session: Session, flags: FlagsOf<typeof BackupCreate>): Promise<Outcome> {
    const { createBackup } = await import("../../backup-create.ts");
    return createBackup(session, {
      out: flags.out,
      onServer: flags["on-server"],
      withoutArtifacts: flags["without-artifacts"],
      reason: flags.reason,
    });
  }
}
