import { hash } from "node:crypto";
import type { Row, Value } from "./engine.ts";

/** What the audit log keeps of one call. */
export interface AuditRecord {
  /** When the call arrived, in milliseconds since 1970. */
  readonly time: number;
  readonly requestId: string;
  readonly principal: string;
  readonly address: string;
  readonly method: string;
  /** SHA-256 of the source in hexadecimal, or the id of a dead letter; "" where nothing. */
  readonly resourceDigest: string;
  /** Name of the gRPC status, such as `OK`. */
  readonly outcome: string;
  readonly durationMs: number;
  /** "" where nothing went wrong. */
  readonly errorCode: string;
  /** Why an operator changed something (`Call.reason`), in the operator's words; "" for all other calls. */
  readonly reason: string;
}

/** So many records were lost between two times: what stands in the log in their place. */
export interface Gap {
  readonly lost: number;
  readonly time: number;
  readonly until: number;
}

/** A record as it is kept, with its place in its chain. */
export type AuditEntry = {
  readonly chain: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
} & (({ readonly kind: "call" } & AuditRecord) | ({ readonly kind: "gap" } & Gap));

/** Everything of a record but its place: the columns between `sequence` and `hash`. A gap has its count in `lost`. */
export type RecordFields = readonly [
  time: number,
  requestId: string,
  principal: string,
  address: string,
  method: string,
  resourceDigest: string,
  outcome: string,
  durationMs: number,
  errorCode: string,
  reason: string,
  lost: number,
];

export const recordColumns = [
  "chain",
  "sequence",
  "time",
  "request_id",
  "principal",
  "address",
  "method",
  "resource_digest",
  "outcome",
  "duration_ms",
  "error_code",
  "reason",
  "lost",
  "hash",
] as const;

/** Some texts come from callers: longer ones are cut, in characters. */
const longest = {
  requestId: 200,
  principal: 500,
  address: 100,
  method: 300,
  digest: 200,
  outcome: 40,
  errorCode: 100,
  reason: 500,
};

export function fieldsOfRecord(record: AuditRecord): RecordFields {
  return [
    wholeMs(record.time),
    clean(record.requestId, longest.requestId),
    clean(record.principal, longest.principal),
    clean(record.address, longest.address),
    clean(record.method, longest.method),
    clean(record.resourceDigest, longest.digest),
    clean(record.outcome, longest.outcome),
    microseconds(record.durationMs),
    clean(record.errorCode, longest.errorCode),
    clean(record.reason, longest.reason),
    0,
  ];
}

export function fieldsOfGap({ lost, time, until }: Gap): RecordFields {
  return [wholeMs(time), "", "", "", "", "", "", wholeMs(until) - wholeMs(time), "", "", lost];
}

/** PostgreSQL takes no NUL in a text, and UTF-8 no half of a surrogate pair. */
export function clean(text: string, maxLength: number): string {
  const short = text.length > maxLength ? text.slice(0, maxLength) : text;
  const whole = short.isWellFormed() ? short : short.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\ufffd") : whole;
}

function wholeMs(time: number): number {
  return Number.isFinite(time) ? Math.max(0, Math.min(Math.round(time), 8.64e15)) : 0;
}

function microseconds(durationMs: number): number {
  return Number.isFinite(durationMs) && durationMs > 0 ? Math.min(Math.round(durationMs * 1_000), 1e15) / 1_000 : 0;
}

/** What the first record of a chain has as the hash of the record before it. */
export function genesisHash(chain: number, name: string, openedAt: number): string {
  return hash("sha256", JSON.stringify(["workflow-compiler audit 1", chain, name, openedAt]));
}

/** The canonical bytes of a record: a JSON array in the order of its columns, without its hash. */
export function canonicalText(chain: number, sequence: number, fields: RecordFields): string {
  return JSON.stringify([chain, sequence, ...fields]);
}

/** The hash of a record: SHA-256 over the hash of the record before it, in hexadecimal, and its own canonical bytes. */
export function linkHash(previousHash: string, canonical: string): string {
  return hash("sha256", previousHash + canonical);
}

/** A row of `audit_records` as it is kept. */
export interface KeptRecord {
  readonly chain: number;
  readonly sequence: number;
  readonly fields: RecordFields;
  readonly hash: string;
}

export function keptRecord(row: Row): KeptRecord {
  const fields: RecordFields = [
    numberOf(row.time),
    textOf(row.request_id),
    textOf(row.principal),
    textOf(row.address),
    textOf(row.method),
    textOf(row.resource_digest),
    textOf(row.outcome),
    numberOf(row.duration_ms),
    textOf(row.error_code),
    textOf(row.reason),
    numberOf(row.lost),
  ];
  return { chain: numberOf(row.chain), sequence: numberOf(row.sequence), fields, hash: textOf(row.hash) };
}

/** How many lost records it stands for; 0 for a call. */
export function lostOf(fields: RecordFields): number {
  return fields[10];
}

export function entryOf({ sequence, fields, hash: own }: KeptRecord, chain: string): AuditEntry {
  const [time, requestId, principal, address, method, resourceDigest, outcome, durationMs, errorCode, reason, lost] =
    fields;
  const place = { chain, sequence, hash: own };
  if (lost > 0) return { ...place, kind: "gap", lost, time, until: time + durationMs };
  const who = { requestId, principal, address };
  return { ...place, kind: "call", time, ...who, method, resourceDigest, outcome, durationMs, errorCode, reason };
}

/** A column of another type than it should have gives a value that no hash fits: somebody changed it. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : `not a text: ${String(value)}`;
}

export function numberOf(value: Value | undefined): number {
  return typeof value === "number" ? value : -1;
}
