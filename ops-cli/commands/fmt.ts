import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { findDefinitions } from "../definitions.ts";
import { list, nullable, object, oneOf, text } from "../schema.ts";
import { failureSchema } from "../validation-schema.ts";

export class Fmt extends WfopsCommand<typeof Fmt> {
  static override summary = "Format definitions.";
  static override description =
    `Two blanks for each level; JSON that fits is one line, and numbers, texts and the order of keys stay as they were written. Comments and anchors of YAML stay. A file whose meaning would change is left alone. Needs no server.

Standard input is formatted to standard output. With --check nothing is written, and the exit code is 100 where something would be.`;
  static override examples = ["<%= config.bin %> fmt order.yaml", "<%= config.bin %> fmt workflows/*.yaml --check"];
  static override args = {
    files: Args.string({
      name: "FILE",
      description: "JSON or YAML files, or - for standard input.",
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    check: Flags.boolean({ description: "Only say what is not formatted.", default: false }),
  };
  static override schema = object({
    files: list(
      object({
        path: text,
        state: oneOf("formatted", "unformatted", "written", "failed"),
        content: nullable(text),
        failure: failureSchema,
      }),
    ),
  });

  protected async work(session: Session, flags: FlagsOf<typeof Fmt>, { files }: ArgsOf<typeof Fmt>): Promise<Outcome> {
    const { formatFiles } = await import("../formatting.ts");
    return formatFiles(session, findDefinitions(files, "refuse"), flags.check);
  }
}
