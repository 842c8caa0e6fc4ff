import {
  type BackupInfo,
  DrainAction,
  ServingState,
  type StoreStatus,
  type VerifyBackupResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { type BackupPlace, backupFields, chunksOf, placeOf } from "./backups.ts";
import { type ChangeFlags, reasonOf } from "./change.ts";
import type { Outcome, Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { holdReplica } from "./draining.ts";
import { CliError, exitCodes, usageError } from "./exit.ts";
import { fields } from "./layout.ts";
import { showBytes, showCount } from "./measures.ts";
import type { Terminal } from "./terminal.ts";

export async function verifyAt(
  replica: Replica,
  place: BackupPlace,
  terminal: Pick<Terminal, "progress">,
): Promise<VerifyBackupResponse> {
  const contract = await operationsContract();
  return replica.upload(contract.verifyBackup, verifyParts(place, terminal));
}

async function* verifyParts(place: BackupPlace, terminal: Pick<Terminal, "progress">) {
  if (place.kind === "name") yield { part: { $case: "name", value: place.name } as const };
  else {
    for await (const value of chunksOf(place.path, progressOf(terminal, "verifying", place.bytes)))
      yield { part: { $case: "chunk", value } as const };
  }
}

function progressOf(terminal: Pick<Terminal, "progress">, doing: string, total: number): (bytes: number) => void {
  return (bytes) => terminal.progress(`${doing}: ${showBytes(bytes)} of ${showBytes(total)}`);
}

interface RestoreFlags extends ChangeFlags {
  readonly replace: boolean;
}

/** How far a restore has come: told where it ends early. */
interface Position {
  step: string;
  restored: boolean;
  readonly held: Replica[];
  readonly resumed: string[];
}

export async function restoreBackup(session: Session, flags: RestoreFlags, written: string): Promise<Outcome> {
  const reason = reasonOf(flags, "backup restore");
  const place = placeOf(written);
  const { terminal } = session;
  const { replicas, first, store, serving } = await look(session);
  const { valid, problem, info } = await verifyAt(first, place, terminal);
  if (!valid || info === undefined) {
    throw new CliError("backup-invalid", `${written} is not good: ${problem}`, ["Nothing was changed."]);
  }
  const whole = fields(backupFields(info), terminal.columns);
  const data = { address: first.address, held: [], backup: info, auditIntact: null, resumed: [] };
  const plan = `would hold ${showCount(serving.length, "replica")} and replace the ${store.engine} store of ${first.address} (${showCount(store.deadLetters, "dead letter")} and the audit log) by\n${whole}`;
  if (flags["dry-run"]) return { data: { dryRun: true, ...data }, text: plan };
  if (terminal.interactive && !flags.yes) terminal.say(whole);
  const question = `Hold ${showCount(replicas.length, "replica")} and restore ${written} into the store of ${first.address}?`;
  await confirmChange(terminal, question, flags.yes);
  const position: Position = { step: "holding", restored: false, held: [], resumed: [] };
  try {
    return await restore(session, { first, serving, place, info, reason, replace: flags.replace }, position);
  } catch (fault) {
    throw await stoppedAt(fault, session, position, reason);
  }
}

async function look(session: Session) {
  const contract = await operationsContract();
  const replicas = await session.operations();
  const [first] = replicas;
  if (first === undefined) throw usageError("there is no replica to restore into");
  // Every one must answer: one that writes while another restores would be kept waiting unawares.
  const statuses = await Promise.all(replicas.map((replica) => replica.call(contract.getStatus, {})));
  const store = statuses[0]?.store;
  if (store === undefined) throw new Error("GetStatus answered without a store");
  if (store.engine === "sqlite" && replicas.length > 1) {
    throw usageError("these replicas have stores of their own", [`Name one, such as --operations ${first.address}.`]);
  }
  const serving = replicas.filter((_replica, index) => statuses[index]?.state !== ServingState.SERVING_STATE_HELD);
  return { replicas, first, store: store satisfies StoreStatus, serving };
}

interface RestorePlan {
  readonly first: Replica;
  readonly serving: readonly Replica[];
  readonly place: BackupPlace;
  readonly info: BackupInfo;
  readonly reason: string;
  readonly replace: boolean;
}

async function restore(session: Session, plan: RestorePlan, position: Position): Promise<Outcome> {
  const { first, serving, place, info, reason, replace } = plan;
  const contract = await operationsContract();
  const { terminal } = session;
  for (const replica of serving) {
    position.held.push(replica);
    await holdReplica(session, replica, reason);
    terminal.say(`held ${replica.address}`);
  }
  position.step = "restoring";
  await first.upload(contract.restoreBackup, restoreParts(place, { replace, reason }, terminal));
  position.restored = true;
  terminal.say("restored");
  position.step = "verifying the audit log";
  const { intact } = await first.call(contract.verifyAuditLog, { knownHeads: info.auditHeads });
  terminal.say(intact ? "the audit log is intact" : "the audit log is NOT intact: see `wfops audit verify`");
  position.step = "resuming";
  await resumeAll(position, reason);
  const held = serving.map(({ address }) => address);
  const { resumed } = position;
  return {
    data: { dryRun: false, address: first.address, held, backup: info, auditIntact: intact, resumed },
    text: `restored ${info.name || "the backup"} into the store of ${first.address}`,
    exitCode: intact ? exitCodes.fine : exitCodes.findings,
  };
}

async function* restoreParts(
  place: BackupPlace,
  { replace, reason }: { readonly replace: boolean; readonly reason: string },
  terminal: Pick<Terminal, "progress">,
) {
  const name = place.kind === "name" ? place.name : "";
  yield { part: { $case: "options", value: { name, replace, reason } } as const };
  if (place.kind === "name") return;
  for await (const value of chunksOf(place.path, progressOf(terminal, "restoring", place.bytes)))
    yield { part: { $case: "chunk", value } as const };
}

async function resumeAll({ held, resumed }: Position, reason: string): Promise<void> {
  const contract = await operationsContract();
  for (const replica of held) {
    if (resumed.includes(replica.address)) continue;
    await replica.call(contract.drain, { action: DrainAction.DRAIN_ACTION_RESUME, reason });
    resumed.push(replica.address);
  }
}

/** What to tell of a restore that ended early. Replicas are put back where the store is as it was. */
async function stoppedAt(fault: unknown, session: Session, position: Position, reason: string): Promise<unknown> {
  if (!(fault instanceof CliError)) return fault;
  const unknown = position.step === "restoring" && session.signal.aborted;
  const store = position.restored
    ? "The store holds the backup's content."
    : unknown
      ? "Whether the store was restored is not known; it holds either all of the backup or what it held before."
      : "The store is as it was.";
  if (!session.signal.aborted) await resumeAll(position, reason).catch(() => {});
  const waiting = position.held.map(({ address }) => address).filter((address) => !position.resumed.includes(address));
  const resume = `Still held: ${waiting.join(", ")}. Resume with \`wfops drain --resume --operations ${waiting.join(",")}\`.`;
  const replace = fault.message.includes("not empty") ? ["Give --replace to agree that what it holds is lost."] : [];
  const back = position.resumed.length > 0 ? [`Back in service: ${position.resumed.join(", ")}.`] : [];
  const next = [store, ...back, ...replace, ...(waiting.length > 0 ? [resume] : []), ...fault.next];
  const message = session.signal.aborted ? `interrupted while ${position.step}` : fault.message;
  return new CliError(fault.reason, message, next, fault.exitCode);
}
