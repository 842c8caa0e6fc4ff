import { CliError } from "../exit.ts";
import { at, type Json, numberAt, textAt } from "./json.ts";

/**
 * Where a rollout stands. It is read from the values of the release and nowhere else is it kept, so that whoever comes next
 * finds what an interrupted command has left.
 */
export interface Rollout {
  readonly strategy: "rolling" | "blueGreen" | "canary";
  /** - idle: one slot runs. - preview: the other one runs too, without calls. - canary: it gets `weight` percent of the calls.
   * - switched: the active slot is new, and the other one is kept as the way back. */
  readonly stage: "idle" | "preview" | "canary" | "switched";
  readonly active: Slot;
  readonly other: Slot;
  readonly weight: number;
  /** What gives calls their weight: numbers of replicas behind one service, or the route of a Gateway. */
  readonly weighedBy: "replicas" | "gateway";
  /** What each slot runs, or would run: `:TAG` or `@DIGEST`. */
  readonly images: Readonly<Record<Slot, string>>;
  /** Until when the other slot is to be kept; null where no switch was made. */
  readonly keepUntil: Date | null;
}

export type Slot = "a" | "b";

/** Of the gRPC service; its value is a time. Part of the release's values. */
const KEEP_UNTIL = "workflow-compiler.dev/keep-other-slot-until";

/** Percent of the calls that a canary gets, one after the other. */
export const canarySteps: readonly number[] = [10, 50, 100];

export function rolloutOf(values: Json, appVersion: string): Rollout {
  const rollout = at(values, "rollout");
  const strategy = textAt(rollout, "strategy");
  const active: Slot = textAt(rollout, "active") === "b" ? "b" : "a";
  const weight = numberAt(rollout, "weight");
  const preview = at(rollout, "preview") === true;
  const until = textAt(values, "service", "annotations", KEEP_UNTIL);
  const keepUntil = until === "" || !preview || weight > 0 ? null : new Date(until);
  return {
    strategy: strategy === "canary" || strategy === "blueGreen" ? strategy : "rolling",
    stage: weight > 0 ? "canary" : !preview ? "idle" : keepUntil === null ? "preview" : "switched",
    active,
    other: active === "a" ? "b" : "a",
    weight,
    weighedBy: at(rollout, "gateway", "enabled") === true ? "gateway" : "replicas",
    images: { a: imageOf(values, "a", appVersion), b: imageOf(values, "b", appVersion) },
    keepUntil,
  };
}

/** As the chart puts it together: what the slot says counts before `image`, and a digest before a tag. */
function imageOf(values: Json, slot: Slot, appVersion: string): string {
  const own = at(values, "rollout", "slots", slot, "image");
  const image = textAt(own, "tag") !== "" || textAt(own, "digest") !== "" ? own : at(values, "image");
  const digest = textAt(image, "digest");
  return digest === "" ? `:${textAt(image, "tag") || appVersion}` : `@${digest}`;
}

/** @throws CliError where the release has no slots, or somebody else moves them. */
export function checkSlots({ strategy }: Rollout, values: Json): void {
  if (at(values, "rollout", "argo", "enabled") === true) {
    throw new CliError("argo", "Argo Rollouts walks through the steps of this release by itself", [
      "Use `kubectl argo rollouts get|promote|abort`.",
    ]);
  }
  if (strategy !== "rolling") return;
  throw new CliError("rolling", "this release is rolled out replica by replica, without a second slot", [
    "`wfops deploy --image-tag TAG` does that.",
    "For slots: `wfops deploy --set rollout.strategy=canary`, or blueGreen, once.",
  ]);
}

/** Values of the chart that a step sets; the rest stays. */
export interface SlotValues {
  readonly active: Slot;
  readonly weight: number;
  readonly preview: boolean;
  /** Those that change. */
  readonly images: Readonly<Partial<Record<Slot, string>>>;
  /** null: no switch was made, or its way back is gone. */
  readonly keepUntil: Date | null;
}

export function overlayOf({ active, weight, preview, images, keepUntil }: SlotValues, before: Rollout): Json {
  const slots = Object.fromEntries(
    Object.entries(images).map(([slot, image]) => [
      slot,
      { image: image.startsWith("@") ? { tag: "", digest: image.slice(1) } : { tag: image.slice(1), digest: "" } },
    ]),
  );
  const rollout = { active, weight, preview, slots };
  // An empty one counts as none: Helm keeps what was given once.
  const changesUntil = keepUntil?.getTime() !== before.keepUntil?.getTime();
  const annotations = { [KEEP_UNTIL]: keepUntil?.toISOString() ?? "" };
  return changesUntil ? { rollout, service: { annotations } } : { rollout };
}

/** For people, in one sentence. */
export function describeRollout({ stage, active, other, weight, images, keepUntil }: Rollout): string {
  const serving = `slot ${active} (${images[active]})`;
  const second = `slot ${other} (${images[other]})`;
  switch (stage) {
    case "idle":
      return `${serving} serves; there is no rollout under way`;
    case "preview":
      return `${serving} serves; ${second} runs without calls`;
    case "canary":
      return weight === 100
        ? `${second} gets all calls as a canary; ${serving} is the way back`
        : `${second} gets ${weight} percent of the calls as a canary; ${serving} gets the others`;
    case "switched":
      return `${serving} serves; ${second} is kept as the way back until ${keepUntil?.toISOString().slice(0, 16)}Z`;
    default:
      return stage satisfies never;
  }
}

/**
 * Slots without which callers get no answer. A service that leads to all pods finds those of either; a route sends each slot its
 * share, whether it runs or not.
 */
export function neededSlots({ strategy, active, other, weight, weighedBy }: Rollout): readonly Slot[] {
  if (strategy === "rolling") return [];
  if (weight === 0) return [active];
  if (weight === 100) return [other];
  return weighedBy === "gateway" ? [active, other] : [];
}

/** The slot that a change is about: the new one. */
export function newSlotOf({ stage, active, other }: Rollout): Slot {
  return stage === "switched" ? active : other;
}
