import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { chartFlag, overwriteFlag, releaseFlags, waitBackFlag } from "../../release/flags.ts";
import { stepsSchema } from "../../release/views.ts";

export class RolloutStart extends WfopsCommand<typeof RolloutStart> {
  static override summary = "Start a new version beside the one that serves.";
  static override description =
    "A canary gets 10 percent of the calls; through a gateway, as soon as it runs without any. With blue-green the new version runs as a preview without calls, and has to compile a definition. Where it does not get ready, or fails the test, it is taken back.";
  static override examples = ["<%= config.bin %> rollout start --tag 0.2.0"];
  static override flags = {
    tag: Flags.string({
      description: "Tag of the image, or its digest (sha256:…).",
      helpValue: "TAG",
      required: true,
    }),
    preview: Flags.string({
      description: "Address of the preview service. Default: through kubectl port-forward.",
      helpValue: "ADDRESS",
    }),
    chart: chartFlag,
    "wait-back": waitBackFlag,
    overwrite: overwriteFlag,
    ...releaseFlags,
  };
  static override schema = stepsSchema;

  protected async work(session: Session, flags: FlagsOf<typeof RolloutStart>): Promise<Outcome> {
    const { startRollout } = await import("../../release/rollout-commands.ts");
    return startRollout(session, flags);
  }
}
