import { Args } from "@oclif/core";
import { changeFlags } from "../../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { count, object, perReplicaChange } from "../../schema.ts";

export class CacheWarm extends WfopsCommand<typeof CacheWarm> {
  static override summary = "Compile definitions before callers ask for them.";
  static override description =
    "One by one, and only while no caller waits for a compile. Each replica compiles what its caches do not know.";
  static override examples = ["<%= config.bin %> cache warm definitions/*.yaml --yes"];
  static override args = {
    file: Args.string({ description: "Definitions, or folders of them.", required: true, multiple: true }),
  };
  static override flags = { ...changeFlags };
  static override schema = perReplicaChange(object({ known: count, compiled: count, failed: count }));

  protected async work(
    session: Session,
    flags: FlagsOf<typeof CacheWarm>,
    { file }: ArgsOf<typeof CacheWarm>,
  ): Promise<Outcome> {
    const { operationsContract } = await import("../../contract.ts");
    const { changeFleet } = await import("../../change.ts");
    const { showBytes, showCount } = await import("../../measures.ts");
    const { readSources, batchesOf, sizeOf } = await import("../../warm-up.ts");
    const contract = await operationsContract();
    const sources = await readSources(file);
    const batches = batchesOf(sources);
    const wanted = `${showCount(sources.length, "definition")} (${showBytes(sizeOf(sources))})`;
    return changeFleet(session, flags, {
      command: "cache warm",
      what: `Compile ${wanted}`,
      replicas: await session.operations(),
      plan: async () => `compile what is not known of ${wanted}`,
      act: async (replica, reason) => {
        const total = { known: 0, compiled: 0, failed: 0 };
        for (const [index, batch] of batches.entries()) {
          session.terminal.progress(`${replica.address}: part ${index + 1} of ${batches.length}`);
          const items = batch.map((source) => ({ source, options: undefined }));
          const done = await replica.call(contract.warmCache, { items, reason });
          total.known += Number(done.known);
          total.compiled += Number(done.compiled);
          total.failed += Number(done.failed);
        }
        return total;
      },
      json: (total) => total,
      text: ({ known, compiled, failed }) => `${known} known already, ${compiled} compiled, ${failed} failed`,
    });
  }
}
