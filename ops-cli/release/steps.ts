import { join } from "node:path";
import type { Session } from "../command.ts";
import { CliError, exitCodes } from "../exit.ts";
import { currentRevision, type Revision, readValues } from "./history.ts";
import type { Json } from "./json.ts";
import { readManifest } from "./manifest-diff.ts";
import { changedPastHelm, describePastHelm, forceFlags, type PastHelm, refusePastHelm } from "./past-helm.ts";
import { type Programs, programsOf } from "./programs.ts";
import { checkSlots, overlayOf, type Rollout, rolloutOf, type SlotValues } from "./rollout.ts";
import { type MainService, readService, readSlots, type SlotHealth } from "./slots.ts";

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
  /** The same when a rollout is taken back: a step that was given little time must not leave the way back as little. */
  readonly waitBackMs: number;
  /** Whether what was changed past Helm is set back. */
  readonly overwrite: boolean;
}

export function handsOf(session: Session, options: Omit<Hands, "session" | "programs" | "release">): Hands {
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

async function readPastHelm(
  { programs, release }: Pick<Hands, "programs" | "release">,
  { revision, slots }: Standing,
): Promise<readonly PastHelm[]> {
  // What a revision that failed has set, nobody knows.
  if (revision.status !== "deployed") return [];
  return changedPastHelm(slots, await readManifest(programs, release, revision.revision));
}

/** @throws CliError where a step would set back what was changed past Helm, and is not to. */
export async function checkPastHelm(hands: Hands, standing: Standing): Promise<void> {
  const changes = await readPastHelm(hands, standing);
  if (!hands.overwrite) refusePastHelm(changes, ["--overwrite goes on, and sets it back."]);
  for (const change of changes) hands.session.terminal.say(`to be set back: ${describePastHelm(change)}`);
}

/**
 * Upgrades the release to these values of its slots, and waits until all of its replicas are ready.
 *
 * @throws CliError; `past-helm` before anything is changed.
 */
export async function takeStep(hands: Hands, standing: Standing, values: SlotValues, what: string): Promise<void> {
  const { session, programs, release, chart, reason, waitMs } = hands;
  const { rollout, revision } = standing;
  session.terminal.say(`${session.terminal.style("accent", "→")} ${what}`);
  const args = ["--reset-then-reuse-values", "--values", "-", "--description", `${what} (${reason})`];
  try {
    await checkPastHelm(hands, standing);
    // Of all slots: after a step that failed, Helm takes its values from the last one that did not.
    const images = { ...rollout.images, ...values.images };
    const overlay = JSON.stringify(overlayOf({ ...values, images }, rollout));
    const force = await forceFlags(programs, release, revision.revision);
    await programs.helm(["upgrade", release, chart, ...args, ...force, ...helmWait(waitMs)], overlay);
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
