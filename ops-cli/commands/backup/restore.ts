import { Args, Flags } from "@oclif/core";
import { backupSchema } from "../../backup-schema.ts";
import { changeFlags } from "../../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { flag, list, nullable, object, text } from "../../schema.ts";

export class BackupRestore extends WfopsCommand<typeof BackupRestore> {
  static override summary = "Put the content of a backup in place of what the store holds.";
  static override description =
    "Verifies the backup, holds every replica, restores in one transaction, verifies the audit log against the heads in the backup, and resumes those that it held. A restore that fails leaves the store as it was. Name all replicas that share the store.";
  static override examples = ["<%= config.bin %> backup restore monday.wfcbackup --replace"];
  static override args = {
    backup: Args.string({ description: "A file here, or a name of `backup list`.", required: true }),
  };
  static override flags = {
    replace: Flags.boolean({ description: "Agree that what the store holds now is lost.", default: false }),
    ...changeFlags,
  };
  static override schema = object({
    dryRun: flag,
    address: text,
    held: list(text),
    backup: nullable(backupSchema),
    auditIntact: nullable(flag),
    resumed: list(text),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof BackupRestore>,
    { backup }: ArgsOf<typeof BackupRestore>,
  ): Promise<Outcome> {
    const { restoreBackup } = await import("../../backup-restore.ts");
    return restoreBackup(session, flags, backup);
  }
}
