import { type ChangeFlags, reasonOf } from "./change.ts";
import type { Outcome, Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import { operationsContract } from "./contract.ts";
import { CliError, exitCodes, usageError } from "./exit.ts";
import { lettersOf, stateName, stateNamed } from "./letters.ts";
import { showCount } from "./measures.ts";
import { failureOf, firstThatKnows } from "./replicas.ts";

interface Retried {
  readonly id: string;
  readonly outcome: "would-retry" | "served" | "failed-again" | "error";
  readonly artifactDigest: string;
  readonly errorCode: string;
  readonly error: Pick<CliError, "reason" | "message" | "next"> | null;
}

const MAX_LETTERS = 10_000;

/** One after the other: whatever failed them may not bear more. */
export async function retryLetters(
  session: Session,
  flags: ChangeFlags & { readonly all: boolean },
  named: readonly string[],
): Promise<Outcome> {
  if (flags.all === named.length > 0)
    throw usageError("name dead letters, or all with --all", ["See `wfops deadletter list`."]);
  const reason = reasonOf(flags, "deadletter retry");
  const ids = flags.all ? await unresolved(session) : named;
  if (flags["dry-run"])
    return outcomeOf(
      true,
      ids.map((id) => retried(id, "would-retry")),
    );
  if (ids.length > 0)
    await confirmChange(session.terminal, `Retry ${showCount(ids.length, "dead letter")}?`, flags.yes);
  const results: Retried[] = [];
  for (const [index, id] of ids.entries()) {
    session.terminal.progress(`${id} (${index + 1} of ${ids.length})`);
    try {
      results.push(await retry(session, id, reason));
    } catch (fault) {
      if (session.signal.aborted) throw interruptedAt(ids, index);
      if (!(fault instanceof CliError)) throw fault;
      if (ids.length === 1) throw fault;
      results.push({ ...retried(id, "error"), error: failureOf(fault) });
    }
  }
  return outcomeOf(false, results);
}

async function unresolved(session: Session): Promise<readonly string[]> {
  const { letters, answers } = await lettersOf(session, stateNamed(undefined), MAX_LETTERS);
  const failed = answers.find(({ error }) => error !== null);
  if (failed?.error != null) throw failed.error;
  return letters.flatMap(({ id, state }) => (stateName(state) === "resolved" ? [] : [id]));
}

async function retry(session: Session, id: string, reason: string): Promise<Retried> {
  const contract = await operationsContract();
  // Looking first finds the replica whose store has it.
  const { replica } = await firstThatKnows(session, (asked) => asked.call(contract.getDeadLetter, { id }));
  const { served, artifactDigest, errorCode } = await replica.call(contract.retryDeadLetter, { id, reason });
  return { ...retried(id, served ? "served" : "failed-again"), artifactDigest, errorCode };
}

function retried(id: string, outcome: Retried["outcome"]): Retried {
  return { id, outcome, artifactDigest: "", errorCode: "", error: null };
}

function interruptedAt(ids: readonly string[], index: number): CliError {
  return new CliError(
    "interrupted",
    `interrupted after ${index} of ${showCount(ids.length, "dead letter")}`,
    [
      `Not known, because it was under way: ${ids[index]}. See \`wfops deadletter show ${ids[index]}\`.`,
      "To go on: the same command again. What is resolved already is left out by --all.",
    ],
    exitCodes.interrupted,
  );
}

function outcomeOf(dryRun: boolean, deadLetters: readonly Retried[]): Outcome {
  const lines = deadLetters.map(({ id, outcome, artifactDigest, errorCode, error }) => {
    const details = [
      artifactDigest === "" ? "" : `artifact ${artifactDigest.slice(0, 12)}`,
      errorCode,
      error?.message ?? "",
    ];
    return [id, outcome, ...details.filter((detail) => detail !== "")].join("  ");
  });
  const has = (outcome: Retried["outcome"]): boolean => deadLetters.some((letter) => letter.outcome === outcome);
  return {
    data: { dryRun, deadLetters },
    text: lines.length === 0 ? "There is nothing to retry." : lines.join("\n"),
    exitCode: has("error") ? exitCodes.failed : has("failed-again") ? exitCodes.findings : exitCodes.fine,
  };
}
