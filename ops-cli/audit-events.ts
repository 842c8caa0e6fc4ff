import {
  type AuditEvent,
  AuditFaultKind,
  type ListAuditEventsRequest,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { CliError, usageError } from "./exit.ts";
import type { Answer } from "./fleet.ts";
import { showDuration, showTime, timeOf } from "./measures.ts";
import { nameOf } from "./words.ts";

export interface AuditFilter {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly principal?: string | undefined;
  readonly method?: string | undefined;
  readonly outcome?: string | undefined;
  readonly "request-id"?: string | undefined;
}

/** `Compile` is short for its full name. */
const services = new Map([
  ["Validate", "CompilerService"],
  ["Compile", "CompilerService"],
  ["CompileStream", "CompilerService"],
  ["ListComponents", "CompilerService"],
  ["ExplainDiagnostic", "CompilerService"],
]);

export function auditRequest(filter: AuditFilter, now: Date): ListAuditEventsRequest {
  const { since, until, principal = "", method = "", outcome = "" } = filter;
  const service = services.get(method) ?? "OperationsService";
  return {
    from: since === undefined ? undefined : timeOf(since, "--since", now),
    until: until === undefined ? undefined : timeOf(until, "--until", now),
    principal,
    method: method === "" || method.includes("/") ? method : `workflow.compiler.v1.${service}/${method}`,
    outcome: outcome.toUpperCase(),
    requestId: filter["request-id"] ?? "",
    limit: 0n,
    last: 0,
    follow: false,
    resumeToken: "",
  };
}

export function eventJson(event: AuditEvent) {
  return { ...event, lostUntil: event.lostUntil ?? null };
}

export function eventRow(event: AuditEvent): readonly string[] {
  const { time, principal, method, outcome, durationMs, errorCode, resourceDigest, requestId, reason, lost } = event;
  if (lost > 0n) return [showTime(time), "", "", "LOST", "", `${lost} records, until ${showTime(event.lostUntil)}`];
  const about = [errorCode, resourceDigest.slice(0, 16), reason === "" ? "" : `“${reason}”`, `request ${requestId}`];
  return [
    showTime(time),
    principal,
    method.split("/").at(-1) ?? method,
    outcome,
    showDuration(durationMs),
    about.filter((word) => word !== "").join(", "),
  ];
}

export const eventHead = ["TIME (UTC)", "PRINCIPAL", "METHOD", "OUTCOME", "TOOK", "WHAT"];

export function faultName(kind: AuditFaultKind): string {
  return nameOf(AuditFaultKind, kind, "AUDIT_FAULT_KIND_");
}

/** The last `last` records (0: all) that match, oldest first. Replicas that share a store give the same ones: each once. */
export async function lastEvents(
  session: Session,
  request: ListAuditEventsRequest,
  last: number,
): Promise<{ readonly events: readonly AuditEvent[]; readonly answers: readonly Answer<unknown>[] }> {
  const { askFleet } = await import("./replicas.ts");
  const contract = await operationsContract();
  const answers = await askFleet(session, async (replica) => {
    const found: AuditEvent[] = [];
    const stream = replica.stream(contract.listAuditEvents, { ...request, last });
    for await (const { events } of stream) found.push(...events);
    return found;
  });
  const known = new Map(answers.flatMap(({ value }) => value ?? []).map((event) => [event.hash, event]));
  const events = [...known.values()].sort((a, b) => (a.time?.getTime() ?? 0) - (b.time?.getTime() ?? 0));
  return { events: last === 0 ? events : events.slice(-last), answers };
}

/** What a replica gave of one chain. Stores of their own may name their chains alike: the first record tells them apart. */
interface GivenChain {
  readonly first: string;
  last: bigint;
}

/** Every record that matches, replica by replica. What an earlier replica gave is left out: they share a store. */
export async function* everyEvent(
  replicas: readonly Replica[],
  request: ListAuditEventsRequest,
): AsyncGenerator<AuditEvent> {
  const contract = await operationsContract();
  const before = new Map<string, GivenChain>();
  for (const replica of replicas) {
    const own = new Map<string, GivenChain>();
    for await (const { events } of replica.stream(contract.listAuditEvents, request)) {
      for (const event of events) {
        const { chain, sequence, hash } = event;
        const given = own.get(chain) ?? { first: hash, last: sequence };
        given.last = sequence;
        own.set(chain, given);
        const known = before.get(given.first);
        if (known === undefined || sequence > known.last) yield event;
      }
    }
    for (const given of own.values()) before.set(given.first, given);
  }
}

const RETRY_MS = 1_000;
/** Replicas that share a store give each record at nearly the same time. */
const REMEMBERED = 10_000;

/** Whether a word is not among the last so many. */
function createMemory(size: number): (word: string) => boolean {
  const words = new Set<string>();
  return (word) => {
    if (words.has(word)) return false;
    words.add(word);
    const [oldest] = words;
    if (words.size > size && oldest !== undefined) words.delete(oldest);
    return true;
  };
}

/** Follows every replica until the session is interrupted. A replica that goes away is asked again. */
export async function followEvents(
  session: Session,
  request: ListAuditEventsRequest,
  last: number,
  show: (event: AuditEvent) => void,
): Promise<void> {
  const contract = await operationsContract();
  const isNew = createMemory(REMEMBERED);
  const follow = async (replica: Replica): Promise<void> => {
    let resumeToken = "";
    let answered = false;
    for (;;) {
      try {
        const begin = resumeToken === "" ? { last } : { last: 0, resumeToken };
        const stream = replica.stream(contract.listAuditEvents, { ...request, ...begin, follow: true });
        for await (const batch of stream) {
          answered = true;
          if (batch.resumeToken !== "") resumeToken = batch.resumeToken;
          for (const event of batch.events) {
            if (isNew(event.hash)) show(event);
          }
        }
      } catch (fault) {
        if (session.signal.aborted) return;
        if (!answered || !(fault instanceof CliError) || fault.reason !== "unavailable") throw fault;
        session.terminal.say(`${fault.message}; asking again`);
      }
      await pause(RETRY_MS, session.signal);
      if (session.signal.aborted) return;
    }
  };
  await Promise.all((await session.operations()).map(follow));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Such as those that `audit verify --save-heads` wrote. */
export function parseHeads(written: string, path: string) {
  let tree: unknown;
  try {
    tree = JSON.parse(written);
  } catch {
    throw usageError(`${path} is not JSON`, ["It is written by `wfops audit verify --save-heads`."]);
  }
  const heads: unknown = typeof tree === "object" && tree !== null && "heads" in tree ? tree.heads : null;
  if (!Array.isArray(heads)) throw usageError(`${path} has no list \`heads\``);
  return heads.map((head: unknown) => {
    if (typeof head === "object" && head !== null && "chain" in head && "sequence" in head && "hash" in head) {
      const { chain, sequence, hash } = head;
      if (typeof chain === "string" && typeof hash === "string" && Number.isSafeInteger(sequence))
        return { chain, sequence: BigInt(Number(sequence)), hash };
    }
    throw usageError(`${path} has a head without chain, sequence and hash`);
  });
}
