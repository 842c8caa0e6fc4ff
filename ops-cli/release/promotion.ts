import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../command.ts";
import { connect, type Replica } from "../connection.ts";
import { CliError } from "../exit.ts";
import { showDuration } from "../measures.ts";
import { judgeCalls, judgeHealth, measureSlots, type Verdict } from "./comparison.ts";
import { canarySteps, newSlotOf, type Rollout, type SlotValues } from "./rollout.ts";
import { readService, readSlots } from "./slots.ts";
import { type Hands, interruptedAt, lookAt, type Standing } from "./steps.ts";
import { abortedBecause, stepForward } from "./take-back.ts";
import { compilesAt } from "./verification.ts";

export interface PromotionOptions {
  /** How long a canary is watched at each step, in milliseconds. */
  readonly bakeMs: number;
  /** How long the old slot is kept after the switch, in milliseconds. */
  readonly keepMs: number;
  /** Takes one step, and no more. */
  readonly once: boolean;
  /** Address of the preview service; "" to reach it through kubectl. */
  readonly preview: string;
}

type Step = { readonly kind: "weight"; readonly weight: number } | { readonly kind: "switch" };

function nextStep({ strategy, weight }: Rollout): Step {
  const next = strategy === "canary" ? canarySteps.find((step) => step > weight) : undefined;
  return next === undefined ? { kind: "switch" } : { kind: "weight", weight: next };
}

export function describePromotion(
  { strategy, stage, weight, active, other }: Rollout,
  options: PromotionOptions,
): string {
  const { bakeMs, keepMs, once } = options;
  const last = `then slot ${other} becomes the active one, and slot ${active} is kept for ${showDuration(keepMs)}`;
  if (strategy === "blueGreen") return `smoke test of slot ${other}; ${last}`;
  const bake = `${showDuration(bakeMs)} each`;
  const left = canarySteps.filter((step) => (stage === "canary" ? step >= weight : true));
  const [first, second] = left;
  if (once)
    return second === undefined
      ? `watch slot ${other} at ${first} percent; ${last}`
      : `one step: ${first} → ${second} percent`;
  return `slot ${other} at ${left.join(" → ")} percent, watched for ${bake}; ${last}`;
}

/** Promotes the new slot to the end, or by one step. @returns what was done. */
export async function promote(hands: Hands, options: PromotionOptions): Promise<readonly string[]> {
  const done: string[] = [];
  for (;;) {
    const standing = await lookAt(hands);
    const { rollout } = standing;
    if (rollout.stage === "canary") done.push(await bake(hands, standing, options.bakeMs));
    else if (rollout.strategy === "blueGreen") done.push(await smokeTest(hands, standing, options.preview));
    const step = nextStep(rollout);
    const { values, what } = plannedStep(rollout, step, options.keepMs);
    await stepForward(hands, standing, values, what);
    done.push(what);
    if (step.kind === "switch" || options.once) return done;
  }
}

function plannedStep({ active, other }: Rollout, step: Step, keepMs: number): { values: SlotValues; what: string } {
  if (step.kind === "weight") {
    const values = { active, weight: step.weight, preview: false, images: {}, keepUntil: null };
    return { values, what: `${step.weight} percent for slot ${other}` };
  }
  const keepUntil = new Date(Date.now() + keepMs);
  return {
    values: { active: other, weight: 0, preview: true, images: {}, keepUntil },
    what: `switch to slot ${other}; slot ${active} is kept until ${keepUntil.toISOString().slice(0, 16)}Z`,
  };
}

/** So often in a row a slot has to be worse before it is taken back: one look may meet a hiccup. */
const LOOKS = 2;
const MAX_PAUSE_MS = 10_000;
const MIN_PAUSE_MS = 500;

