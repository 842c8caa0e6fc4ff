import { type ChangeFlags, reasonOf } from "../change.ts";
import { durationMs, type Outcome, type Session } from "../command.ts";
import { confirmChange } from "../confirmation.ts";
import { CliError, exitCodes, usageError } from "../exit.ts";
import { showDiff } from "../rewriting.ts";
import { type Revision, readHistory, readValues } from "./history.ts";
import { plannedManifest, readManifest, textDiff } from "./manifest-diff.ts";
import { changedPastHelm, describePastHelm, forceFlags, type PastHelm, refusePastHelm } from "./past-helm.ts";
import { type Programs, programsOf } from "./programs.ts";
import { rolloutOf } from "./rollout.ts";
import { describeSlot, judgedReady, readSlots } from "./slots.ts";
import { helmWait, ownChart } from "./steps.ts";
import { verify } from "./verification.ts";

interface DeployFlags extends ChangeFlags {
  readonly wait: string;
  readonly chart?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly values?: readonly string[] | undefined;
  readonly "image-tag"?: string | undefined;
  readonly "reset-values": boolean;
  readonly overwrite: boolean;
}

export async function deploy(session: Session, flags: DeployFlags): Promise<Outcome> {
  const { terminal, target } = session;
  const { release } = target;
  const programs = programsOf(session);
  const reason = reasonOf(flags, "deploy");
  const waitMs = durationMs(flags.wait, "--wait");
  const current = (await readHistory(programs, release)).at(-1) ?? null;
  const args = [
    "upgrade",
    "--install",
    release,
    flags.chart ?? ownChart,
    ...(await wishesOf(programs, release, current, flags)),
  ];
  const { diff, pastHelm } = await planned(programs, release, current, args);
  const plan = current === null ? `install ${release}` : `upgrade ${release} from revision ${current.revision}`;
  const from = current?.revision ?? null;
  const setBack = pastHelm.map(describePastHelm);
  if (flags["dry-run"]) {
    const text = [showDiff(diff, terminal), ...setBack, `would ${plan}`].join("\n");
    return { data: { dryRun: true, from, to: null, diff, setBack, verified: null, slots: [] }, text };
  }
  if (!flags.overwrite) refusePastHelm(pastHelm, waysWith(pastHelm));
  if (current !== null) terminal.say(diff === "" ? "No object of the release will change." : showDiff(diff, terminal));
  for (const change of setBack) terminal.say(`to be set back: ${change}`);
  await confirmChange(terminal, `${plan.charAt(0).toUpperCase()}${plan.slice(1)}?`, flags.yes);
  terminal.say(`${terminal.style("accent", "→")} ${plan}`);
  const force = current === null ? [] : await forceFlags(programs, release, current.revision);
  await upgraded(session, programs, [...args, ...force, "--description", `${plan} (${reason})`, ...helmWait(waitMs)]);
  return finished(session, programs, { from, diff, setBack });
}

function waysWith(pastHelm: readonly PastHelm[]): readonly string[] {
  const keep = pastHelm.some(({ what }) => what === "image")
    ? ["--image-tag with the tag that runs takes that image into the release, where there are no slots."]
    : [];
  return [...keep, "--overwrite goes on, and sets it back."];
}

/** What Helm is told of the values. @throws CliError for a tag that would not reach the slot that serves. */
async function wishesOf(
  programs: Programs,
  release: string,
  current: Revision | null,
  flags: DeployFlags,
): Promise<readonly string[]> {
  const tag = flags["image-tag"];
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) {
    throw usageError(`--image-tag is ${JSON.stringify(tag)}; it must be the tag of an image`);
  }
  const wishes = [
    flags["reset-values"] ? "--reset-values" : "--reset-then-reuse-values",
    ...(flags.values ?? []).flatMap((file) => ["--values", file]),
    ...(flags.set ?? []).flatMap((pair) => ["--set", pair]),
  ];
  if (tag === undefined) return wishes;
  const ownTag = ["--set-string", `image.tag=${tag},image.digest=`];
  if (current === null) return [...wishes, ...ownTag];
  const { strategy, active } = rolloutOf(await readValues(programs, release, current.revision), current.appVersion);
  if (strategy !== "rolling") {
    throw usageError(`${release} is rolled out by slots (${strategy}); its image is not to be exchanged in place`, [
      `wfops rollout start --tag ${tag}`,
    ]);
  }
  const slot = `rollout.slots.${active}.image`;
  return [...wishes, ...ownTag, "--set-string", `${slot}.tag=,${slot}.digest=`];
}

/** What will change of the objects, and what of it was changed past Helm. */
async function planned(
  programs: Programs,
  release: string,
  current: Revision | null,
  args: readonly string[],
): Promise<{ readonly diff: string; readonly pastHelm: readonly PastHelm[] }> {
  const after = await plannedManifest(programs, args);
  if (current === null) return { diff: textDiff("manifest", "", after.trim()), pastHelm: [] };
  const before = await readManifest(programs, release, current.revision);
  const diff = textDiff("manifest", before.trim(), after.trim());
  const running = current.status === "deployed" ? await readSlots(programs, release) : [];
  return { diff, pastHelm: changedPastHelm(running, before, after) };
}

async function upgraded({ signal, target }: Session, programs: Programs, args: readonly string[]): Promise<void> {
  try {
    await programs.helm(args);
  } catch (fault) {
    if (!(fault instanceof CliError)) throw fault;
    const what = signal.aborted ? `interrupted while Helm deployed ${target.release}` : fault.message;
    throw new CliError(
      fault.reason,
      what,
      [
        "See where it stands: `wfops history`, `kubectl get pods`.",
        "To go on: the same command. To go back: `wfops rollback`.",
        ...fault.next,
      ],
      signal.aborted ? exitCodes.interrupted : fault.exitCode,
    );
  }
}

async function finished(
  session: Session,
  programs: Programs,
  done: { readonly from: number | null; readonly diff: string; readonly setBack: readonly string[] },
): Promise<Outcome> {
  const { release } = session.target;
  const to = (await readHistory(programs, release)).at(-1)?.revision ?? null;
  const slots = await readSlots(programs, release);
  const { verified, text } = await verify(session);
  return {
    data: { dryRun: false, ...done, to, verified, slots },
    text: [`${release} is at revision ${to}`, ...slots.map((slot) => `  ${describeSlot(slot)}`), text].join("\n"),
    exitCode: slots.every(judgedReady) && verified !== false ? exitCodes.fine : exitCodes.failed,
  };
}
