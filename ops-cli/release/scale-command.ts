import { isDeepStrictEqual } from "node:util";
import { type ChangeFlags, reasonOf } from "../change.ts";
import type { Outcome, Session } from "../command.ts";
import { confirmChange } from "../confirmation.ts";
import { CliError, exitCodes } from "../exit.ts";
import { showCount } from "../measures.ts";
import { currentRevision, type Revision, readValues, scaleDescription } from "./history.ts";
import { at, list, numberAt, record, textAt } from "./json.ts";
import { plannedManifest, readManifest } from "./manifest-diff.ts";
import { changedPastHelm, forceFlags, objectsOf, refusePastHelm, slotsOfManifest } from "./past-helm.ts";
import { type Programs, programsOf } from "./programs.ts";
import { readSlots, type SlotHealth } from "./slots.ts";
import { ownChart } from "./steps.ts";

interface ScaleFlags extends ChangeFlags {
  readonly chart?: string | undefined;
  readonly wait: boolean;
}

interface Scaling {
  readonly deployment: string;
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

interface Result {
  readonly release: string;
  /** Of the values, before. */
  readonly from: number;
  readonly to: number;
}

/**
 * Changes the number of replicas in the release's values: what is changed past Helm, its next upgrade refuses to touch, or sets
 * back without a word. Nothing else of the release changes, and no hook runs.
 */
export async function scaleRelease(session: Session, flags: ScaleFlags, to: number): Promise<Outcome> {
  const { terminal, target } = session;
  const { release } = target;
  const reason = reasonOf(flags, "scale");
  const programs = programsOf(session);
  const current = await currentRevision(programs, release);
  const values = await readValues(programs, release, current.revision);
  const args = ["upgrade", release, flags.chart ?? ownChart, "--no-hooks"];
  args.push("--reset-then-reuse-values", "--set", `replicaCount=${to}`);
  const scalings = await plannedScalings(programs, release, current, args);
  await refuseAutoscaled(programs, at(values, "autoscaling"), scalings);
  const result = { release, from: numberAt(values, "replicaCount"), to };
  const plan = scalings.map(({ deployment, from, to }) => `${deployment} from ${from} to ${showCount(to, "replica")}`);
  if (flags["dry-run"]) {
    const deployments = scalings.map((scaling) => ({ ...scaling, ready: null }));
    return { data: { dryRun: true, ...result, deployments }, text: `would scale ${plan.join(", ")}` };
  }
  await confirmChange(terminal, `Scale ${plan.join(", ")}?`, flags.yes);
  const force = await forceFlags(programs, release, current.revision);
  await scaled(session, programs, [...args, ...force, "--description", scaleDescription(to, reason)], scalings, result);
  if (flags.wait) await allReady(session, programs, scalings, result);
  const slots = flags.wait ? await readSlots(programs, release) : [];
  return finished(scalings, slots, result);
}

function finished(scalings: readonly Scaling[], slots: readonly SlotHealth[], result: Result): Outcome {
  const deployments = scalings.map((scaling) => {
    const ready = slots.find(({ slot }) => slot === scaling.slot)?.ready ?? null;
    return { ...scaling, ready };
  });
  const text = deployments.map(({ deployment, from, to, ready }) =>
    ready === null
      ? `${deployment} is on its way from ${from} to ${to}`
      : `${deployment} has ${ready} of ${showCount(to, "replica")} ready`,
  );
  return { data: { dryRun: false, ...result, deployments }, text: text.join("\n") };
}

/** @throws CliError where more than numbers of replicas would change, or an image was changed past Helm. */
async function plannedScalings(
  programs: Programs,
  release: string,
  { revision, chart }: Revision,
  args: readonly string[],
): Promise<readonly Scaling[]> {
  const [before, after, running] = await Promise.all([
    readManifest(programs, release, revision),
    plannedManifest(programs, args),
    readSlots(programs, release),
  ]);
  if (!isDeepStrictEqual(withoutReplicas(before), withoutReplicas(after))) {
    throw new CliError("more-changes", `more than the number of replicas would change of revision ${revision}`, [
      `Where the chart at hand is another one, name that of the release (${chart}) with --chart.`,
      "Where the last revision failed, `wfops rollback` first.",
      "To see it: `wfops deploy --set replicaCount=NUMBER --dry-run`.",
    ]);
  }
  const images = changedPastHelm(running, before).filter(({ what }) => what === "image");
  refusePastHelm(images, [
    "`wfops rollback` goes to a revision with the image that is to run; `wfops deploy --overwrite` sets it back.",
  ]);
  const scalings = slotsOfManifest(after).map(({ deployment, slot, replicas }) => {
    const from = running.find((one) => one.slot === slot)?.wanted ?? 0;
    return { deployment, slot, from, to: replicas ?? from };
  });
  if (scalings.length > 0) return scalings;
  throw new CliError("not-found", `release ${release} has no deployment to scale`, [
    "Argo Rollouts' own tools scale what it runs; `wfops deploy --set replicaCount=NUMBER` does it in the release.",
  ]);
}

function withoutReplicas(manifest: string): readonly unknown[] {
  return objectsOf(manifest).map((object) =>
    textAt(object, "kind") === "Deployment"
      ? { ...record(object), spec: { ...record(at(object, "spec")), replicas: null } }
      : object,
  );
}

async function refuseAutoscaled(programs: Programs, values: unknown, scalings: readonly Scaling[]): Promise<void> {
  const text = await programs.kubectl(["get", "horizontalpodautoscalers", "--output=json"]);
  const names = scalings.map(({ deployment }) => deployment);
  const scaler = list(at(JSON.parse(text), "items")).find((item) =>
    names.includes(textAt(item, "spec", "scaleTargetRef", "name")),
  );
  if (scaler === undefined && at(values, "enabled") !== true) return;
  const own = scaler === undefined ? values : at(scaler, "spec");
  const range = `from ${numberAt(own, "minReplicas")} to ${numberAt(own, "maxReplicas")}`;
  throw new CliError("autoscaled", `an autoscaler decides on ${names.join(", ")}, ${range}`, [
    "Set autoscaling.minReplicas and autoscaling.maxReplicas of the chart instead.",
  ]);
}

async function scaled(
  { target, signal }: Session,
  programs: Programs,
  args: readonly string[],
  scalings: readonly Scaling[],
  { from, to }: Result,
): Promise<void> {
  try {
    await programs.helm(args);
  } catch (fault) {
    if (!(fault instanceof CliError)) throw fault;
    const atOnce = scalings.map(
      ({ deployment, to }) => `kubectl --namespace ${target.namespace} scale deployment/${deployment} --replicas=${to}`,
    );
    const next = [
      ...fault.next,
      `Where it cannot wait: ${atOnce.join("; ")}. Then \`wfops scale ${to}\` as soon as Helm is free, so that it stays.`,
    ];
    if (!signal.aborted) throw new CliError(fault.reason, fault.message, next, fault.exitCode);
    throw interrupted(`Helm set ${showCount(to, "replica")}`, [
      `See \`wfops history\`. To go back: wfops scale ${from}.`,
    ]);
  }
}

async function allReady(
  { terminal, target, signal, timeoutMs }: Session,
  programs: Programs,
  scalings: readonly Scaling[],
  { from, to }: Result,
): Promise<void> {
  for (const { deployment, to: wanted } of scalings) {
    terminal.say(`waiting for ${showCount(wanted, "replica")} of ${deployment}`);
    const limit = `--timeout=${Math.ceil(timeoutMs / 1_000)}s`;
    try {
      await programs.kubectl(["rollout", "status", `deployment/${deployment}`, limit]);
    } catch (fault) {
      if (!(fault instanceof CliError)) throw fault;
      const next = [
        `See how far it is: kubectl --namespace ${target.namespace} get deployment ${deployment}.`,
        `To go back: wfops scale ${from}.`,
        ...fault.next,
      ];
      if (signal.aborted) throw interrupted(`${deployment} goes to ${wanted}; the release says ${to}`, next);
      throw new CliError(fault.reason, fault.message, next);
    }
  }
}

function interrupted(during: string, next: readonly string[]): CliError {
  return new CliError("interrupted", `interrupted while ${during}`, next, exitCodes.interrupted);
}
