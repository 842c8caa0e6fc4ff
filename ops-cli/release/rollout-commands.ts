import { type ChangeFlags, reasonOf } from "../change.ts";
import { durationMs, type Outcome, type Session } from "../command.ts";
import { confirmChange } from "../confirmation.ts";
import { CliError, usageError } from "../exit.ts";
import { programsOf } from "./programs.ts";
import { compare, describePromotion, type PromotionOptions, promote, smokeTest } from "./promotion.ts";
import { canarySteps, describeRollout, type Rollout, type SlotValues } from "./rollout.ts";
import { notePause } from "./slots.ts";
import { checkPastHelm, type Hands, handsOf, lookAt, lookAtAny, ownChart, type Standing, takeStep } from "./steps.ts";
import { abortedBecause, stepForward, takeBack } from "./take-back.ts";
import { verify } from "./verification.ts";
import { rolloutData, rolloutText, stepsOutcome, verdictText } from "./views.ts";

interface StepFlags extends ChangeFlags {
  readonly wait: string;
  readonly chart?: string | undefined;
  /** Not where taking back is all that a command does: then `wait` is for it, and what was changed past Helm is set back. */
  readonly "wait-back"?: string;
  readonly overwrite?: boolean;
}

function handsFor(session: Session, flags: StepFlags, command: string): Hands {
  return handsOf(session, {
    chart: flags.chart ?? ownChart,
    reason: reasonOf(flags, command),
    waitMs: durationMs(flags.wait, "--wait"),
    waitBackMs: durationMs(flags["wait-back"] ?? flags.wait, "--wait-back"),
    overwrite: flags.overwrite ?? true,
  });
}

export async function showStatus(
  asked: Session,
  { prometheus }: { readonly prometheus?: string | undefined },
): Promise<Outcome> {
  const session = withPrometheus(asked, prometheus);
  const { release } = session.target;
  const programs = programsOf(session);
  const standing = await lookAtAny({ programs, release });
  const { stage } = standing.rollout;
  const unpaused = { ...standing, service: { ...standing.service, paused: "" } };
  const comparison =
    stage === "canary" || stage === "switched"
      ? await compare({ session, programs, release }, unpaused, 0).catch(tolerated)
      : [];
  const lines = comparison.map((verdict) => verdictText(verdict, session));
  return {
    data: { rollout: rolloutData(standing, release), comparison },
    text: [rolloutText(standing, session, release), ...lines].join("\n"),
  };
}

/** A status is worth having without a comparison. */
function tolerated(fault: unknown): readonly [{ readonly kind: "open"; readonly why: string }] {
  if (fault instanceof CliError && fault.reason !== "interrupted") return [{ kind: "open", why: fault.message }];
  throw fault;
}

function withPrometheus(session: Session, prometheus: string | undefined): Session {
  return prometheus === undefined ? session : { ...session, target: { ...session.target, prometheus } };
}

interface StartFlags extends StepFlags {
  readonly tag: string;
  readonly preview?: string | undefined;
}

export async function startRollout(session: Session, flags: StartFlags): Promise<Outcome> {
  const hands = handsFor(session, flags, "rollout start");
  const { release } = hands;
  const standing = await lookAt(hands);
  const { rollout } = standing;
  const { active, strategy } = rollout;
  const image = imageOf(flags.tag);
  if (rollout.stage !== "idle") throw underWay(standing);
  if (rollout.images[active] === image) throw usageError(`slot ${active} runs ${image} already, and serves all calls`);
  const steps = startSteps(rollout, image);
  const plan = steps.map(({ what }) => what).join(", then ");
  if (flags["dry-run"]) return stepsOutcome(session, release, standing, { plan, done: null, next: "" });
  await checkPastHelm(hands, standing);
  await confirmChange(session.terminal, `${describeRollout(rollout)}. Now ${plan}?`, flags.yes);
  await resume(hands, standing);
  const done: string[] = [];
  for (const { values, what } of steps) {
    await stepForward(hands, await lookAt(hands), values, what);
    done.push(what);
  }
  if (strategy === "blueGreen") done.push(await smokeTest(hands, await lookAt(hands), flags.preview ?? ""));
  const next = "`wfops rollout promote` goes on; `wfops rollout abort` takes it back.";
  return stepsOutcome(session, release, await lookAt(hands), { plan, done, next });
}

/** A gateway gives a slot its weight at once, so the slot has to run before; replicas are their own weight. */
function startSteps(
  rollout: Rollout,
  image: string,
): readonly { readonly values: SlotValues; readonly what: string }[] {
  const { active, other, images, strategy, weighedBy } = rollout;
  // The active slot keeps what it runs, also where that came from `image` or from the version of the chart.
  const base = { active, images: { [active]: images[active], [other]: image }, keepUntil: null };
  const [weight = 0] = canarySteps;
  const preview = { ...base, weight: 0, preview: true };
  const canary = { ...base, weight, preview: false };
  const start = `start ${image} in slot ${other}`;
  const unseen = { values: preview, what: `${start}, as a preview without calls` };
  if (strategy === "blueGreen") return [unseen];
  if (weighedBy === "gateway") return [unseen, { values: canary, what: `${weight} percent for slot ${other}` }];
  return [{ values: canary, what: `${start}, with ${weight} percent of the calls` }];
}

function imageOf(tag: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(tag)) return `@${tag}`;
  if (/^\w[\w.-]{0,127}$/.test(tag)) return `:${tag}`;
  throw usageError(`--tag is ${JSON.stringify(tag)}; it must be the tag of an image, or its digest (sha256:…)`);
}

