import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { count, object, perReplicaChange } from "../../schema.ts";

export class DeadletterPurge extends WfopsCommand<typeof DeadletterPurge> {
  static override summary = "Delete dead letters for good.";
  static override examples = [
    "<%= config.bin %> deadletter purge --resolved",
    "<%= config.bin %> deadletter purge --older-than 7d --yes",
  ];
  static override args = { id: Args.string({ description: "This one: see `deadletter list`." }) };
  static override flags = {
    resolved: Flags.boolean({ description: "Those that a retry has resolved.", default: false }),
    "older-than": Flags.string({ description: "Those older than this, such as 7d.", helpValue: "DURATION" }),
    all: Flags.boolean({ description: "Every one.", default: false }),
    ...changeFlags,
  };
  static override schema = perReplicaChange(object({ purged: count }));

  protected async work(
    session: Session,
    flags: FlagsOf<typeof DeadletterPurge>,
    { id }: ArgsOf<typeof DeadletterPurge>,
  ): Promise<Outcome> {
    const { purgeLetters } = await import("../../letter-purge.ts");
    return purgeLetters(session, flags, { id, olderThan: flags["older-than"], ...flags });
  }
}
