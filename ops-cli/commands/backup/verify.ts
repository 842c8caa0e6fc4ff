import { Args } from "@oclif/core";
import { backupSchema } from "../../backup-schema.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { exitCodes } from "../../exit.ts";
import { flag, nullable, object, text } from "../../schema.ts";

export class BackupVerify extends WfopsCommand<typeof BackupVerify> {
  static override summary = "Check a backup as a restore would, and change nothing.";
  static override description = "Exits with 100 where it is truncated, altered or foreign.";
  static override examples = ["<%= config.bin %> backup verify monday.wfcbackup"];
  static override args = {
    backup: Args.string({ description: "A file here, or a name of `backup list`.", required: true }),
  };
  static override schema = object({ address: text, valid: flag, problem: text, backup: nullable(backupSchema) });

  protected async work(
    session: Session,
    _flags: FlagsOf<typeof BackupVerify>,
    { backup }: ArgsOf<typeof BackupVerify>,
  ): Promise<Outcome> {
    const { backupFields, placeOf } = await import("../../backups.ts");
    const { fields } = await import("../../layout.ts");
    const { firstThatKnows } = await import("../../replicas.ts");
    const { verifyAt } = await import("../../backup-restore.ts");
    const { terminal } = session;
    const place = placeOf(backup);
    const { replica, value } = await firstThatKnows(session, (asked) => verifyAt(asked, place, terminal));
    const { valid, problem, info } = value;
    const word = valid ? terminal.style("good", "is good") : `${terminal.style("bad", "is NOT good")}: ${problem}`;
    const details = info === undefined ? "" : `\n${fields(backupFields(info), terminal.columns)}`;
    return {
      data: { address: replica.address, valid, problem, backup: info ?? null },
      text: `${backup} ${word}${details}`,
      exitCode: valid ? exitCodes.fine : exitCodes.findings,
    };
  }
}
