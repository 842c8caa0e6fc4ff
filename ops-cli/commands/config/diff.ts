import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { CliError, exitCodes } from "../../exit.ts";
import { list, object, perReplica, text } from "../../schema.ts";

export class ConfigDiff extends WfopsCommand<typeof ConfigDiff> {
  static override summary = "Show what a configuration file would change at every replica.";
  static override description =
    "Compares what the file sets with what each replica was started with. Environment variables count before a file: those that a replica has stay. Passwords are masked, so that a change of one alone is not seen. Exits with 100 where something would change.";
  static override examples = ["<%= config.bin %> config diff server.yaml"];
  static override args = { file: Args.string({ description: "YAML or JSON.", required: true }) };
  static override flags = {
    all: Flags.boolean({ description: "Also what the file leaves out, with its default.", default: false }),
  };
  static override schema = perReplica(object({ changes: list(object({ variable: text, from: text, to: text })) }));

  protected async work(
    session: Session,
    flags: FlagsOf<typeof ConfigDiff>,
    { file }: ArgsOf<typeof ConfigDiff>,
  ): Promise<Outcome> {
    const { effectiveValues, readConfigFile } = await import("../../config-file.ts");
    const { changesOf } = await import("../../config-view.ts");
    const { operationsContract } = await import("../../contract.ts");
    const { safe } = await import("../../layout.ts");
    const { askFleet, fleetOutcome } = await import("../../replicas.ts");
    const { values, findings } = readConfigFile(file);
    if (findings.some(({ severity }) => severity === "error")) {
      throw new CliError("config-invalid", `${file} is not good`, [`See \`wfops config validate ${file}\`.`], 100);
    }
    const effective = effectiveValues(values);
    const next = flags.all ? effective : new Map([...effective].filter(([variable]) => values.has(variable)));
    const contract = await operationsContract();
    const { style } = session.terminal;
    const answers = await askFleet(session, async (replica) => {
      const { settings } = await replica.call(contract.getConfig, {});
      return changesOf(settings, next);
    });
    const differs = answers.some(({ value }) => value !== null && value.length > 0);
    return fleetOutcome(session, answers, {
      json: (changes) => ({ changes }),
      text: (changes, address) => {
        const lines = changes.flatMap(({ variable, from, to }) => [
          style("bad", safe(`- ${variable}: ${from}`)),
          style("good", safe(`+ ${variable}: ${to}`)),
        ]);
        return [style("bold", address), ...(lines.length === 0 ? ["nothing would change"] : lines)].join("\n");
      },
      exitCode: differs ? exitCodes.findings : exitCodes.fine,
    });
  }
}
