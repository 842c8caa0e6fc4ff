import { Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { count, object, oneOf, perReplicaChange } from "../schema.ts";

export class Drain extends WfopsCommand<typeof Drain> {
  static override summary = "Take replicas out of service, put them back, or end them.";
  static override description =
    "Without a flag a replica is held: health says NOT_SERVING, new calls are sent away, and calls under way finish; this waits for them as long as --timeout says. The process stays, and its operators' service answers. --resume puts it back. --stop drains and ends it, as SIGTERM does.";
  static override examples = [
    "<%= config.bin %> drain --operations 10.0.0.1:50052",
    "<%= config.bin %> drain --resume --operations 10.0.0.1:50052",
  ];
  static override flags = {
    resume: Flags.boolean({ description: "Put held replicas back into service.", default: false, exclusive: ["stop"] }),
    stop: Flags.boolean({ description: "Drain, then end the process.", default: false }),
    ...changeFlags,
  };
  static override schema = perReplicaChange(
    object({ state: oneOf("starting", "serving", "held", "stopping"), callsInFlight: count }),
  );

  protected async work(session: Session, flags: FlagsOf<typeof Drain>): Promise<Outcome> {
    const { changeFleet } = await import("../change.ts");
    const { operationsContract } = await import("../contract.ts");
    const { drainActions, holdReplica, servingName } = await import("../draining.ts");
    const { showCount } = await import("../measures.ts");
    const contract = await operationsContract();
    const word = flags.resume ? "resume" : flags.stop ? "stop" : "hold";
    const questions = {
      hold: "Hold, so that no new calls are served",
      resume: "Put back into service",
      stop: "Drain and end the process",
    } as const;
    return changeFleet(session, flags, {
      command: "drain",
      what: questions[word],
      replicas: await session.operations(),
      plan: async (replica) => {
        const { state, load } = await replica.call(contract.getStatus, {});
        return `${word}; it is ${servingName(state)}, with ${showCount(load?.callsInFlight ?? 0, "call")} under way`;
      },
      act: (replica, reason) =>
        word === "hold"
          ? holdReplica(session, replica, reason)
          : replica.call(contract.drain, { action: drainActions[word], reason }),
      json: ({ state, callsInFlight }) => ({ state: servingName(state), callsInFlight }),
      text: ({ state, callsInFlight }) =>
        `${servingName(state)}, ${callsInFlight === 0 ? "no calls" : showCount(callsInFlight, "call")} under way`,
    });
  }
}
