import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { limitSchema } from "../../rates.ts";
import { list, object, perReplica } from "../../schema.ts";

export class RatelimitShow extends WfopsCommand<typeof RatelimitShow> {
  static override summary = "Show the rate limits of every replica and what they have refused.";
  static override examples = ["<%= config.bin %> ratelimit show"];
  static override schema = perReplica(object({ limits: list(limitSchema) }));

  protected async work(session: Session, _flags: FlagsOf<typeof RatelimitShow>): Promise<Outcome> {
    const { operationsContract } = await import("../../contract.ts");
    const { listing } = await import("../../layout.ts");
    const { limitJson, showRate } = await import("../../rates.ts");
    const { askFleet, fleetOutcome } = await import("../../replicas.ts");
    const contract = await operationsContract();
    const { columns, style } = session.terminal;
    const answers = await askFleet(session, (replica) => replica.call(contract.getRateLimits, {}));
    const head = ["LIMIT", "NOW", "SETTINGS", "REFUSED", "OF"];
    return fleetOutcome(session, answers, {
      json: ({ limits }) => ({ limits: limits.map(limitJson) }),
      text: ({ limits }, address) => {
        const rows = limits.map(({ name, rate, configured, refused, description }) => {
          const now = showRate(rate);
          const changed = now !== showRate(configured);
          return [name, changed ? style("warning", now) : now, showRate(configured), String(refused), description];
        });
        return `${style("bold", address)}\n${listing(head, rows, columns)}`;
      },
    });
  }
}
