import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { chartFlag, overwriteFlag, prometheusFlag, releaseFlags, waitBackFlag } from "../../release/flags.ts";
import { stepsSchema } from "../../release/views.ts";

export class RolloutPromote extends WfopsCommand<typeof RolloutPromote> {
  static override summary = "Give the new version all calls, step by step.";
  static override description =
    `A canary goes from 10 to 50 to 100 percent, and then becomes the active slot. At each step it is watched: its health and, with a Prometheus, its share of failed calls and its p99, against those of the old slot. Where it is worse, the rollout is aborted and the old slot gets all calls back.

Blue-green switches at once, after a smoke test through the preview service. The old slot is kept as the way back; promote removes it when its time is over.

An interrupted promotion stays where it is: promote goes on from there.`;
  static override examples = [
    "<%= config.bin %> rollout promote --prometheus http://127.0.0.1:9090 --bake 10m",
    "<%= config.bin %> rollout promote --once",
  ];
  static override flags = {
    bake: Flags.string({
      description: "How long a canary is watched at each step.",
      default: "5m",
      helpValue: "DURATION",
    }),
    keep: Flags.string({
      description: "How long the old slot is kept after the switch.",
      default: "48h",
      helpValue: "DURATION",
    }),
    once: Flags.boolean({ description: "Take one step, and no more.", default: false }),
    "drop-old": Flags.boolean({
      description: "Remove the old slot, which is kept as the way back, before its time.",
      default: false,
    }),
    preview: Flags.string({
      description: "Address of the preview service. Default: through kubectl port-forward.",
      helpValue: "ADDRESS",
    }),
    prometheus: prometheusFlag,
    chart: chartFlag,
    "wait-back": waitBackFlag,
    overwrite: overwriteFlag,
    ...releaseFlags,
  };
  static override schema = stepsSchema;

  protected async work(session: Session, flags: FlagsOf<typeof RolloutPromote>): Promise<Outcome> {
    const { promoteRollout } = await import("../../release/rollout-commands.ts");
    return promoteRollout(session, flags);
  }
}
