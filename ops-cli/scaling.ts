import { type ChangeFlags, reasonOf } from "./change.ts";
import type { Outcome, Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import { CliError, exitCodes, usageError } from "./exit.ts";
import { showCount } from "./measures.ts";
import { list, numberAt, textAt } from "./release/json.ts";
import { type Programs, programsOf } from "./release/programs.ts";
import type { Target } from "./settings.ts";

interface ScaleFlags extends ChangeFlags {
  readonly slot?: string | undefined;
  readonly wait: boolean;
}

interface Deployment {
  readonly name: string;
  readonly slot: string;
  readonly replicas: number;
}

export async function scaleRelease(session: Session, flags: ScaleFlags, to: number): Promise<Outcome> {
  const reason = reasonOf(flags, "scale");
  const { terminal, target, signal } = session;
  const programs = programsOf(session);
  const { name, replicas: from } = await chosen(programs, target, flags.slot);
  await refuseAutoscaled(programs, name);
  const data = { deployment: name, from, to, ready: null };
  if (flags["dry-run"]) return { data: { dryRun: true, ...data }, text: `would scale ${name} from ${from} to ${to}` };
  const nobody = to === 0 ? ": then nobody is served" : "";
  await confirmChange(terminal, `Scale ${name} from ${from} to ${showCount(to, "replica")}${nobody}?`, flags.yes);
  try {
    await programs.kubectl(["annotate", "--overwrite", `deployment/${name}`, `kubernetes.io/change-cause=${reason}`]);
    await programs.kubectl(["scale", `deployment/${name}`, `--current-replicas=${from}`, `--replicas=${to}`]);
    if (!flags.wait) return { data: { dryRun: false, ...data }, text: `${name} is on its way from ${from} to ${to}` };
    terminal.say(`waiting for ${showCount(to, "replica")} of ${name}`);
    await programs.kubectl([
      "rollout",
      "status",
      `deployment/${name}`,
      `--timeout=${Math.ceil(session.timeoutMs / 1_000)}s`,
    ]);
  } catch (fault) {
    if (!(fault instanceof CliError)) throw fault;
    const now = `See how far it is: kubectl --namespace ${target.namespace} get deployment ${name}.`;
    const back = `To go back: wfops scale ${from}${flags.slot === undefined ? "" : ` --slot ${flags.slot}`}.`;
    const next = [now, back, ...fault.next];
    if (!signal.aborted) throw new CliError(fault.reason, fault.message, next);
    throw new CliError("interrupted", `interrupted while ${name} goes to ${to}`, next, exitCodes.interrupted);
  }
  const ready = readyOf(await programs.kubectl(["get", `deployment/${name}`, "--output=json"]));
  return { data: { dryRun: false, ...data, ready }, text: `${name} has ${ready} of ${showCount(to, "replica")} ready` };
}

async function chosen(programs: Programs, target: Target, slot: string | undefined): Promise<Deployment> {
  const found = deploymentsOf(
    await programs.kubectl(["get", "deployments", `--selector=${serverSelector(target)}`, "--output=json"]),
  );
  const wanted = slot === undefined ? found : found.filter((one) => one.slot === slot);
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return only;
  if (only === undefined) {
    throw new CliError("not-found", `there is no deployment of the release ${target.release} in ${target.namespace}`, [
      "Name them with WFOPS_RELEASE and WFOPS_NAMESPACE, or in your context. An Argo Rollout is scaled by its own tools.",
    ]);
  }
  const list = found.map(({ name, replicas }) => `${name} (${replicas})`).join(", ");
  throw usageError(`a rollout is under way, with two slots: ${list}`, ["Name one with --slot, or end the rollout."]);
}

async function refuseAutoscaled(programs: Programs, name: string): Promise<void> {
  const { items }: { items?: unknown } = JSON.parse(
    await programs.kubectl(["get", "horizontalpodautoscalers", "--output=json"]),
  );
  const scaler = list(items).find((item) => textAt(item, "spec", "scaleTargetRef", "name") === name);
  if (scaler === undefined) return;
  const range = `from ${numberAt(scaler, "spec", "minReplicas")} to ${numberAt(scaler, "spec", "maxReplicas")}`;
  throw new CliError("autoscaled", `an autoscaler decides on ${name}, ${range}`, [
    "Set autoscaling.minReplicas and autoscaling.maxReplicas of the chart instead.",
  ]);
}

function deploymentsOf(json: string): readonly Deployment[] {
  const { items }: { items?: unknown } = JSON.parse(json);
  return list(items).map((item) => ({
    name: textAt(item, "metadata", "name"),
    slot: textAt(item, "metadata", "labels", "workflow-compiler.dev/slot"),
    replicas: numberAt(item, "spec", "replicas"),
  }));
}

function readyOf(json: string): number {
  return numberAt(JSON.parse(json), "status", "readyReplicas");
}

/** The pods and deployments of the release that compile. */
export function serverSelector({ release }: Target): string {
  return `app.kubernetes.io/instance=${release},app.kubernetes.io/component=server`;
}
