import type { FlagsOf, Outcome, Session } from "../command.ts";
import { WfopsCommand } from "../command.ts";
import { statusSchema } from "../status-schema.ts";

export class Status extends WfopsCommand<typeof Status> {
  static override summary = "Show how every replica is.";
  static override description =
    "Version, health, uptime, load, cache, limits, store, certificates and the last errors of each replica. Exits with 1 where one does not answer.";
  static override examples = [
    "<%= config.bin %> status",
    "<%= config.bin %> status --operations 10.0.0.1:50052,10.0.0.2:50052",
  ];
  static override schema = statusSchema;

  protected async work(session: Session, _flags: FlagsOf<typeof Status>): Promise<Outcome> {
    const { operationsContract } = await import("../contract.ts");
    const { askFleet, fleetOutcome } = await import("../replicas.ts");
    const { statusJson, statusText } = await import("../status-view.ts");
    const contract = await operationsContract();
    const answers = await askFleet(session, (replica) => replica.call(contract.getStatus, {}));
    return fleetOutcome(session, answers, {
      json: statusJson,
      text: (status, address) => statusText(status, address, session.terminal),
    });
  }
}
