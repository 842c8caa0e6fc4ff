import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { releaseFlags } from "../release/flags.ts";
import { count, flag, list, nullable, object, oneOf, text } from "../schema.ts";

export class Rollback extends WfopsCommand<typeof Rollback> {
  static override summary = "Go back to an earlier revision of the release.";
  static override description =
    "Without a revision: to the last good one before the current one; revisions of `wfops scale` do not count. Shows what will change, also of what was changed past Helm (by kubectl scale or kubectl rollout undo), which is set back; asks, waits until all replicas are ready, and verifies with a real Compile through --server where that can be reached.";
  static override examples = [
    '<%= config.bin %> rollback --reason "errors since 0.2.0"',
    "<%= config.bin %> rollback 7 --dry-run",
  ];
  static override args = {
    revision: Args.integer({ name: "REVISION", description: "Of `wfops history`.", min: 1, ignoreStdin: true }),
  };
  static override flags = {
    force: Flags.boolean({
      description: "Go back also where callers get no answer until pods have started.",
      default: false,
    }),
    ...releaseFlags,
  };
  static override schema = object({
    dryRun: flag,
    from: count,
    to: count,
    diff: text,
    setBack: list(text),
    verified: nullable(flag),
    slots: list(object({ slot: oneOf("a", "b"), image: text, wanted: count, ready: count, restarts: count })),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Rollback>,
    { revision }: ArgsOf<typeof Rollback>,
  ): Promise<Outcome> {
    const { rollBack } = await import("../release/rollback-command.ts");
    return rollBack(session, flags, revision ?? null);
  }
}
