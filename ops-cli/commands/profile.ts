import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { count, flag, nullable, object, oneOf, text, time } from "../schema.ts";

const kinds = ["cpu", "heap", "allocations"];

export class Profile extends WfopsCommand<typeof Profile> {
  static override summary = "Record where a replica's time or memory goes.";
  static override description =
    "The file opens in the developer tools of Chrome. A profile of the processor or of allocations costs a few per cent while it records. A heap snapshot stops the replica, about a second for 100 MB, needs as much memory again, and holds whatever is in memory, passwords included: it asks first. Hold the replica before (`wfops drain`).";
  static override examples = [
    "<%= config.bin %> profile cpu --duration 30s --operations 10.0.0.1:50052",
    "<%= config.bin %> profile heap --out leak.heapsnapshot --operations 10.0.0.1:50052",
  ];
  static override args = {
    kind: Args.string({ description: "What to record.", options: kinds, required: true }),
  };
  static override flags = {
    out: Flags.string({ char: "o", description: "Default: the server's name for it, here.", helpValue: "FILE" }),
    duration: Flags.string({
      description: "How long to record, 100ms to 1m. A heap snapshot takes what it takes.",
      default: "10s",
      helpValue: "DURATION",
    }),
    ...changeFlags,
  };
  static override schema = object({
    dryRun: flag,
    address: text,
    kind: oneOf(...kinds),
    file: nullable(text),
    sizeBytes: nullable(count),
    startedAt: nullable(time),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Profile>,
    { kind }: ArgsOf<typeof Profile>,
  ): Promise<Outcome> {
    const { captureProfile } = await import("../profile-capture.ts");
    return captureProfile(session, flags, kind);
  }
}
