import { readFileSync, writeFileSync } from "node:fs";
import { Flags } from "@oclif/core";
import { headSchema } from "../../audit-schema.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { exitCodes, usageError } from "../../exit.ts";
import { count, flag, list, nullable, object, oneOf, perReplica, text } from "../../schema.ts";

const kinds = ["altered", "missing", "truncated", "forged", "rewritten", "no-chain"] as const;

export class AuditVerify extends WfopsCommand<typeof AuditVerify> {
  static override summary = "Prove that nobody has altered the audit log.";
  static override description =
    "Reads the whole log and checks its hash chains, about a second for 100,000 records: give it --timeout where there are millions. Heads that were kept elsewhere prove more: that the log still holds what it held then. Exits with 100 where something is wrong.";
  static override examples = [
    "<%= config.bin %> audit verify --save-heads heads.json",
    "<%= config.bin %> audit verify --heads heads.json --operations 10.0.0.1:50052",
  ];
  static override flags = {
    heads: Flags.string({
      description: "Heads of an earlier run. Where replicas have stores of their own, ask the one they are of.",
      helpValue: "FILE",
    }),
    "save-heads": Flags.string({ description: "Write the heads to this file. Keep it elsewhere.", helpValue: "FILE" }),
  };
  static override schema = perReplica(
    object({
      intact: flag,
      records: count,
      declaredLost: count,
      chains: list(
        object({
          chain: text,
          firstSequence: count,
          lastSequence: count,
          records: count,
          declaredLost: count,
          fault: nullable(object({ kind: oneOf(...kinds), sequence: count, message: text })),
        }),
      ),
      heads: list(headSchema),
    }),
  );

  protected async work(session: Session, flags: FlagsOf<typeof AuditVerify>): Promise<Outcome> {
    const { parseHeads } = await import("../../audit-events.ts");
    const { chainsText, verifiedJson } = await import("../../audit-chains.ts");
    const { operationsContract } = await import("../../contract.ts");
    const { askFleet, fleetOutcome } = await import("../../replicas.ts");
    const contract = await operationsContract();
    const knownHeads = flags.heads === undefined ? [] : parseHeads(readText(flags.heads), flags.heads);
    const answers = await askFleet(session, (replica) => replica.call(contract.verifyAuditLog, { knownHeads }));
    const heads = new Map(
      answers.flatMap(({ value }) => value?.heads ?? []).map((head) => [`${head.chain} ${head.hash}`, head]),
    );
    const saved = flags["save-heads"];
    if (saved !== undefined) {
      const numbers = [...heads.values()].map((head) => ({ ...head, sequence: Number(head.sequence) }));
      writeFileSync(saved, `${JSON.stringify({ heads: numbers }, null, 2)}\n`);
      session.terminal.say(`wrote ${saved}`);
    }
    const intact = answers.every(({ value }) => value === null || value.intact);
    return fleetOutcome(session, answers, {
      json: verifiedJson,
      text: (verified, address) => chainsText(verified, address, session.terminal),
      exitCode: intact ? exitCodes.fine : exitCodes.findings,
    });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw usageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
