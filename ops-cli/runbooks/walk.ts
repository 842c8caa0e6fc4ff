import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../command.ts";
import { confirmChange } from "../confirmation.ts";
import { CliError, exitCodes, usageError } from "../exit.ts";
import { type RunOptions, run, shown } from "./run-command.ts";
import type { Phase, Runbook, RunbookCommand, Step } from "./runbook.ts";

export interface WalkOptions extends RunOptions {
  /** Makes every change without asking. */
  readonly yes: boolean;
  /** Titles of the steps under "Act" to take; empty: each is asked about, or with `yes` all are taken. */
  readonly only: readonly string[];
  /** How long "Verify" is tried again, in milliseconds. */
  readonly verifyMs: number;
}

/** What came of a command; `exitCode` null: it was not run. */
export interface Taken {
  readonly phase: Phase;
  readonly step: string;
  readonly command: string;
  readonly exitCode: number | null;
}

export interface Walked {
  readonly taken: readonly Taken[];
  /** Whether all commands under "Verify" came back well; null where they were not run. */
  readonly mended: boolean | null;
}

const VERIFY_PAUSE_MS = 1_000;

/**
 * Walks through a runbook: diagnose, decide, act, verify. What a command prints goes to the terminal as it comes. Findings
 * (exit code 100) are what diagnosing is for; a change that fails ends the walk, for the next one may rest on it.
 */
export async function walk(session: Session, runbook: Runbook, options: WalkOptions): Promise<Walked> {
  const taken: Taken[] = [];
  try {
    return await walkThrough(session, runbook, options, taken);
  } catch (fault) {
    throw session.signal.aborted ? interruptedIn(runbook, taken) : fault;
  }
}

async function walkThrough(session: Session, runbook: Runbook, options: WalkOptions, taken: Taken[]): Promise<Walked> {
  const stepsOf = (phase: Phase): readonly Step[] => runbook.steps.filter((step) => step.phase === phase);
  const note = (step: Step, command: RunbookCommand, exitCode: number | null): void =>
    void taken.push({ phase: step.phase, step: step.title, command: shown(command, options), exitCode });

  checkTitles(runbook, options.only);
  for (const step of [...stepsOf("diagnose"), ...stepsOf("decide")]) {
    tell(session, step);
    for (const command of step.commands) note(step, command, await run(session, command, options));
  }
  for (const step of stepsOf("act")) {
    if (options.only.length > 0 && step.title !== "" && !options.only.includes(step.title)) continue;
    tell(session, step);
    if (!(await agreed(session, step, options))) {
      for (const command of step.commands) note(step, command, null);
      continue;
    }
    for (const command of step.commands) {
      const exitCode = await run(session, command, options);
      note(step, command, exitCode);
      if (exitCode !== exitCodes.fine) throw stopped(runbook, step, command, options);
    }
  }
  return { taken, mended: options.dryRun ? null : await verify(session, stepsOf("verify"), options, note) };
}

async function verify(
  session: Session,
  steps: readonly Step[],
  options: WalkOptions,
  note: (step: Step, command: RunbookCommand, exitCode: number) => void,
): Promise<boolean> {
  const until = Date.now() + options.verifyMs;
  for (const step of steps) {
    tell(session, step);
    for (const command of step.commands) {
      let exitCode = await run(session, command, options);
      while (exitCode !== exitCodes.fine && Date.now() < until) {
        await sleep(VERIFY_PAUSE_MS, undefined, { signal: session.signal }).catch(() => {
          throw session.signal.reason;
        });
        exitCode = await run(session, command, options);
      }
      note(step, command, exitCode);
      if (exitCode !== exitCodes.fine) return false;
    }
  }
  return true;
}

function checkTitles({ name, steps }: Runbook, only: readonly string[]): void {
  const titles = steps.flatMap(({ phase, title }) => (phase === "act" && title !== "" ? [title] : []));
  const wrong = only.find((title) => !titles.includes(title));
  if (wrong === undefined) return;
  throw usageError(`${name} has no step ${JSON.stringify(wrong)}`, [`Under "Act" it has: ${titles.join("; ")}.`]);
}

function tell({ terminal, json }: Session, { phase, title, prose }: Step): void {
  if (json) return;
  terminal.say(`\n${terminal.style("bold", `${phase}${title === "" ? "" : `: ${title}`}`)}`);
  if (prose !== "") terminal.say(prose);
}

/** Steps without commands, and such as only look, need nobody's word. */
async function agreed({ terminal }: Session, step: Step, { yes, dryRun }: WalkOptions): Promise<boolean> {
  if (yes || dryRun || !step.commands.some(({ changes }) => changes)) return true;
  try {
    await confirmChange(terminal, `${step.title === "" ? "Take this step" : step.title}?`, false);
    return true;
  } catch (fault) {
    if (fault instanceof CliError && fault.reason === "not-confirmed") return false;
    throw fault;
  }
}

function stopped({ name }: Runbook, { title }: Step, command: RunbookCommand, options: WalkOptions): CliError {
  return new CliError("runbook", `${name} stands at "${title || "act"}": \`${shown(command, options)}\` failed`, [
    "Its own message stands above. The steps before it were taken.",
    `To go on when it is mended: wfops runbook run ${name}${title === "" ? "" : ` --only ${JSON.stringify(title)}`}.`,
  ]);
}

function interruptedIn({ name }: Runbook, taken: readonly Taken[]): CliError {
  const acts = taken.filter(({ phase, exitCode }) => phase === "act" && exitCode === exitCodes.fine);
  return new CliError(
    "interrupted",
    `interrupted in the middle of ${name}`,
    [
      acts.length === 0 ? "No step under Act was finished." : `Done: ${acts.map(({ command }) => command).join("; ")}.`,
      "If a change was under way, its own message stands above.",
      `To go on: wfops runbook run ${name}; --only TITLE takes single steps.`,
    ],
    exitCodes.interrupted,
  );
}
