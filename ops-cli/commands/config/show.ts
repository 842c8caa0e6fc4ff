import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { flag, list, object, perReplica, text } from "../../schema.ts";

export class ConfigShow extends WfopsCommand<typeof ConfigShow> {
  static override summary = "Show the settings of every replica as they count now.";
  static override description =
    "Where replicas differ, each one's value is shown. Passwords are masked. See docs/configuration.md for what they mean.";
  static override examples = ["<%= config.bin %> config show --changed"];
  static override flags = {
    changed: Flags.boolean({ description: "Only those that are not the default.", default: false }),
  };
  static override schema = perReplica(
    object({ settings: list(object({ variable: text, value: text, isDefault: flag, changedTo: text })) }),
  );

  protected async work(session: Session, flags: FlagsOf<typeof ConfigShow>): Promise<Outcome> {
    const { settingsText } = await import("../../config-view.ts");
    const { operationsContract } = await import("../../contract.ts");
    const { askFleet, fleetOutcome } = await import("../../replicas.ts");
    const contract = await operationsContract();
    const answers = await askFleet(session, async (replica) => {
      const { settings } = await replica.call(contract.getConfig, {});
      return settings.filter(({ isDefault, changedTo }) => !flags.changed || !isDefault || changedTo !== "");
    });
    const { data, exitCode } = fleetOutcome(session, answers, {
      json: (settings) => ({ settings }),
      text: () => "",
    });
    const known = answers.flatMap(({ address, value }) => (value === null ? [] : [{ address, settings: value }]));
    const text = settingsText(known, session.terminal);
    return { data, text, ...(exitCode === undefined ? {} : { exitCode }) };
  }
}
