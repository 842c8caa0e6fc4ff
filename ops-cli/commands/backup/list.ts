import { backupSchema } from "../../backup-schema.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { list, object, perReplica } from "../../schema.ts";

export class BackupList extends WfopsCommand<typeof BackupList> {
  static override summary = "List the backups in every server's WFC_BACKUP_DIR, newest first.";
  static override examples = ["<%= config.bin %> backup list"];
  static override schema = perReplica(object({ backups: list(backupSchema) }));

  protected async work(session: Session, _flags: FlagsOf<typeof BackupList>): Promise<Outcome> {
    const { operationsContract } = await import("../../contract.ts");
    const { listing } = await import("../../layout.ts");
    const { showBytes, showTime } = await import("../../measures.ts");
    const { askFleet, fleetOutcome } = await import("../../replicas.ts");
    const contract = await operationsContract();
    const { columns, style } = session.terminal;
    const answers = await askFleet(session, async (replica) => {
      const backups = [];
      let pageToken = "";
      do {
        const page = await replica.call(contract.listBackups, { pageSize: 1_000, pageToken });
        backups.push(...page.backups);
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      return backups;
    });
    const head = ["NAME", "MADE", "OF", "SIZE"];
    return fleetOutcome(session, answers, {
      json: (backups) => ({ backups }),
      text: (backups, address) => {
        const rows = backups.map(({ name, createdAt, engine, sizeBytes }) => [
          name,
          showTime(createdAt),
          engine,
          showBytes(sizeBytes),
        ]);
        return `${style("bold", address)}\n${rows.length === 0 ? "no backups" : listing(head, rows, columns)}`;
      },
    });
  }
}
