import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { flag, list, nullable, object, oneOf, text } from "../../schema.ts";

export class DeadletterRetry extends WfopsCommand<typeof DeadletterRetry> {
  static override summary = "Do dead letters' requests again.";
  static override description =
    "Past the cache. One that succeeds is resolved; that a definition does not compile is success too. Exits with 100 where one fails again.";
  static override examples = [
    "<%= config.bin %> deadletter retry 0198c2e4",
    '<%= config.bin %> deadletter retry --all --yes --reason "after the fix"',
  ];
  static override args = { id: Args.string({ description: "See `deadletter list`.", multiple: true }) };
  static override flags = {
    all: Flags.boolean({ description: "All that are not resolved.", default: false }),
    ...changeFlags,
  };
  static override schema = object({
    dryRun: flag,
    deadLetters: list(
      object({
        id: text,
        outcome: oneOf("would-retry", "served", "failed-again", "error"),
        artifactDigest: text,
        errorCode: text,
        error: nullable(object({ reason: text, message: text, next: list(text) })),
      }),
    ),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof DeadletterRetry>,
    { id = [] }: ArgsOf<typeof DeadletterRetry>,
  ): Promise<Outcome> {
    const { retryLetters } = await import("../../letter-retry.ts");
    return retryLetters(session, flags, id);
  }
}
