import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { chartFlag } from "../release/flags.ts";
import { count, flag, list, nullable, object, oneOf, text } from "../schema.ts";

export class Scale extends WfopsCommand<typeof Scale> {
  static override summary = "Change how many replicas run in Kubernetes.";
  static override description =
    `Sets replicaCount of the release through Helm, so that the next deployment keeps it, and waits until the replicas are ready. Nothing else of the release changes: where something would, this refuses. A canary and the slot beside it share the number by their weight; otherwise each slot has it. A number that was set past Helm, by kubectl scale, is taken over. \`wfops history\` has the reason; \`wfops rollback\` goes back to before the release that was scaled.

Where an autoscaler decides, this refuses.`;
  static override examples = ['<%= config.bin %> scale 5 --reason "sale on Friday"'];
  static override args = {
    replicas: Args.integer({ description: "How many.", required: true, min: 1, max: 1_000 }),
  };
  static override flags = {
    chart: chartFlag,
    wait: Flags.boolean({
      description: "Wait until they are ready, as long as --timeout says.",
      default: true,
      allowNo: true,
    }),
    ...changeFlags,
  };
  static override schema = object({
    dryRun: flag,
    release: text,
    from: count,
    to: count,
    deployments: list(
      object({ deployment: text, slot: oneOf("a", "b"), from: count, to: count, ready: nullable(count) }),
    ),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Scale>,
    { replicas }: ArgsOf<typeof Scale>,
  ): Promise<Outcome> {
    const { scaleRelease } = await import("../release/scale-command.ts");
    return scaleRelease(session, flags, replicas);
  }
}
