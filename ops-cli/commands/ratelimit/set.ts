import { Args } from "@oclif/core";
import { changeFlags } from "../../change.ts";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { limitSchema, optionalRateSchema } from "../../rates.ts";
import { object, perReplicaChange } from "../../schema.ts";

export class RatelimitSet extends WfopsCommand<typeof RatelimitSet> {
  static override summary = "Change a rate limit until the replica ends.";
  static override description =
    "At once, and for callers that are known already too. To keep it, change the setting as well: it counts again after the next start.";
  static override examples = [
    '<%= config.bin %> ratelimit set call 200/1m+50 --reason "import of the old catalogue"',
    "<%= config.bin %> ratelimit set call configured --yes",
  ];
  static override args = {
    name: Args.string({ description: "Such as call: see `ratelimit show`.", required: true }),
    rate: Args.string({
      description:
        "Such as 100/1m+20 (100 a minute, at most 20 at once), off, or configured for what the settings say.",
      required: true,
    }),
  };
  static override flags = { ...changeFlags };
  static override schema = perReplicaChange(object({ limit: limitSchema, previous: optionalRateSchema }));

  protected async work(
    session: Session,
    flags: FlagsOf<typeof RatelimitSet>,
    { name, rate }: ArgsOf<typeof RatelimitSet>,
  ): Promise<Outcome> {
    const { operationsContract } = await import("../../contract.ts");
    const { changeFleet } = await import("../../change.ts");
    const { limitJson, limitNamed, readRate, showRate } = await import("../../rates.ts");
    const contract = await operationsContract();
    const change = readRate(rate);
    return changeFleet(session, flags, {
      command: "ratelimit set",
      what: `Set the rate limit ${name} to ${rate}`,
      replicas: await session.operations(),
      plan: async (replica) => {
        const { limits } = await replica.call(contract.getRateLimits, {});
        const limit = limitNamed(limits, name);
        const next = change.$case === "configured" ? showRate(limit.configured) : rate;
        return `change ${name} from ${showRate(limit.rate)} to ${next}`;
      },
      act: async (replica, reason) => {
        const { limit, previous } = await replica.call(contract.setRateLimit, { name, change, reason });
        if (limit === undefined) throw new Error("SetRateLimit answered without a limit");
        return { limit, previous };
      },
      json: ({ limit, previous }) => ({ limit: limitJson(limit), previous: previous ?? null }),
      text: ({ limit, previous }) => `${limit.name} is ${showRate(limit.rate)}; it was ${showRate(previous)}`,
    });
  }
}
