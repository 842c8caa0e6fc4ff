import { Flags } from "@oclif/core";
import type { Outcome, Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import type { Replica } from "./connection.ts";
import { CliError, exitCodes, usageError } from "./exit.ts";
import { safe } from "./layout.ts";
import { failureOf, tellFailure } from "./replicas.ts";

/** Flags of every command that changes something. */
export const changeFlags = {
  yes: Flags.boolean({
    char: "y",
    description: "Make the change without asking. Needed where there is no terminal to ask at.",
    helpGroup: "CHANGE",
    default: false,
  }),
  "dry-run": Flags.boolean({
    description: "Say what would be changed, and change nothing.",
    helpGroup: "CHANGE",
    default: false,
  }),
  reason: Flags.string({
    description: "Why, for the audit log; up to 500 characters. Default: the name of the command.",
    helpGroup: "CHANGE",
    helpValue: "TEXT",
  }),
};

export interface ChangeFlags {
  readonly yes: boolean;
  readonly "dry-run": boolean;
  readonly reason?: string | undefined;
}

const MAX_REASON = 500;

/** What the audit log is told. The server wants a reason for each change; without one the log names the command at least. */
export function reasonOf({ reason }: Pick<ChangeFlags, "reason">, command: string): string {
  if (reason === undefined) return `wfops ${command}`;
  if (reason.trim() !== "" && reason.length <= MAX_REASON && !/\p{Cc}/u.test(reason)) return reason;
  throw usageError(`--reason must have 1 to ${MAX_REASON} characters, none of them a control character`);
}

export interface FleetChange<T> {
  /** Such as `cache clear`. */
  readonly command: string;
  /** Whose change is asked about, such as `Forget the compiled answers`. */
  readonly what: string;
  readonly replicas: readonly Replica[];
  /** What would change at this replica, in one sentence; changes nothing. */
  readonly plan: (replica: Replica) => Promise<string>;
  readonly act: (replica: Replica, reason: string) => Promise<T>;
  readonly json: (value: T) => unknown;
  readonly text: (value: T) => string;
}

interface Changed<T> {
  readonly address: string;
  readonly plan: string | null;
  readonly value: T | null;
  readonly error: CliError | null;
}

/**
 * Changes one replica after the other: looks first, asks, then acts. A replica that fails keeps none of the others from
 * being changed, and makes the exit code 1.
 */
export async function changeFleet<T>(session: Session, flags: ChangeFlags, change: FleetChange<T>): Promise<Outcome> {
  const reason = reasonOf(flags, change.command);
  const { replicas, what } = change;
  const at = replicas.length === 1 ? `at ${replicas[0]?.address}` : `at ${replicas.length} replicas`;
  if (flags["dry-run"]) return changedOutcome(session, change, true, await planned(session, change));
  if (!flags.yes) {
    if (session.terminal.interactive) showPlans(session, await planned(session, change));
    await confirmChange(session.terminal, `${what} ${at}?`, false);
  }
  return changedOutcome(session, change, false, await acted(session, change, reason));
}

async function planned<T>(session: Session, { replicas, plan }: FleetChange<T>): Promise<readonly Changed<T>[]> {
  const plans: Changed<T>[] = [];
  for (const replica of replicas) {
    const { address } = replica;
    try {
      plans.push({ address, plan: await plan(replica), value: null, error: null });
    } catch (fault) {
      plans.push({ address, plan: null, value: null, error: refusalOf(fault, session.signal) });
    }
  }
  return plans;
}

function showPlans<T>({ terminal }: Session, plans: readonly Changed<T>[]): void {
  for (const { address, plan, error } of plans) {
    if (error !== null) tellFailure(terminal, error);
    else terminal.say(`${terminal.style("bold", address)}  ${safe(plan ?? "")}`);
  }
}

async function acted<T>(session: Session, change: FleetChange<T>, reason: string): Promise<readonly Changed<T>[]> {
  const results: Changed<T>[] = [];
  for (const [index, replica] of change.replicas.entries()) {
    const { address } = replica;
    session.terminal.progress(`${address} (${index + 1} of ${change.replicas.length})`);
    try {
      results.push({ address, plan: null, value: await change.act(replica, reason), error: null });
    } catch (fault) {
      if (session.signal.aborted) throw interruptedIn(change, results, index);
      results.push({ address, plan: null, value: null, error: refusalOf(fault, session.signal) });
    }
  }
  return results;
}

/** Where an interrupted change stands, and how to go on. */
function interruptedIn<T>(
  { command, replicas, plan: _plan }: FleetChange<T>,
  results: readonly Changed<T>[],
  index: number,
): CliError {
  const done = results.flatMap(({ address, error }) => (error === null ? [address] : []));
  const failed = results.flatMap(({ address, error }) => (error === null ? [] : [address]));
  const [current, ...rest] = replicas.slice(index).map(({ address }) => address);
  const again = [...failed, current ?? "", ...rest].join(",");
  return new CliError(
    "interrupted",
    `interrupted in the middle of ${command}`,
    [
      `Done: ${done.join(", ") || "none"}.`,
      ...(failed.length > 0 ? [`Failed: ${failed.join(", ")}.`] : []),
      `Not known, because the call was under way: ${current}. Look with \`wfops status\` and \`wfops audit list\`.`,
      `Not begun: ${rest.join(", ") || "none"}.`,
      `To go on: the same command with --operations ${again}.`,
    ],
    exitCodes.interrupted,
  );
}

/** A fault of our own is no result of a replica's, and what is called wrongly is so for all. */
function refusalOf(fault: unknown, signal: AbortSignal): CliError {
  if (!(fault instanceof CliError) || fault.reason === "usage" || signal.aborted) throw fault;
  return fault;
}

function changedOutcome<T>(
  { terminal, json }: Session,
  change: FleetChange<T>,
  dryRun: boolean,
  results: readonly Changed<T>[],
): Outcome {
  const [only] = results;
  if (results.length === 1 && only !== undefined && only.error !== null) throw only.error;
  const failed = results.filter(({ error }) => error !== null);
  if (!json) for (const { error } of failed) if (error !== null) tellFailure(terminal, error);
  const lines = results.flatMap(({ address, plan, value, error }) => {
    if (error !== null) return [];
    const said = value === null ? `would ${plan}` : change.text(value);
    return [`${terminal.style("bold", address)}  ${safe(said)}`];
  });
  return {
    data: {
      dryRun,
      replicas: results.map(({ address, plan, value, error }) => ({
        address,
        plan,
        result: value === null ? null : change.json(value),
        error: error === null ? null : failureOf(error),
      })),
    },
    text: lines.join("\n"),
    exitCode: failed.length > 0 ? exitCodes.failed : exitCodes.fine,
  };
}