/** Watches a canary until its time at this weight is over, counted from when it got it. */
async function bake(hands: Hands, standing: Standing, bakeMs: number): Promise<string> {
  const { session } = hands;
  const { other, weight } = standing.rollout;
  const since = standing.revision.updatedAt.getTime();
  const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, bakeMs / 5));
  const restarts = standing.slots.find(({ slot }) => slot === other)?.restarts ?? 0;
  for (let bad = 0; ; ) {
    const verdicts = await watched(session, () => compare(hands, standing, restarts), weight);
    const worse = verdicts.filter(({ kind }) => kind === "worse");
    bad = worse.length > 0 ? bad + 1 : 0;
    if (bad >= LOOKS) {
      throw await abortedBecause(hands, await lookAt(hands), worse.map(({ why }) => why).join("; "));
    }
    const leftMs = since + bakeMs - Date.now();
    const said = verdicts.map(({ why }) => why).join("; ");
    if (leftMs <= 0 && bad === 0) {
      session.terminal.say(`${weight} percent: ${said}`);
      return `${weight} percent for ${showDuration(bakeMs)}: ${said}`;
    }
    session.terminal.progress(`${weight} percent, ${showDuration(Math.max(0, leftMs))} left: ${said}`);
    const pause = Math.max(MIN_PAUSE_MS, Math.min(pauseMs, leftMs));
    await watched(session, () => sleep(pause, undefined, { signal: session.signal }), weight);
  }
}

/** An interrupt, whatever was under way, is told as where the rollout stands. */
async function watched<T>({ signal }: Session, work: () => Promise<T>, weight: number): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw signal.aborted ? interruptedAt(`the canary stays at ${weight} percent`) : fault;
  }
}

/** Health of the new slot and, where there is a Prometheus, its calls against those of the old one. */
export async function compare(
  { session, programs, release }: Pick<Hands, "session" | "programs" | "release">,
  { rollout, service, revision }: Pick<Standing, "rollout" | "service" | "revision">,
  restartsBefore: number,
): Promise<readonly Verdict[]> {
  const fresh = newSlotOf(rollout);
  const old = fresh === "a" ? "b" : "a";
  const [{ paused }, slots] = await Promise.all([readService(programs, release), readSlots(programs, release)]);
  if (paused !== "") throw pausedError(rollout, paused);
  const health = judgeHealth(
    slots.find(({ slot }) => slot === fresh),
    fresh,
    restartsBefore,
  );
  const { prometheus, namespace } = session.target;
  if (prometheus === "") return [health];
  const sinceMs = Date.now() - revision.updatedAt.getTime();
  const calls = await measureSlots(prometheus, { namespace, name: service.name }, sinceMs, session.signal);
  return [health, judgeCalls(calls[old], calls[fresh])];
}

function pausedError({ weight }: Rollout, note: string): CliError {
  return new CliError("paused", `the rollout is paused at ${weight} percent since ${note}`, [
    "`wfops rollout promote` goes on; `wfops rollout abort` takes it back.",
  ]);
}

/** A real Compile at the preview; where it fails, the preview is taken back. */
export async function smokeTest(hands: Hands, standing: Standing, address: string): Promise<string> {
  const { session, programs } = hands;
  const { name, grpcPort } = standing.service;
  const forward = address === "" ? await programs.forward(`${name}-preview`, grpcPort) : null;
  const to = forward?.address ?? address;
  const connected: Replica[] = [];
  const connectTo = async (): Promise<readonly Replica[]> => {
    const replica = connect(to, session, { timeoutMs: session.timeoutMs, signal: session.signal });
    connected.push(replica);
    return [replica];
  };
  try {
    await compilesAt(connectTo, session.signal);
  } catch (fault) {
    if (!(fault instanceof CliError) || session.signal.aborted) throw fault;
    throw await abortedBecause(
      hands,
      standing,
      `the smoke test of slot ${standing.rollout.other} failed: ${fault.message}`,
    );
  } finally {
    for (const replica of connected) replica.close();
    forward?.close();
  }
  const said = `slot ${standing.rollout.other} compiled a definition through ${name}-preview`;
  session.terminal.say(said);
  return said;
}
