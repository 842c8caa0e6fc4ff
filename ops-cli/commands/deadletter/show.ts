import { writeFileSync } from "node:fs";
import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { letterSchema } from "../../letter-schema.ts";
import { flag, nullable, object, text } from "../../schema.ts";

export class DeadletterShow extends WfopsCommand<typeof DeadletterShow> {
  static override summary = "Show one dead letter with its definition.";
  static override description = "Secrets were taken out of the definition before it was kept.";
  static override examples = [
    "<%= config.bin %> deadletter show 0198c2e4",
    "<%= config.bin %> deadletter show 0198c2e4 --out failed.yaml && <%= config.bin %> validate failed.yaml",
  ];
  static override args = { id: Args.string({ description: "See `deadletter list`.", required: true }) };
  static override flags = {
    out: Flags.string({ char: "o", description: "Write the definition to this file.", helpValue: "FILE" }),
  };
  static override schema = object({
    address: text,
    deadLetter: letterSchema,
    source: nullable(object({ format: text, content: text })),
    options: nullable(object({ target: text, allowInlineCode: flag })),
  });

  protected async work(
    session: Session,
    { out }: FlagsOf<typeof DeadletterShow>,
    { id }: ArgsOf<typeof DeadletterShow>,
  ): Promise<Outcome> {
    const { operationsContract } = await import("../../contract.ts");
    const { fields, safe } = await import("../../layout.ts");
    const { letterFields, letterJson, sourceJson, optionsJson } = await import("../../letters.ts");
    const { firstThatKnows } = await import("../../replicas.ts");
    const contract = await operationsContract();
    const { replica, value } = await firstThatKnows(session, (asked) => asked.call(contract.getDeadLetter, { id }));
    const { deadLetter, source, options } = value;
    if (deadLetter === undefined) throw new Error("GetDeadLetter answered without a dead letter");
    const json = sourceJson(source);
    if (out !== undefined && source !== undefined) writeFileSync(out, source.content);
    const content = json === null ? "The definition was not kept." : safe(json.content);
    const { columns } = session.terminal;
    const shown = out === undefined ? `\n\n${content}` : "";
    if (out !== undefined) session.terminal.say(`wrote ${out}`);
    return {
      data: {
        address: replica.address,
        deadLetter: letterJson(deadLetter),
        source: json,
        options: optionsJson(options),
      },
      text: `${fields(letterFields(deadLetter), columns, "")}${shown}`,
    };
  }
}
