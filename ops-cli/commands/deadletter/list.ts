import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { letterSchema } from "../../letter-schema.ts";
import { failures, list, object } from "../../schema.ts";

export class DeadletterList extends WfopsCommand<typeof DeadletterList> {
  static override summary = "List requests that the service failed, newest first.";
  static override description =
    "Not those that were wrong: these were answered. Replicas that share a store are one list.";
  static override examples = ["<%= config.bin %> deadletter list --state waiting"];
  static override flags = {
    state: Flags.string({ description: "Only those.", options: ["waiting", "failed-again", "resolved"] }),
    limit: Flags.integer({ description: "How many at most.", default: 100, min: 1, max: 100_000 }),
  };
  static override schema = object({ deadLetters: list(letterSchema), failures });

  protected async work(session: Session, flags: FlagsOf<typeof DeadletterList>): Promise<Outcome> {
    const { listing } = await import("../../layout.ts");
    const { letterJson, lettersOf, stateName, stateNamed } = await import("../../letters.ts");
    const { showTime } = await import("../../measures.ts");
    const { mergedOutcome } = await import("../../replicas.ts");
    const { letters, answers } = await lettersOf(session, stateNamed(flags.state), flags.limit);
    const head = ["ID", "TIME", "STATE", "ERROR", "PRINCIPAL", "FAILURE"];
    const rows = letters.map((letter) => [
      letter.id,
      showTime(letter.time),
      stateName(letter.state),
      letter.errorCode,
      letter.principal,
      letter.failure,
    ]);
    const text = rows.length === 0 ? "There are no dead letters." : listing(head, rows, session.terminal.columns);
    return mergedOutcome(session, answers, { deadLetters: letters.map(letterJson) }, text);
  }
}
