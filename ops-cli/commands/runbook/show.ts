import { Args } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { flag, list, object, oneOf, text } from "../../schema.ts";

export class RunbookShow extends WfopsCommand<typeof RunbookShow> {
  static override summary = "Show a runbook.";
  static override examples = ["<%= config.bin %> runbook show high-latency"];
  static override args = { name: Args.string({ name: "NAME", description: "Of the runbook.", required: true }) };
  static override schema = object({
    name: text,
    title: text,
    summary: text,
    values: list(object({ name: text, fallback: text, meaning: text })),
    steps: list(
      object({
        phase: oneOf("diagnose", "decide", "act", "verify"),
        title: text,
        prose: text,
        commands: list(object({ line: text, changes: flag })),
      }),
    ),
  });

  protected async work(
    _session: Session,
    _flags: FlagsOf<typeof RunbookShow>,
    { name }: ArgsOf<typeof RunbookShow>,
  ): Promise<Outcome> {
    const { readRunbook } = await import("../../runbooks/runbook.ts");
    const { text: page, ...data } = readRunbook(name);
    return { data, text: page };
  }
}
