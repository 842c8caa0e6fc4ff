import type { Outcome, Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { CliError, type ExitCode, exitCodes, usageError } from "./exit.ts";
import { type Answer, askAll } from "./fleet.ts";

/** Asks the operators' service of every replica. One that does not answer keeps none of the others from being shown. */
export async function askFleet<T>(
  session: Session,
  ask: (replica: Replica) => Promise<T>,
): Promise<readonly Answer<T>[]> {
  const answers = await askAll(await session.operations(), ask);
  session.signal.throwIfAborted();
  const [only] = answers;
  if (answers.length === 1 && only !== undefined && only.error !== null) throw only.error;
  return answers;
}

export interface Presentation<T> {
  readonly json: (value: T) => unknown;
  readonly text: (value: T, address: string) => string;
  /** Where all replicas answered. Default: 0. */
  readonly exitCode?: ExitCode;
  /** Beside `replicas`. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Between replicas. Default: an empty line. */
  readonly between?: string;
}

/** Every replica's result; exit code 1 where one failed, whatever the others found. */
export function fleetOutcome<T>(
  { terminal, json }: Pick<Session, "terminal" | "json">,
  answers: readonly Answer<T>[],
  { json: toJson, text, exitCode = exitCodes.fine, more = {}, between = "\n\n" }: Presentation<T>,
): Outcome {
  const failed = answers.flatMap(({ error, address }) => (error === null ? [] : [{ address, error }]));
  if (!json) for (const { error } of failed) tellFailure(terminal, error);
  const replicas = answers.map(({ address, value, error }) => ({
    address,
    result: error === null ? toJson(value) : null,
    error: error === null ? null : failureOf(error),
  }));
  const texts = answers.flatMap((answer) => (answer.error === null ? [text(answer.value, answer.address)] : []));
  return {
    data: { ...more, replicas },
    text: texts.join(between),
    exitCode: failed.length > 0 ? exitCodes.failed : exitCode,
  };
}

export function failureOf({ reason, message, next }: CliError): Pick<CliError, "reason" | "message" | "next"> {
  return { reason, message, next };
}

export function tellFailure(terminal: Session["terminal"], { message, next }: CliError): void {
  terminal.complain(`${terminal.style("bad", "error:")} ${message}`);
  for (const step of next) terminal.complain(`  ${terminal.style("dim", "→")} ${step}`);
}

/** The replica that is meant where only one can be. */
export async function onlyReplica(session: Session, what: string): Promise<Replica> {
  const replicas = await session.operations();
  const [replica] = replicas;
  if (replica !== undefined && replicas.length === 1) return replica;
  const addresses = replicas.map(({ address }) => address).join(", ");
  throw usageError(`${what} is one replica's, and there are ${replicas.length}: ${addresses}`, [
    `Name one with --operations, such as --operations ${replica?.address}.`,
  ]);
}

/** The first replica that knows it: replicas may have stores of their own. */
export async function firstThatKnows<T>(
  session: Session,
  ask: (replica: Replica) => Promise<T>,
): Promise<{ readonly replica: Replica; readonly value: T }> {
  let last: CliError | null = null;
  for (const replica of await session.operations()) {
    try {
      return { replica, value: await ask(replica) };
    } catch (fault) {
      if (!(fault instanceof CliError) || session.signal.aborted) throw fault;
      // A replica that is away says less than one that has looked.
      if (last === null || fault.reason === "not-found") last = fault;
    }
  }
  throw last ?? new CliError("unavailable", "there is no server to ask");
}

/** What all replicas answered as one result, and beside it who did not answer; exit code 1 where somebody did not. */
export function mergedOutcome(
  { terminal, json }: Pick<Session, "terminal" | "json">,
  answers: readonly Answer<unknown>[],
  data: Readonly<Record<string, unknown>>,
  text: string,
  exitCode: ExitCode = exitCodes.fine,
): Outcome {
  const failed = answers.flatMap(({ error, address }) => (error === null ? [] : [{ address, error }]));
  if (!json) for (const { error } of failed) tellFailure(terminal, error);
  return {
    data: { ...data, failures: failed.map(({ address, error }) => ({ address, ...failureOf(error) })) },
    text: failed.length === answers.length ? "" : text,
    exitCode: failed.length > 0 ? exitCodes.failed : exitCode,
  };
}

/** The current state in the form of a change's result, for commands that show without their argument and change with it. */
export function changelessOutcome<T>(
  session: Pick<Session, "terminal" | "json">,
  answers: readonly Answer<T>[],
  presentation: Pick<Presentation<T>, "json" | "text">,
): Outcome {
  const { text, exitCode } = fleetOutcome(session, answers, { ...presentation, between: "\n" });
  const replicas = answers.map(({ address, value, error }) => ({
    address,
    plan: null,
    result: error === null ? presentation.json(value) : null,
    error: error === null ? null : failureOf(error),
  }));
  return { data: { dryRun: false, replicas }, text, ...(exitCode === undefined ? {} : { exitCode }) };
}
