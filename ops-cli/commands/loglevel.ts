import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";
import { type ArgsOf, durationMs, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { count, nullable, object, perReplicaChange, text } from "../schema.ts";

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

export class Loglevel extends WfopsCommand<typeof Loglevel> {
  static override summary = "Show how much every replica logs, or change it until it ends.";
  static override examples = [
    "<%= config.bin %> loglevel",
    '<%= config.bin %> loglevel debug --for 10m --reason "looking for slow calls"',
  ];
  static override args = {
    level: Args.string({ description: "The least important lines that are logged.", options: levels }),
  };
  static override flags = {
    for: Flags.string({
      description: "Go back after so long, at most 1d, such as 10m. Default: stay.",
      helpValue: "DURATION",
    }),
    ...changeFlags,
  };
  static override schema = perReplicaChange(
    object({ level: text, previousLevel: nullable(text), durationSeconds: count }),
  );

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Loglevel>,
    { level }: ArgsOf<typeof Loglevel>,
  ): Promise<Outcome> {
    const { operationsContract } = await import("../contract.ts");
    const { changeFleet } = await import("../change.ts");
    const { showDuration } = await import("../measures.ts");
    const contract = await operationsContract();
    const durationSeconds = flags.for === undefined ? 0 : Math.ceil(durationMs(flags.for, "--for") / 1_000);
    if (level === undefined) return this.shown(session);
    const until = durationSeconds === 0 ? "" : ` for ${showDuration(durationSeconds * 1_000)}`;
    return changeFleet(session, flags, {
      command: "loglevel",
      what: `Log ${level} and above${until}`,
      replicas: await session.operations(),
      plan: async (replica) => {
        const { logLevel } = await replica.call(contract.getStatus, {});
        return `change the log level from ${logLevel} to ${level}${until}`;
      },
      act: (replica, reason) => replica.call(contract.setLogLevel, { level, durationSeconds, reason }),
      json: ({ previousLevel }) => ({ level, previousLevel, durationSeconds }),
      text: ({ previousLevel }) => `logs ${level}${until}; it was ${previousLevel}`,
    });
  }

  private async shown(session: Session): Promise<Outcome> {
    const { operationsContract } = await import("../contract.ts");
    const { askFleet, changelessOutcome } = await import("../replicas.ts");
    const contract = await operationsContract();
    const answers = await askFleet(session, (replica) => replica.call(contract.getStatus, {}));
    return changelessOutcome(session, answers, {
      json: ({ logLevel }) => ({ level: logLevel, previousLevel: null, durationSeconds: 0 }),
      text: ({ logLevel }, address) => `${session.terminal.style("bold", address)}  ${logLevel}`,
    });
  }
}
