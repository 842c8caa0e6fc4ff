import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { chartFlag, releaseFlags } from "../../release/flags.ts";
import { stepsSchema } from "../../release/views.ts";

export class RolloutAbort extends WfopsCommand<typeof RolloutAbort> {
  static override summary = "Take a rollout back: the old version gets all calls.";
  static override description =
    "Before a switch the new slot goes away. After it, as long as the old slot is kept, the release switches back to it at once, and the new one runs on without calls. What was changed past Helm is set back.";
  static override examples = ['<%= config.bin %> rollout abort --reason "answers are wrong"'];
  static override flags = { chart: chartFlag, ...releaseFlags };
  static override schema = stepsSchema;

  protected async work(session: Session, flags: FlagsOf<typeof RolloutAbort>): Promise<Outcome> {
    const { abortRollout } = await import("../../release/rollout-commands.ts");
    return abortRollout(session, flags);
  }
}
