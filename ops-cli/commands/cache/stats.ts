import { cacheSchema } from "../../cache-view.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { perReplica } from "../../schema.ts";

export class CacheStatsCommand extends WfopsCommand<typeof CacheStatsCommand> {
  static override summary = "Show what the cache of every replica holds and how well it serves.";
  static override description = "Counts are since the start of the replica.";
  static override examples = ["<%= config.bin %> cache stats"];
  static override schema = perReplica(cacheSchema);

  protected async work(session: Session, _flags: FlagsOf<typeof CacheStatsCommand>): Promise<Outcome> {
    const { cacheDetails } = await import("../../cache-view.ts");
    const { operationsContract } = await import("../../contract.ts");
    const { fields } = await import("../../layout.ts");
    const { askFleet, fleetOutcome } = await import("../../replicas.ts");
    const contract = await operationsContract();
    const { columns, style } = session.terminal;
    const answers = await askFleet(session, async (replica) => {
      const { stats } = await replica.call(contract.getCacheStats, {});
      if (stats === undefined) throw new Error("GetCacheStats answered without stats");
      return stats;
    });
    return fleetOutcome(session, answers, {
      json: (stats) => stats,
      text: (stats, address) => `${style("bold", address)}\n${fields(cacheDetails(stats), columns)}`,
    });
  }
}
