import { join } from "node:path";
import type { Session } from "../command.ts";
import { CliError, exitCodes } from "../exit.ts";
import { currentRevision, lastGood, type Revision, readHistory, readValues } from "./history.ts";
import type { Json } from "./json.ts";
import { type Programs, programsOf } from "./programs.ts";
import {
  checkSlots,
  describeRollout,
  newSlotOf,
  overlayOf,
  type Rollout,
  rolloutOf,
  type SlotValues,
} from "./rollout.ts";
import { type MainService, noteRollback, readService, readSlots, type SlotHealth } from "./slots.ts";

/** The chart of this checkout, or of the image. */
export const ownChart = join(import.meta.dirname, "../../helm/workflow-compiler");

/** What all steps of a rollout need. */
export interface Hands {
  readonly session: Session;
  readonly programs: Programs;
  readonly release: string;
  /** Folder, archive or reference of the chart. */
  readonly chart: string;
  /** For Helm's history. */
  readonly reason: string;
  /** How long Helm waits until replicas are ready, in milliseconds. */
  readonly waitMs: number;
}

export function handsOf(session: Session, options: Pick<Hands, "chart" | "reason" | "waitMs">): Hands {
  return { session, programs: programsOf(session), release: session.target.release, ...options };
}

/** A release as it stands now. */
export interface Standing {
  readonly revision: Revision;
  readonly values: Json;
  readonly rollout: Rollout;
  readonly service: MainService;
  readonly slots: readonly SlotHealth[];
}

/** @throws CliError where there is no such release, or it has no slots to change. */
export async function lookAt(hands: Pick<Hands, "programs" | "release">): Promise<Standing> {
  const standing = await lookAtAny(hands);
  checkSlots(standing.rollout, standing.values);
  return standing;
}

/** Also where it is rolled out without slots. */
export async function lookAtAny({ programs, release }: Pick<Hands, "programs" | "release">): Promise<Standing> {
  const revision = await currentRevision(programs, release);
  const [values, service, slots] = await Promise.all([
    readValues(programs, release, revision.revision),
    readService(programs, release),
    readSlots(programs, release),
  ]);
  return { revision, values, rollout: rolloutOf(values, revision.appVersion), service, slots };
}

export function helmWait(waitMs: number): readonly string[] {
  return ["--wait", "--timeout", `${Math.ceil(waitMs / 1_000)}s`];
}

/** Upgrades the release to these values of its slots, and waits until all of its replicas are ready. */
export async function takeStep(
  { session, programs, release, chart, reason, waitMs }: Hands,
  { rollout }: Standing,
  values: SlotValues,
  what: string,
): Promise<void> {
  session.terminal.say(`${session.terminal.style("accent", "→")} ${what}`);
  const args = ["--reset-then-reuse-values", "--values", "-", "--description", `${what} (${reason})`];
  try {
    // Of all slots: after a step that failed, Helm takes its values from the last one that did not.
    const images = { ...rollout.images, ...values.images };
    const overlay = JSON.stringify(overlayOf({ ...values, images }, rollout));
    await programs.helm(["upgrade", release, chart, ...args, ...helmWait(waitMs)], overlay);
  } catch (fault) {
    throw session.signal.aborted ? interruptedAt(what) : fault;
  }
}

export function interruptedAt(what: string): CliError {
  return new CliError(
    "interrupted",
    `interrupted: ${what}`,
    [
      "What was reached is in the release: `wfops rollout status` shows it.",
      "`wfops rollout promote` goes on from there; `wfops rollout abort` takes it back.",
      "Where Helm says that an operation is in progress, and nobody is at work: `wfops rollback`.",
    ],
    exitCodes.interrupted,
  );
}

/**
 * Takes a rollout back: the old slot serves all calls.
 *
 * @returns what was done.
 */
export async function takeBack(hands: Hands, found: Standing, why: string): Promise<string> {
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
  session.terminal.say(`${session.terminal.style("accent", "→")} back to revision ${good.revision}`);
  await programs.helm(["rollback", release, String(good.revision), ...helmWait(waitMs)]);
  await noteRollback(programs, service.name, good.revision, why === "" ? reason : why);
  return lookAt(hands);
}

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
  const { terminal } = hands.session;
  terminal.complain(`${terminal.style("bad", "worse:")} ${why}`);
  const slot = newSlotOf(standing.rollout);
  const stands =
    standing.rollout.stage === "idle" ? "nothing had to be taken back" : await takeBack(hands, standing, why);
  return new CliError("worse", `the rollout of slot ${slot} was aborted: ${why}`, [
    `Now: ${stands}.`,
    "See `wfops history`, and the log of the new version.",
  ]);
}
