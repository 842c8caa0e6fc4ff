import {
  type AuditEvent,
  AuditFaultKind,
  type ListAuditEventsRequest,
  type ListAuditEventsResponse,
  type VerifyAuditLogRequest,
  type VerifyAuditLogResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import { unavailable } from "../grpc/call-error.ts";
import type { AuditLog } from "../store/audit.ts";
import type { AuditFilter, AuditPage } from "../store/audit-list.ts";
import type { AuditEntry } from "../store/audit-record.ts";
import type { ChainFault } from "../store/audit-verify.ts";
import { pageOf } from "./faults.ts";
import { checkRange, checkText, checkTime, refuse, wrong } from "./fields.ts";

const BATCH = 500;
const MAX_LAST = 1_000;
const MAX_TEXT = 500;

/** How long a client should wait before it asks another replica. */
const RETRY_MS = 1_000;

/**
 * Everything that matches, then, with `follow`, what comes. Nothing between the two is missed or given twice.
 *
 * @param ending aborts when the server is about to close.
 */
export async function* listAuditEvents(
  request: ListAuditEventsRequest,
  call: Pick<Call, "signal">,
  log: Pick<AuditLog, "list" | "tail" | "heads">,
  ending: AbortSignal,
): AsyncGenerator<ListAuditEventsResponse> {
  checkList(request);
  const filter = filterOf(request);
  let budget = request.limit === 0n ? Number.POSITIVE_INFINITY : Number(request.limit);
  const heads = request.follow ? await log.heads() : [];
  const newSince = new Map(heads.map(({ chain, sequence }) => [chain, sequence]));
  const given = new Set<string>();
  const nameOf = ({ chain, sequence }: AuditEntry): string => `${sequence} ${chain}`;
  for await (const page of pagesOf(request, filter, log)) {
    const entries = page.entries.slice(0, budget);
    for (const entry of entries)
      if (request.follow && entry.sequence > (newSince.get(entry.chain) ?? 0)) given.add(nameOf(entry));
    if (entries.length > 0) yield { events: entries.map(eventToWire), resumeToken: page.nextPageToken ?? "" };
    budget -= entries.length;
    if (budget === 0) return;
  }
  if (!request.follow) return;
  for await (const entry of log.tail(filter, AbortSignal.any([call.signal, ending]), heads)) {
    if (given.delete(nameOf(entry))) continue;
    yield { events: [eventToWire(entry)], resumeToken: "" };
    if (--budget === 0) return;
  }
  if (ending.aborted) throw unavailable(RETRY_MS);
}

async function* pagesOf(
  { last, resumeToken }: ListAuditEventsRequest,
  filter: AuditFilter,
  log: Pick<AuditLog, "list">,
): AsyncGenerator<AuditPage> {
  if (last > 0) {
    const { entries } = await log.list({ ...filter, first: "newest", limit: last });
    yield { entries: entries.toReversed(), nextPageToken: null };
    return;
  }
  let pageToken: string | null = resumeToken;
  while (pageToken !== null) {
    const page: AuditPage = await pageOf("resume_token", log.list({ ...filter, limit: BATCH, pageToken }));
    yield page;
    pageToken = page.nextPageToken;
  }
}

function checkList(request: ListAuditEventsRequest): void {
  const { follow: follows, from, until, last, resumeToken } = request;
  refuse(
    checkTime("from", from),
    checkTime("until", until),
    checkRange("last", last, 0, MAX_LAST),
    follows && until !== undefined ? wrong("until", "does not go with `follow`") : [],
    last > 0 && resumeToken !== "" ? wrong("last", "does not go with `resume_token`") : [],
    ...(["principal", "method", "outcome", "requestId", "resumeToken"] as const).map((field) =>
      checkText(field, request[field], MAX_TEXT),
    ),
  );
}

function filterOf({ from, until, principal, method, outcome, requestId }: ListAuditEventsRequest): AuditFilter {
  return {
    ...(from === undefined ? {} : { since: from.getTime() }),
    ...(until === undefined ? {} : { until: until.getTime() }),
    ...(principal === "" ? {} : { principal }),
    ...(method === "" ? {} : { method }),
    ...(outcome === "" ? {} : { outcome }),
    ...(requestId === "" ? {} : { requestId }),
  };
}

const noCall = {
  requestId: "",
  principal: "",
  address: "",
  method: "",
  resourceDigest: "",
  outcome: "",
  durationMs: 0,
  errorCode: "",
  reason: "",
};

function eventToWire(entry: AuditEntry): AuditEvent {
  const { chain, hash } = entry;
  const place = { chain, hash, sequence: BigInt(entry.sequence), time: new Date(entry.time) };
  switch (entry.kind) {
    case "call": {
      const { kind, time, sequence, ...record } = entry;
      return { ...record, ...place, lost: 0n, lostUntil: undefined };
    }
    case "gap":
      return { ...noCall, ...place, lost: BigInt(entry.lost), lostUntil: new Date(entry.until) };
    default:
      return entry satisfies never;
  }
}

export async function verifyAuditLog(
  { knownHeads }: VerifyAuditLogRequest,
  call: Call,
  log: Pick<AuditLog, "verify" | "heads">,
): Promise<VerifyAuditLogResponse> {
  const known = knownHeads.map(({ chain, sequence, hash }) => ({ chain, sequence: Number(sequence), hash }));
  const found = await log.verify({ knownHeads: known, signal: call.signal });
  const heads = await log.heads();
  call.note({ intact: found.ok, records: found.records });
  return {
    intact: found.ok,
    records: BigInt(found.records),
    declaredLost: BigInt(found.declaredLost),
    chains: found.chains.map((chain) => ({
      chain: chain.chain,
      firstSequence: BigInt(chain.firstSequence),
      lastSequence: BigInt(chain.lastSequence),
      records: BigInt(chain.records),
      declaredLost: BigInt(chain.declaredLost),
      fault: chain.fault === null ? undefined : faultToWire(chain.fault),
    })),
    heads: heads.map(({ chain, sequence, hash }) => ({ chain, sequence: BigInt(sequence), hash })),
  };
}

function faultToWire({ kind, sequence, message }: ChainFault): {
  kind: AuditFaultKind;
  sequence: bigint;
  message: string;
} {
  return { kind: faultKinds[kind], sequence: BigInt(sequence), message };
}

const faultKinds: Readonly<Record<ChainFault["kind"], AuditFaultKind>> = {
  altered: AuditFaultKind.AUDIT_FAULT_KIND_ALTERED,
  missing: AuditFaultKind.AUDIT_FAULT_KIND_MISSING,
  truncated: AuditFaultKind.AUDIT_FAULT_KIND_TRUNCATED,
  forged: AuditFaultKind.AUDIT_FAULT_KIND_FORGED,
  rewritten: AuditFaultKind.AUDIT_FAULT_KIND_REWRITTEN,
  "no-chain": AuditFaultKind.AUDIT_FAULT_KIND_NO_CHAIN,
};
