import { parseAllDocuments } from "yaml";
import { CliError } from "../exit.ts";
import { showCount } from "../measures.ts";
import { at, list, numberAt, textAt } from "./json.ts";
import type { Programs } from "./programs.ts";
import type { Slot } from "./rollout.ts";
import { SLOT, type SlotHealth } from "./slots.ts";

/** Something of a slot that was changed past Helm, such as by `kubectl scale` or `kubectl rollout undo`, and that Helm would set back. */
export interface PastHelm {
  readonly slot: Slot;
  readonly what: "replicas" | "image";
  readonly runs: string;
  readonly wouldBe: string;
}

/** A deployment as a manifest has it. */
export interface PlannedSlot {
  readonly slot: Slot;
  readonly deployment: string;
  /** null where the manifest leaves the number to an autoscaler. */
  readonly replicas: number | null;
  readonly image: string;
}

/** Slots that run as deployments, in the order of the manifest. */
export function slotsOfManifest(manifest: string): readonly PlannedSlot[] {
  return objectsOf(manifest)
    .filter((object) => textAt(object, "kind") === "Deployment" && textAt(object, "metadata", "labels", SLOT) !== "")
    .map((object) => {
      const [container] = list(at(object, "spec", "template", "spec", "containers"));
      return {
        slot: textAt(object, "metadata", "labels", SLOT) === "b" ? "b" : "a",
        deployment: textAt(object, "metadata", "name"),
        replicas: at(object, "spec", "replicas") === undefined ? null : numberAt(object, "spec", "replicas"),
        image: textAt(container, "image"),
      };
    });
}

export function objectsOf(manifest: string): readonly unknown[] {
  return parseAllDocuments(manifest).map((document): unknown => document.toJS());
}

/**
 * What runs otherwise than the release says, and would change when Helm sets `planned`. Numbers of replicas and images only:
 * other fields have other writers, too, and Helm sets its own.
 */
export function changedPastHelm(
  running: readonly SlotHealth[],
  before: string,
  planned: string = before,
): readonly PastHelm[] {
  const [known, goal] = [slotsOfManifest(before), slotsOfManifest(planned)];
  return running.flatMap(({ slot, wanted, image }): readonly PastHelm[] => {
    const was = known.find((one) => one.slot === slot);
    const will = goal.find((one) => one.slot === slot);
    if (was === undefined || will === undefined) return [];
    const wouldBe = will.replicas ?? wanted;
    const changes: readonly PastHelm[] = [
      { slot, what: "replicas", runs: showCount(wanted, "replica"), wouldBe: String(wouldBe) },
      { slot, what: "image", runs: image, wouldBe: will.image },
    ];
    const isChanged = {
      replicas: was.replicas !== wanted && wouldBe !== wanted,
      image: was.image !== image && will.image !== image,
    };
    return changes.filter(({ what }) => isChanged[what]);
  });
}

export function describePastHelm({ slot, runs, wouldBe }: PastHelm): string {
  return `slot ${slot} has ${runs}, which Helm did not set, and would have ${wouldBe}`;
}

/** @throws CliError where something would be set back that nobody has asked for. */
export function refusePastHelm(changes: readonly PastHelm[], ways: readonly string[]): void {
  if (changes.length === 0) return;
  const keep = changes.some(({ what }) => what === "replicas")
    ? ["`wfops scale NUMBER` takes a number of replicas into the release, and it stays."]
    : [];
  throw new CliError("past-helm", changes.map(describePastHelm).join("; "), [...keep, ...ways]);
}

/**
 * Helm 4 applies on the server, which refuses to change a field that somebody else has set since, half-way through a release.
 * Helm 3, and Helm 4 for releases that it took over from it, take every field without asking, and know no such flag.
 *
 * @param revision whose way of applying Helm goes on with: the current one for an upgrade, the goal of a rollback.
 */
export async function forceFlags({ helm }: Programs, release: string, revision: number): Promise<readonly string[]> {
  const text = await helm(["get", "metadata", release, "--revision", String(revision), "--output", "json"]);
  return textAt(JSON.parse(text), "applyMethod") === "ssa" ? ["--force-conflicts"] : [];
}
