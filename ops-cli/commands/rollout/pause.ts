import { changeFlags } from "../../change.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { stepsSchema } from "../../release/views.ts";

export class RolloutPause extends WfopsCommand<typeof RolloutPause> {
  static override summary = "Keep a canary at its weight.";
  static override description =
    "A promotion that is under way, wherever it runs, stops before its next step. `wfops rollout promote` goes on.";
  static override examples = ["<%= config.bin %> rollout pause"];
  static override flags = { ...changeFlags };
  static override schema = stepsSchema;

  protected async work(session: Session, flags: FlagsOf<typeof RolloutPause>): Promise<Outcome> {
    const { pauseRollout } = await import("../../release/rollout-commands.ts");
    return pauseRollout(session, flags);
  }
}
