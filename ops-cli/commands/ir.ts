import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { list, object, text } from "../schema.ts";
import { findingSchema } from "../validation-schema.ts";

export class Ir extends WfopsCommand<typeof Ir> {
  static override summary = "Show a definition as the compiler sees it.";
  static override description =
    "Prints the compiler's own form of the program, before it is structured: for those who want to know why a module is as it is. It changes with the compiler. Exits with 100 where the definition has errors; what could be read is printed all the same.";
  static override examples = ["<%= config.bin %> ir order.yaml"];
  static override args = {
    file: Args.string({ description: "A definition, or - for standard input.", required: true, ignoreStdin: true }),
  };
  static override flags = {
    "allow-inline-code": Flags.boolean({ description: "Let the definition bring code of its own.", default: false }),
  };
  static override schema = object({ path: text, ir: text, findings: list(findingSchema) });

  protected async work(session: Session, flags: FlagsOf<typeof Ir>, { file }: ArgsOf<typeof Ir>): Promise<Outcome> {
    const { showIr } = await import("../views.ts");
    return showIr(session, file, flags["allow-inline-code"]);
  }
}
