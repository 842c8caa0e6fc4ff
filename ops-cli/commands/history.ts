import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { count, list, object, text, time } from "../schema.ts";

export class History extends WfopsCommand<typeof History> {
  static override summary = "List the revisions of the release, the newest first.";
  static override examples = ["<%= config.bin %> history --max 20"];
  static override flags = {
    max: Flags.integer({ description: "How many.", default: 10, min: 1, max: 256, helpValue: "N" }),
  };
  static override schema = object({
    release: text,
    revisions: list(
      object({ revision: count, updatedAt: time, status: text, chart: text, appVersion: text, description: text }),
    ),
  });

  protected async work(session: Session, { max }: FlagsOf<typeof History>): Promise<Outcome> {
    const { currentRevision, readHistory } = await import("../release/history.ts");
    const { programsOf } = await import("../release/programs.ts");
    const { listing } = await import("../layout.ts");
    const { showTime } = await import("../measures.ts");
    const { terminal, target } = session;
    const programs = programsOf(session);
    const all = await readHistory(programs, target.release);
    if (all.length === 0) await currentRevision(programs, target.release);
    const revisions = all.toReversed().slice(0, max);
    const rows = revisions.map(({ revision, updatedAt, status, chart, description }) => [
      String(revision),
      showTime(updatedAt),
      status,
      chart,
      description,
    ]);
    return {
      data: { release: target.release, revisions },
      text: listing(["REVISION", "UPDATED (UTC)", "STATUS", "CHART", "WHAT"], rows, terminal.columns),
    };
  }
}
