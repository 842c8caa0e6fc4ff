import { type ChangeFlags, reasonOf } from "../change.ts";
import { durationMs, type Outcome, type Session } from "../command.ts";
import { confirmChange } from "../confirmation.ts";
import { CliError, exitCodes, usageError } from "../exit.ts";
import { showDiff } from "../rewriting.ts";
import { lastGood, type Revision, readHistory, readValues, scaledRevision } from "./history.ts";
import { diffRevisions, readManifest } from "./manifest-diff.ts";
import { changedPastHelm, describePastHelm, forceFlags } from "./past-helm.ts";
import { type Programs, programsOf } from "./programs.ts";
import { neededSlots, rolloutOf } from "./rollout.ts";
import { describeSlot, judgedReady, noteRollback, readService, readSlots } from "./slots.ts";
import { helmWait } from "./steps.ts";
import { verify } from "./verification.ts";

interface RollbackFlags extends ChangeFlags {
  readonly wait: string;
  readonly force: boolean;
}

export async function rollBack(session: Session, flags: RollbackFlags, asked: number | null): Promise<Outcome> {
  const { terminal, target } = session;
  const { release } = target;
  const reason = reasonOf(flags, "rollback");
  const waitMs = durationMs(flags.wait, "--wait");
  const programs = programsOf(session);
  const history = await readHistory(programs, release);
  const current = history.at(-1);
  if (current === undefined) throw new CliError("no-release", `there is no release ${release} in this namespace`);
  const goal = goalOf(history, current, asked);
  const plan = `roll ${release} back from revision ${current.revision} (${current.status}) to ${described(goal)}`;
  const diff = await diffRevisions(programs, release, current.revision, goal.revision);
  const gap = await gapOf(programs, release, goal);
  const setBack = await setBackBy(programs, release, current, goal);
  const result = { from: current.revision, to: goal.revision, diff, setBack };
  if (flags["dry-run"]) {
    const text = [showDiff(diff, terminal), ...setBack, `would ${plan}`, ...(gap === null ? [] : [gap])].join("\n");
    return { data: { dryRun: true, ...result, verified: null, slots: [] }, text };
  }
  if (gap !== null && !flags.force) {
    throw new CliError("gap", gap, [
      "`wfops rollout start` starts that version beside the one that serves, and loses no call.",
      "--force goes back all the same.",
    ]);
  }
  terminal.say(diff === "" ? "The two revisions do not differ." : showDiff(diff, terminal));
  for (const change of setBack) terminal.say(change);
  await confirmChange(terminal, `${plan.charAt(0).toUpperCase()}${plan.slice(1)}?`, flags.yes);
  terminal.say(`${terminal.style("accent", "→")} ${plan}`);
  await rolledBack(session, programs, goal, waitMs);
  await noteRollback(programs, (await readService(programs, release)).name, goal.revision, reason);
  return finished(session, programs, goal, result);
}

/** The revision that is asked for, or the last good one before the current one. */
function goalOf(history: readonly Revision[], current: Revision, asked: number | null): Revision {
  const known = history.map(({ revision }) => revision).join(", ");
  if (asked === null) {
    const { revision } = scaledRevision(history, current);
    const last = lastGood(history, revision);
    if (last !== undefined) return last;
    throw new CliError("no-revision", `there is no good revision before ${revision} to go back to`, [
      `Revisions: ${known}. See \`wfops history\`.`,
    ]);
  }
  const found = history.find(({ revision }) => revision === asked);
  if (found === undefined) throw usageError(`there is no revision ${asked}`, [`There are: ${known}.`]);
  if (found.revision === current.revision) throw usageError(`revision ${asked} is the current one`);
  return found;
}

/** What was changed past Helm since the current revision. Of a revision that failed nobody knows what it has set. */
async function setBackBy(
  programs: Programs,
  release: string,
  { revision, status }: Revision,
  goal: Revision,
): Promise<readonly string[]> {
  if (status !== "deployed") return [];
  const [slots, before, planned] = await Promise.all([
    readSlots(programs, release),
    readManifest(programs, release, revision),
    readManifest(programs, release, goal.revision),
  ]);
  return changedPastHelm(slots, before, planned).map((change) => `to be set back: ${describePastHelm(change)}`);
}

function described({ revision, updatedAt, description }: Revision): string {
  return `revision ${revision} of ${updatedAt.toISOString().slice(0, 16)}Z ("${description}")`;
}

/**
 * Helm moves the service before it starts pods. A way back to a slot that no longer runs would leave callers without an answer
 * for as long as its pods take.
 */
async function gapOf(programs: Programs, release: string, goal: Revision): Promise<string | null> {
  const needed = neededSlots(rolloutOf(await readValues(programs, release, goal.revision), goal.appVersion));
  const slots = await readSlots(programs, release);
  const missing = needed.find((wanted) => !slots.some(({ slot, ready }) => slot === wanted && ready > 0));
  if (missing === undefined) return null;
  return `slot ${missing}, which serves in revision ${goal.revision}, does not run: callers would get no answer until its pods have started`;
}

async function rolledBack(
  { target, signal }: Session,
  programs: Programs,
  goal: Revision,
  waitMs: number,
): Promise<void> {
  try {
    const force = await forceFlags(programs, target.release, goal.revision);
    await programs.helm(["rollback", target.release, String(goal.revision), ...force, ...helmWait(waitMs)]);
  } catch (fault) {
    if (!(fault instanceof CliError)) throw fault;
    if (!signal.aborted) {
      const next = ["See `wfops history` and `wfops rollout status` for where it stands.", ...fault.next];
      throw new CliError(fault.reason, fault.message, next, fault.exitCode);
    }
    throw new CliError(
      "interrupted",
      `interrupted while Helm went back to revision ${goal.revision}`,
      [
        "See where it stands: `wfops history`, `wfops rollout status`.",
        `To go on: wfops rollback ${goal.revision}. The cluster may have reached it already.`,
      ],
      exitCodes.interrupted,
    );
  }
}

async function finished(
  session: Session,
  programs: Programs,
  goal: Revision,
  result: { readonly from: number; readonly to: number; readonly diff: string; readonly setBack: readonly string[] },
): Promise<Outcome> {
  const slots = await readSlots(programs, session.target.release);
  const { verified, text } = await verify(session);
  const ready = slots.every(judgedReady);
  return {
    data: { dryRun: false, ...result, verified, slots },
    text: [`rolled back to revision ${goal.revision}`, ...slots.map((slot) => `  ${describeSlot(slot)}`), text].join(
      "\n",
    ),
    exitCode: ready && verified !== false ? exitCodes.fine : exitCodes.failed,
  };
}
