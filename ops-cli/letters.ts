import { type CompileOptions, Target } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { type DeadLetter, DeadLetterState } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { Format, type Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import type { Session } from "./command.ts";
import { operationsContract } from "./contract.ts";
import type { Answer } from "./fleet.ts";
import type { Field } from "./layout.ts";
import { showBytes, showTime } from "./measures.ts";
import { askFleet } from "./replicas.ts";
import { nameOf } from "./words.ts";

export function letterJson(letter: DeadLetter) {
  return { ...letter, state: stateName(letter.state), lastRetryAt: letter.lastRetryAt ?? null };
}

export function stateName(state: DeadLetterState): string {
  return nameOf(DeadLetterState, state, "DEAD_LETTER_STATE_");
}

const states: ReadonlyMap<string, DeadLetterState> = new Map([
  ["waiting", DeadLetterState.DEAD_LETTER_STATE_WAITING],
  ["failed-again", DeadLetterState.DEAD_LETTER_STATE_FAILED_AGAIN],
  ["resolved", DeadLetterState.DEAD_LETTER_STATE_RESOLVED],
]);

export function stateNamed(name: string | undefined): DeadLetterState {
  return states.get(name ?? "") ?? DeadLetterState.DEAD_LETTER_STATE_UNSPECIFIED;
}

export function letterFields(letter: DeadLetter): readonly Field[] {
  return [
    ["id", letter.id],
    ["time", showTime(letter.time)],
    ["state", stateName(letter.state)],
    ["failure", letter.failure],
    ["error", letter.errorCode],
    ["method", letter.method],
    ["request", letter.requestId],
    ["principal", letter.principal],
    ["source", `${showBytes(letter.sourceBytes)}, SHA-256 ${letter.sourceDigest}`],
    ["retries", letter.retries === 0 ? "never" : `${letter.retries}, last ${showTime(letter.lastRetryAt)}`],
  ];
}

const PAGE = 1_000;

/**
 * The dead letters of every replica, newest first. Replicas that share a store give the same ones: each counts once.
 *
 * @param limit how many at most of each replica.
 */
export async function lettersOf(
  session: Session,
  state: DeadLetterState,
  limit: number,
): Promise<{ readonly answers: readonly Answer<unknown>[]; readonly letters: readonly DeadLetter[] }> {
  const contract = await operationsContract();
  const answers = await askFleet(session, async (replica) => {
    const found: DeadLetter[] = [];
    let pageToken = "";
    do {
      const pageSize = Math.min(PAGE, limit - found.length);
      const page = await replica.call(contract.listDeadLetters, { pageSize, pageToken, state });
      found.push(...page.deadLetters);
      pageToken = page.nextPageToken;
    } while (pageToken !== "" && found.length < limit);
    return found;
  });
  const byId = new Map(answers.flatMap(({ value }) => value ?? []).map((letter) => [letter.id, letter]));
  const letters = [...byId.values()].sort((a, b) => (b.time?.getTime() ?? 0) - (a.time?.getTime() ?? 0));
  return { answers, letters: letters.slice(0, limit) };
}

/** null where the definition was not kept. */
export function sourceJson(source: Source | undefined) {
  if (source === undefined || source.content.length === 0) return null;
  return { format: nameOf(Format, source.format, "FORMAT_"), content: new TextDecoder().decode(source.content) };
}

/** null where it was a Validate. */
export function optionsJson(options: CompileOptions | undefined) {
  if (options === undefined) return null;
  return { target: nameOf(Target, options.target, "TARGET_"), allowInlineCode: options.allowInlineCode };
}
