import { status } from "@grpc/grpc-js";
import { CompileResponse } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import {
  type GetDeadLetterRequest,
  type GetDeadLetterResponse,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
  type PurgeDeadLettersRequest,
  type PurgeDeadLettersResponse,
  type RetryDeadLetterRequest,
  type RetryDeadLetterResponse,
  type DeadLetter as WireLetter,
  DeadLetterState as WireState,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import type { Answer } from "../cache/answer.ts";
import { type CallError, notFound } from "../grpc/call-error.ts";
import { formatToWire, targetToWire } from "../grpc/wire.ts";
import type { DeadLetter, DeadLetterPurge, DeadLetterState, DeadLetters } from "../store/dead-letters.ts";
import { pageOf, precondition } from "./faults.ts";
import { checkReason, checkRequired, checkText, checkTime, checkTrue, pageSize, refuse, wrongField } from "./fields.ts";
import type { OperationsParts } from "./parts.ts";

const MAX_ID = 100;
const MAX_TOKEN = 500;

export async function listDeadLetters(
  { pageSize: asked, pageToken, state }: ListDeadLettersRequest,
  letters: Pick<DeadLetters, "list">,
): Promise<ListDeadLettersResponse> {
  refuse(checkText("page_token", pageToken, MAX_TOKEN));
  const wanted = stateFromWire(state);
  const filter = { limit: pageSize(asked), pageToken, ...(wanted === null ? {} : { state: wanted }) };
  const page = await pageOf("page_token", letters.list(filter));
  return { deadLetters: page.letters.map(letterToWire), nextPageToken: page.nextPageToken ?? "" };
}

export async function getDeadLetter(
  { id }: GetDeadLetterRequest,
  call: Call,
  letters: Pick<DeadLetters, "get">,
): Promise<GetDeadLetterResponse> {
  refuse(checkRequired("id", id, MAX_ID));
  call.resource = id;
  const letter = await found(id, letters);
  const { content, format, options } = letter;
  return {
    deadLetter: letterToWire(letter),
    source: { format: formatToWire(format), content: Buffer.from(content ?? []), name: "" },
    options:
      options === null
        ? undefined
        : {
            ...options,
            target: targetToWire(options.target),
            noCache: false,
            profile: false,
            ir: false,
            controlFlow: false,
          },
  };
}

/** `normalise` makes an error of what the compiler failed with, and logs it. */
export async function retryDeadLetter(
  { id, reason }: RetryDeadLetterRequest,
  call: Call,
  { store, cache }: Pick<OperationsParts, "store" | "cache">,
  normalise: (fault: unknown) => CallError,
): Promise<RetryDeadLetterResponse> {
  refuse(checkRequired("id", id, MAX_ID), checkReason(reason));
  call.reason = reason;
  call.resource = id;
  const letter = await found(id, store.deadLetters);
  const { content } = letter;
  if (content === null)
    throw precondition("CONTENT_MISSING", "the definition was not kept, so that it cannot be tried again");
  const outcome = await attempt(() => answer({ ...letter, content }, cache, call.signal), normalise);
  await store.deadLetters.markRetried(id, outcome.served, outcome.served ? "" : outcome.errorCode);
  call.note({ served: outcome.served });
  return { deadLetter: letterToWire(await found(id, store.deadLetters)), ...outcome };
}

type Outcome = Omit<RetryDeadLetterResponse, "deadLetter">;

/** Diagnostics that tell of a fault of ours, or of a limit. */
const faults: ReadonlySet<string> = new Set(["WF_COMPILE_002", "WF_COMPILE_004"]);

async function attempt(work: () => Promise<Answer>, normalise: (fault: unknown) => CallError): Promise<Outcome> {
  try {
    const { reply, ok, errorCodes } = await work();
    const fault = errorCodes.find((code) => faults.has(code));
    const { artifact } = ok ? CompileResponse.decode(reply) : { artifact: undefined };
    return {
      served: fault === undefined,
      artifactDigest: artifact?.digest ?? "",
      errorCode: fault ?? errorCodes[0] ?? "",
    };
  } catch (fault) {
    const { code, reason } = normalise(fault);
    return { served: false, artifactDigest: "", errorCode: reason === "" ? (status[code] ?? "UNKNOWN") : reason };
  }
}

function answer(
  { content, format, options }: DeadLetter & { readonly content: Uint8Array },
  cache: OperationsParts["cache"],
  signal: AbortSignal,
): Promise<Answer> {
  const source = { format, content, name: "" };
  if (options === null) return cache.validate(source, { allowInlineCode: false }, { profile: false }, signal);
  return cache.compile(source, options, { noCache: true, profile: false }, signal);
}

export async function purgeDeadLetters(
  { which, reason }: PurgeDeadLettersRequest,
  call: Call,
  letters: Pick<DeadLetters, "purge">,
): Promise<PurgeDeadLettersResponse> {
  refuse(checkReason(reason));
  const chosen = purgeOf(which);
  call.reason = reason;
  call.resource = chosen.kind === "one" ? chosen.id : chosen.kind;
  const purged = await letters.purge(chosen);
  call.note({ purged });
  if (purged === 0 && chosen.kind === "one") throw unknownLetter(chosen.id);
  return { purged: BigInt(purged) };
}

function purgeOf(which: PurgeDeadLettersRequest["which"]): DeadLetterPurge {
  if (which === undefined) throw wrongField("which", "is required: id, resolved, before or all");
  switch (which.$case) {
    case "id":
      refuse(checkRequired("id", which.value, MAX_ID));
      return { kind: "one", id: which.value };
    case "before":
      refuse(checkTime("before", which.value));
      return { kind: "before", time: which.value.getTime() };
    case "resolved":
    case "all":
      refuse(checkTrue(which.$case, which.value));
      return { kind: which.$case };
    default:
      return which satisfies never;
  }
}

async function found<T>(id: string, letters: { get(id: string): Promise<T | null> }): Promise<T> {
  const letter = await letters.get(id);
  if (letter === null) throw unknownLetter(id);
  return letter;
}

function unknownLetter(id: string): CallError {
  return notFound(
    "there is no such dead letter: it may have been purged",
    "UNKNOWN_DEAD_LETTER",
    new Map([["id", id]]),
  );
}

const wireStates: Readonly<Record<DeadLetterState, WireState>> = {
  waiting: WireState.DEAD_LETTER_STATE_WAITING,
  "failed-again": WireState.DEAD_LETTER_STATE_FAILED_AGAIN,
  resolved: WireState.DEAD_LETTER_STATE_RESOLVED,
};

/** null: all. */
function stateFromWire(state: WireState): DeadLetterState | null {
  switch (state) {
    case WireState.DEAD_LETTER_STATE_UNSPECIFIED:
      return null;
    case WireState.DEAD_LETTER_STATE_WAITING:
      return "waiting";
    case WireState.DEAD_LETTER_STATE_FAILED_AGAIN:
      return "failed-again";
    case WireState.DEAD_LETTER_STATE_RESOLVED:
      return "resolved";
    default:
      throw wrongField("state", `has no value ${state}`);
  }
}

function letterToWire(letter: DeadLetter): WireLetter {
  const { id, time, state, method, requestId, principal, errorCode, reason, sourceDigest } = letter;
  return {
    id,
    time: new Date(time),
    state: wireStates[state],
    method,
    requestId,
    principal,
    errorCode,
    failure: reason,
    sourceDigest,
    sourceBytes: BigInt(letter.contentBytes),
    retries: letter.attempts,
    lastRetryAt: letter.lastAttempt === null ? undefined : new Date(letter.lastAttempt),
  };
}
