import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { chartFlag, overwriteFlag, releaseFlags } from "../release/flags.ts";
import { count, flag, list, nullable, object, oneOf, text } from "../schema.ts";

export class Deploy extends WfopsCommand<typeof Deploy> {
  static override summary = "Install the chart, or upgrade the release.";
  static override description =
    "What was given to the release before stays, unless --reset-values is given. Shows what will change, asks, waits until all replicas are ready, and verifies with a real Compile through --server where that can be reached. A new version of a release with slots is started with `wfops rollout start`.";
  static override examples = [
    "<%= config.bin %> deploy --values production.yaml --image-tag 0.2.0",
    "<%= config.bin %> deploy --set replicaCount=5 --dry-run",
  ];
  static override flags = {
    chart: chartFlag,
    set: Flags.string({ description: "A value, as Helm takes it.", helpValue: "NAME=VALUE", multiple: true }),
    values: Flags.string({ description: "A file of values.", helpValue: "FILE", multiple: true }),
    "image-tag": Flags.string({ description: "Tag of the image.", helpValue: "TAG" }),
    "reset-values": Flags.boolean({ description: "Forget the values that were given before.", default: false }),
    overwrite: overwriteFlag,
    ...releaseFlags,
  };
  static override schema = object({
    dryRun: flag,
    from: nullable(count),
    to: nullable(count),
    diff: text,
    setBack: list(text),
    verified: nullable(flag),
    slots: list(object({ slot: oneOf("a", "b"), image: text, wanted: count, ready: count, restarts: count })),
  });

  protected async work(session: Session, flags: FlagsOf<typeof Deploy>): Promise<Outcome> {
    const { deploy } = await import("../release/deploy-command.ts");
    return deploy(session, flags);
  }
}
