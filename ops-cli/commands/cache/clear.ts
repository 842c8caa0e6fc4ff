import { Flags } from "@oclif/core";
import { changeFlags } from "../../change.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { count, flag, object, perReplicaChange } from "../../schema.ts";

export class CacheClear extends WfopsCommand<typeof CacheClear> {
  static override summary = "Forget compiled answers.";
  static override description =
    "No call fails because of it: what was forgotten is compiled again when it is asked for, so expect more load for a while.";
  static override examples = [
    "<%= config.bin %> cache clear",
    '<%= config.bin %> cache clear --all --yes --reason "stale answers after the release"',
  ];
  static override flags = {
    all: Flags.boolean({
      description: "Also the cache that replicas share, and the artifacts in the store.",
      default: false,
    }),
    ...changeFlags,
  };
  static override schema = perReplicaChange(object({ entries: count, everywhere: flag }));

  protected async work(session: Session, flags: FlagsOf<typeof CacheClear>): Promise<Outcome> {
    const { CacheScope, OperationsServiceService: contract } = await import(
      "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts"
    );
    const { changeFleet } = await import("../../change.ts");
    const { showBytes, showCount } = await import("../../measures.ts");
    const scope = flags.all ? CacheScope.CACHE_SCOPE_ALL : CacheScope.CACHE_SCOPE_REPLICA;
    const also = flags.all ? ", the shared cache and the stored artifacts" : "";
    return changeFleet(session, flags, {
      command: "cache clear",
      what: `Forget the compiled answers in memory${also}`,
      replicas: await session.operations(),
      plan: async (replica) => {
        const { stats } = await replica.call(contract.getCacheStats, {});
        const held = `forget ${showCount(stats?.entries ?? 0n, "answer")} (${showBytes(stats?.sizeBytes ?? 0n)})`;
        return flags.all ? `${held} and ${showCount(stats?.storedArtifacts ?? 0n, "stored artifact")}` : held;
      },
      act: (replica, reason) => replica.call(contract.clearCache, { scope, reason }),
      json: (cleared) => cleared,
      text: ({ entries, everywhere }) => {
        const told = everywhere ? ", and told all replicas" : "; the other replicas could not be told: clear each";
        return `forgot ${showCount(entries, "answer")}${flags.all ? told : ""}`;
      },
    });
  }
}
