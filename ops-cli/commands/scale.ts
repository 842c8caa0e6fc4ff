import { Args, Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { count, flag, nullable, object, text } from "../schema.ts";

export class Scale extends WfopsCommand<typeof Scale> {
  static override summary = "Change how many replicas run in Kubernetes.";
  static override description =
    "Of the release's deployment, with kubectl, and waits until they are ready. It holds until the next deployment of the chart: to keep it, set replicaCount there. Where an autoscaler decides, this refuses. The reason is kept as the deployment's annotation kubernetes.io/change-cause.";
  static override examples = ['<%= config.bin %> scale 5 --reason "sale on Friday"'];
  static override args = {
    replicas: Args.integer({ description: "How many.", required: true, min: 0, max: 1_000 }),
  };
  static override flags = {
    slot: Flags.string({ description: "Of this slot, where a rollout has two.", options: ["a", "b"] }),
    wait: Flags.boolean({
      description: "Wait until they are ready, as long as --timeout says.",
      default: true,
      allowNo: true,
    }),
    ...changeFlags,
  };
  static override schema = object({
    dryRun: flag,
    deployment: text,
    from: count,
    to: count,
    ready: nullable(count),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Scale>,
    { replicas }: ArgsOf<typeof Scale>,
  ): Promise<Outcome> {
    const { scaleRelease } = await import("../scaling.ts");
    return scaleRelease(session, flags, replicas);
  }
}
