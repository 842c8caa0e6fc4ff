import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { prometheusFlag } from "../../release/flags.ts";
import { rolloutSchema, verdictsSchema } from "../../release/views.ts";
import { object } from "../../schema.ts";

export class RolloutStatus extends WfopsCommand<typeof RolloutStatus> {
  static override summary = "Show where a rollout stands.";
  static override description =
    "Read from the release itself, so that it is right after any interruption. With a Prometheus, the calls of the new slot are compared with those of the old one.";
  static override examples = ["<%= config.bin %> rollout status --prometheus http://127.0.0.1:9090"];
  static override flags = { prometheus: prometheusFlag };
  static override schema = object({ rollout: rolloutSchema, comparison: verdictsSchema });

  protected async work(session: Session, flags: FlagsOf<typeof RolloutStatus>): Promise<Outcome> {
    const { showStatus } = await import("../../release/rollout-commands.ts");
    return showStatus(session, flags);
  }
}
