import { Args } from "@oclif/core";
import { changeFlags } from "../../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { object, perReplicaChange, text } from "../../schema.ts";

export class RatelimitReset extends WfopsCommand<typeof RatelimitReset> {
  static override summary = "Forget what callers have used of their rate limits.";
  static override description = "With Redis, for all replicas.";
  static override examples = [
    "<%= config.bin %> ratelimit reset builder.example.com",
    "<%= config.bin %> ratelimit reset --yes",
  ];
  static override args = {
    principal: Args.string({
      description: "A principal, or the address of a caller without a name. Default: all callers.",
    }),
  };
  static override flags = { ...changeFlags };
  static override schema = perReplicaChange(object({ principal: text }));

  protected async work(
    session: Session,
    flags: FlagsOf<typeof RatelimitReset>,
    { principal = "" }: ArgsOf<typeof RatelimitReset>,
  ): Promise<Outcome> {
    const { operationsContract } = await import("../../contract.ts");
    const { changeFleet } = await import("../../change.ts");
    const contract = await operationsContract();
    const whose = principal === "" ? "all callers" : principal;
    return changeFleet(session, flags, {
      command: "ratelimit reset",
      what: `Forget what ${whose} used of the rate limits`,
      replicas: await session.operations(),
      plan: async (replica) => {
        // It answers at all, and lets us in.
        await replica.call(contract.getRateLimits, {});
        return `fill the buckets of ${whose}`;
      },
      act: async (replica, reason) => {
        await replica.call(contract.resetRateLimits, { principal, reason });
        return { principal };
      },
      json: (done) => done,
      text: () => `filled the buckets of ${whose}`,
    });
  }
}