function underWay({ rollout }: Standing): CliError {
  const next =
    rollout.stage === "switched"
      ? "`wfops rollout promote --drop-old` gives up the way back."
      : "`wfops rollout promote` goes on with it; `wfops rollout abort` takes it back.";
  return new CliError("under-way", `there is a rollout under way: ${describeRollout(rollout)}`, [next]);
}

/** A step of ours ends a pause. */
async function resume({ programs }: Hands, { service }: Standing): Promise<void> {
  if (service.paused !== "") await notePause(programs, service.name, null);
}

interface PromoteFlags extends StepFlags {
  readonly bake: string;
  readonly keep: string;
  readonly once: boolean;
  readonly "drop-old": boolean;
  readonly preview?: string | undefined;
  readonly prometheus?: string | undefined;
}

export async function promoteRollout(asked: Session, flags: PromoteFlags): Promise<Outcome> {
  const session = withPrometheus(asked, flags.prometheus);
  const hands = handsFor(session, flags, "rollout promote");
  const { release } = hands;
  const standing = await lookAt(hands);
  const { rollout } = standing;
  if (rollout.stage === "idle") {
    throw new CliError("no-rollout", `there is no rollout to promote: ${describeRollout(rollout)}`, [
      "`wfops rollout start --tag TAG` starts one.",
    ]);
  }
  if (rollout.stage === "switched") return dropOld(hands, standing, flags);
  const options: PromotionOptions = {
    bakeMs: durationMs(flags.bake, "--bake"),
    keepMs: durationMs(flags.keep, "--keep"),
    once: flags.once,
    preview: flags.preview ?? "",
  };
  const plan = describePromotion(rollout, options);
  if (flags["dry-run"]) return stepsOutcome(session, release, standing, { plan, done: null, next: "" });
  await checkPastHelm(hands, standing);
  await confirmChange(session.terminal, `${describeRollout(rollout)}. Now: ${plan}?`, flags.yes);
  if (rollout.strategy === "canary" && session.target.prometheus === "") {
    session.terminal.say("There is no Prometheus (--prometheus): only the health of replicas is compared.");
  }
  await resume(hands, standing);
  const done = await promote(hands, options);
  const now = await lookAt(hands);
  return now.rollout.stage === "switched"
    ? verified(hands, now, plan, done)
    : stepsOutcome(session, release, now, { plan, done, next: "`wfops rollout promote` goes on." });
}

/** After a switch the new slot has to compile for callers, or the switch is taken back. */
async function verified(hands: Hands, now: Standing, plan: string, done: readonly string[]): Promise<Outcome> {
  const { session, release } = hands;
  const { verified: good, text } = await verify(session);
  session.terminal.say(text);
  if (good === false) throw await abortedBecause(hands, now, text);
  const next = "`wfops rollout abort` switches back at once, as long as the old slot is kept.";
  return stepsOutcome(session, release, now, { plan, done: [...done, text], next });
}

async function dropOld(hands: Hands, standing: Standing, flags: PromoteFlags): Promise<Outcome> {
  const { session, release } = hands;
  const { active, other, keepUntil } = standing.rollout;
  if (!flags["drop-old"] && (keepUntil?.getTime() ?? 0) > Date.now()) {
    const next = `The old slot goes with \`wfops rollout promote\` after ${keepUntil?.toISOString().slice(0, 16)}Z, or now with --drop-old.`;
    return stepsOutcome(session, release, standing, { plan: "nothing", done: [], next });
  }
  const plan = `remove slot ${other}, the way back`;
  if (flags["dry-run"]) return stepsOutcome(session, release, standing, { plan, done: null, next: "" });
  await confirmChange(session.terminal, `${describeRollout(standing.rollout)}. Now ${plan}?`, flags.yes);
  await takeStep(hands, standing, { active, weight: 0, preview: false, images: {}, keepUntil: null }, plan);
  return stepsOutcome(session, release, await lookAt(hands), { plan, done: [plan], next: "" });
}

export async function abortRollout(session: Session, flags: StepFlags): Promise<Outcome> {
  const hands = handsFor(session, flags, "rollout abort");
  const { release } = hands;
  const standing = await lookAt(hands);
  const { stage, active, other } = standing.rollout;
  const plan =
    stage === "switched" ? `switch back to slot ${other}` : `end slot ${other}; slot ${active} gets all calls`;
  if (stage !== "idle") {
    if (flags["dry-run"]) return stepsOutcome(session, release, standing, { plan, done: null, next: "" });
    await confirmChange(session.terminal, `${describeRollout(standing.rollout)}. Now ${plan}?`, flags.yes);
    await resume(hands, standing);
  }
  const done = [await takeBack(hands, standing, "")];
  return stepsOutcome(session, release, await lookAt(hands), { plan, done, next: "" });
}

export async function pauseRollout(session: Session, flags: ChangeFlags): Promise<Outcome> {
  const { release } = session.target;
  const programs = programsOf(session);
  const reason = reasonOf(flags, "rollout pause");
  const standing = await lookAt({ programs, release });
  const { stage, weight } = standing.rollout;
  if (stage !== "canary") {
    throw new CliError("no-canary", `there is nothing to pause: ${describeRollout(standing.rollout)}`);
  }
  const plan = `keep the canary at ${weight} percent`;
  if (flags["dry-run"]) return stepsOutcome(session, release, standing, { plan, done: null, next: "" });
  await confirmChange(session.terminal, `${describeRollout(standing.rollout)}. Now ${plan}?`, flags.yes);
  await notePause(programs, standing.service.name, `${new Date().toISOString()} (${reason})`);
  const now = await lookAt({ programs, release });
  return stepsOutcome(session, release, now, { plan, done: [plan], next: "`wfops rollout promote` goes on." });
}
