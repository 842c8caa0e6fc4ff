import { CliError } from "../exit.ts";
import { at, list, numberAt, textAt } from "./json.ts";
import type { Programs } from "./programs.ts";
import type { Slot } from "./rollout.ts";

/** What the cluster says of a slot that runs. */
export interface SlotHealth {
  readonly slot: Slot;
  readonly image: string;
  readonly wanted: number;
  readonly ready: number;
  /** How often containers of its pods were started again. */
  readonly restarts: number;
}

export const SLOT = "workflow-compiler.dev/slot";
const PAUSED = "workflow-compiler.dev/rollout-paused";

/** The pods and deployments of the release that compile. */
export function serverSelector(release: string): string {
  return `app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`;
}

/** Ordered by slot; a slot that does not run is not in it. */
export async function readSlots({ kubectl }: Programs, release: string): Promise<readonly SlotHealth[]> {
  const text = await kubectl(["get", "deployments,pods", "--selector", serverSelector(release), "--output", "json"]);
  const objects = list(at(JSON.parse(text), "items"));
  const pods = objects.filter((object) => object.kind === "Pod");
  return objects
    .filter((object) => object.kind === "Deployment")
    .map((deployment): SlotHealth => {
      const slot: Slot = textAt(deployment, "metadata", "labels", SLOT) === "b" ? "b" : "a";
      const [container] = list(at(deployment, "spec", "template", "spec", "containers"));
      const own = pods.filter((pod) => textAt(pod, "metadata", "labels", SLOT) === slot);
      const statuses = own.flatMap((pod) => list(at(pod, "status", "containerStatuses")));
      return {
        slot,
        image: textAt(container, "image"),
        wanted: numberAt(deployment, "spec", "replicas"),
        ready: numberAt(deployment, "status", "readyReplicas"),
        restarts: statuses.reduce((sum, status) => sum + numberAt(status, "restartCount"), 0),
      };
    })
    .sort((one, other) => one.slot.localeCompare(other.slot));
}

export function judgedReady({ ready, wanted }: SlotHealth): boolean {
  return ready >= wanted;
}

export function describeSlot({ slot, image, ready, wanted, restarts }: SlotHealth): string {
  const again = restarts === 0 ? "" : `, ${restarts} restarts`;
  return `slot ${slot}: ${ready} of ${wanted} replicas ready${again}, ${image}`;
}

/** The service that callers use: its name, and what is noted on it. */
export interface MainService {
  readonly name: string;
  readonly grpcPort: number;
  /** Slot that it leads to; "" for all. */
  readonly leadsTo: string;
  /** Since when, and why, a rollout is paused; "" where it is not. */
  readonly paused: string;
}

export async function readService({ kubectl }: Programs, release: string): Promise<MainService> {
  const selector = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=grpc`;
  const text = await kubectl(["get", "services", "--selector", selector, "--output", "json"]);
  const [service] = list(at(JSON.parse(text), "items"));
  if (service === undefined) {
    throw new CliError("no-service", `release ${release} has no service for callers`, [
      "Is it a release of the chart helm/workflow-compiler? See `wfops history`.",
    ]);
  }
  const [port] = list(at(service, "spec", "ports"));
  return {
    name: textAt(service, "metadata", "name"),
    grpcPort: numberAt(port, "port"),
    leadsTo: textAt(service, "spec", "selector", SLOT),
    paused: textAt(service, "metadata", "annotations", PAUSED),
  };
}

/** A note on the service, not in the release: a pause makes no revision. */
export async function notePause({ kubectl }: Programs, service: string, note: string | null): Promise<void> {
  const word = note === null ? `${PAUSED}-` : `${PAUSED}=${note}`;
  await kubectl(["annotate", "service", service, word, "--overwrite"]);
}

/** Helm's own history has no room for the reason of a rollback. */
export async function noteRollback(
  { kubectl }: Programs,
  service: string,
  revision: number,
  reason: string,
): Promise<void> {
  const note = `${new Date().toISOString()} to revision ${revision} (${reason})`;
  await kubectl(["annotate", "service", service, `workflow-compiler.dev/last-rollback=${note}`, "--overwrite"]);
}
