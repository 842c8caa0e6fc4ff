import { CliError } from "../exit.ts";
import { lastGood, type Revision, readHistory } from "./history.ts";
import { forceFlags } from "./past-helm.ts";
import { describeRollout, newSlotOf, type SlotValues } from "./rollout.ts";
import { noteRollback } from "./slots.ts";
import { type Hands, helmWait, interruptedAt, lookAt, type Standing, takeStep } from "./steps.ts";

/** Takes a step forward; where it fails, the rollout is taken back, unless nothing was changed yet. */
export async function stepForward(hands: Hands, standing: Standing, values: SlotValues, what: string): Promise<void> {
  try {
    await takeStep(hands, standing, values, what);
  } catch (fault) {
    if (!(fault instanceof CliError) || hands.session.signal.aborted) throw fault;
    const now = await lookAt(hands);
    if (now.revision.revision === standing.revision.revision) throw fault;
    throw await abortedBecause(hands, now, fault.message);
  }
}

/** The error that says why a rollout was taken back; taking it back is part of it. */
export async function abortedBecause(hands: Hands, standing: Standing, why: string): Promise<CliError> {
  const { terminal, signal } = hands.session;
  terminal.complain(`${terminal.style("bad", "worse:")} ${why}`);
  const slot = newSlotOf(standing.rollout);
  const error = (message: string, next: readonly string[]): CliError =>
    new CliError("worse", `the rollout of slot ${slot} ${message}`, next);
  if (standing.rollout.stage === "idle")
    return error(`was aborted: ${why}`, ["Now: nothing had to be taken back.", LOOK]);
  try {
    return error(`was aborted: ${why}`, [`Now: ${await takeBack(hands, standing, why)}.`, LOOK]);
  } catch (fault) {
    if (!(fault instanceof CliError) || signal.aborted) throw fault;
    return error(`is to be taken back (${why}), and that failed: ${fault.message}`, [GO_ON, ...fault.next]);
  }
}

const LOOK = "See `wfops history`, and the log of the new version.";
const GO_ON = "`wfops rollout status` shows where it stands; `wfops rollout abort` goes on with taking it back.";

/**
 * Takes a rollout back: the old slot serves all calls. What was changed past Helm is set back, and the time for it is its own.
 *
 * @returns what was done.
 */
export async function takeBack(asked: Hands, found: Standing, why: string): Promise<string> {
  const hands: Hands = { ...asked, waitMs: asked.waitBackMs, overwrite: true };
  const standing = isWhole(found.revision) ? found : await undoLastStep(hands, found, why);
  if (found !== standing && standing.rollout.stage === "idle") return describeRollout(standing.rollout);
  const { active, other, stage } = standing.rollout;
  const off = { active, weight: 0, preview: false, images: {}, keepUntil: null };
  const because = why === "" ? "" : `: ${why}`;
  switch (stage) {
    case "idle":
      throw new CliError("no-rollout", `there is no rollout to abort: ${describeRollout(standing.rollout)}`, [
        "`wfops rollback` goes back to an earlier revision.",
      ]);
    case "preview":
    case "canary": {
      const what = `abort the rollout of slot ${other}${because}`;
      await takeStep(hands, standing, off, what);
      return `slot ${active} serves all calls; slot ${other} is gone`;
    }
    case "switched": {
      const back = { ...off, active: other, preview: true };
      await takeStep(hands, standing, back, `switch back to slot ${other}${because}`);
      return `slot ${other} serves all calls again; slot ${active} runs on without calls, to be looked at (abort again to end it)`;
    }
    default:
      return stage satisfies never;
  }
}

function isWhole({ status }: Revision): boolean {
  return status === "deployed";
}

/**
 * Back to before a step that failed or was interrupted. An upgrade would not do: Helm compares it with the last revision that
 * succeeded, and leaves what the failed one has made.
 */
async function undoLastStep(hands: Hands, { revision, service }: Standing, why: string): Promise<Standing> {
  const { programs, release, reason, session, waitMs } = hands;
  const good = lastGood(await readHistory(programs, release), revision.revision);
  if (good === undefined) {
    throw new CliError(
      "no-revision",
      `no revision before ${revision.revision} was deployed: there is nothing to go back to`,
    );
  }
  const what = `back to revision ${good.revision}`;
  session.terminal.say(`${session.terminal.style("accent", "→")} ${what}`);
  try {
    const force = await forceFlags(programs, release, good.revision);
    await programs.helm(["rollback", release, String(good.revision), ...force, ...helmWait(waitMs)]);
  } catch (fault) {
    throw session.signal.aborted ? interruptedAt(what) : fault;
  }
  await noteRollback(programs, service.name, good.revision, why === "" ? reason : why);
  return lookAt(hands);
}
