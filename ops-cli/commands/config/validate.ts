import { Args } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { exitCodes } from "../../exit.ts";
import { count, flag, list, object, oneOf, text } from "../../schema.ts";

export class ConfigValidate extends WfopsCommand<typeof ConfigValidate> {
  static override summary = "Check a server's configuration file before a server reads it.";
  static override description =
    "The file of WFC_CONFIG_FILE. Asks no server; what the environment sets besides is not known here. Exits with 100 where no server would start with it.";
  static override examples = ["<%= config.bin %> config validate server.yaml"];
  static override args = { file: Args.string({ description: "YAML or JSON.", required: true }) };
  static override schema = object({
    valid: flag,
    findings: list(
      object({ severity: oneOf("error", "warning"), variable: text, message: text, line: count, column: count }),
    ),
  });

  protected async work(
    session: Session,
    _flags: FlagsOf<typeof ConfigValidate>,
    { file }: ArgsOf<typeof ConfigValidate>,
  ): Promise<Outcome> {
    const { readConfigFile } = await import("../../config-file.ts");
    const { findingsText } = await import("../../config-view.ts");
    const { findings } = readConfigFile(file);
    const valid = findings.every(({ severity }) => severity !== "error");
    return {
      data: { valid, findings },
      text: findingsText(file, findings, session.terminal.style),
      exitCode: valid ? exitCodes.fine : exitCodes.findings,
    };
  }
}
