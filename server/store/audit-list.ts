import { readChains } from "./audit-chains.ts";
import { type AuditEntry, entryOf, type KeptRecord, keptRecord, numberOf, recordColumns } from "./audit-record.ts";
import { type Reader, StoreError, type Value } from "./engine.ts";

export interface AuditFilter {
  /** Milliseconds since 1970, inclusive. */
  readonly since?: number;
  /** Milliseconds since 1970, exclusive. */
  readonly until?: number;
  readonly principal?: string;
  readonly method?: string;
  readonly outcome?: string;
  readonly requestId?: string;
  /** Default: "oldest". */
  readonly first?: "oldest" | "newest";
  /** From 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** From the page before this one; "" or absent: from the beginning. */
  readonly pageToken?: string;
}

export interface AuditPage {
  /** May be fewer than `limit`, or none, although there are more. */
  readonly entries: readonly AuditEntry[];
  /** null: there are no more. */
  readonly nextPageToken: string | null;
}

/** A place in the order of the list. */
type Key = readonly [time: number, chain: number, sequence: number];

/** Before all chains and sequences. */
const FIRST = Number.MIN_SAFE_INTEGER;

/** Records are read in stretches of this many, so that no query holds up the commits behind it. */
const STRETCH = 5_000;
/** How many stretches one page may take: a million records. */
const MAX_STRETCHES = 200;

export async function listRecords(reader: Reader, filter: AuditFilter): Promise<AuditPage> {
  const limit = Math.max(1, Math.min(filter.limit ?? 100, 1_000));
  const names = new Map((await readChains(reader)).map(({ number, name }) => [number, name]));
  const entries: AuditEntry[] = [];
  let after = keyOf(filter.pageToken ?? "");
  for (let stretch = 0; stretch < MAX_STRETCHES; stretch++) {
    const { records, end } = await readStretch(reader, filter, after, limit - entries.length);
    entries.push(...records.map((record) => entryOf(record, names.get(record.chain) ?? `number ${record.chain}`)));
    const last = records.at(-1);
    if (entries.length === limit && last !== undefined)
      return { entries, nextPageToken: tokenOf([last.fields[0], last.chain, last.sequence]) };
    if (end === null) return { entries, nextPageToken: null };
    after = end;
  }
  return { entries, nextPageToken: after === null ? null : tokenOf(after) };
}

interface Stretch {
  readonly records: readonly KeptRecord[];
  /** null: nothing is behind it. */
  readonly end: Key | null;
}

async function readStretch(reader: Reader, filter: AuditFilter, after: Key | null, limit: number): Promise<Stretch> {
  const isNewest = filter.first === "newest";
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = filter;
  const direction = isNewest ? "DESC" : "ASC";
  const order = `ORDER BY time ${direction}, chain ${direction}, sequence ${direction}`;
  // The place to go on from is also the bound on its side, so that both engines go straight to it in the index.
  const bounds = isNewest
    ? "(time, chain, sequence) < (?, ?, ?) AND time >= ?"
    : "(time, chain, sequence) > (?, ?, ?) AND time < ?";
  const first: Key = [isNewest ? until : since, FIRST, FIRST];
  const params: readonly Value[] = [...(after ?? first), isNewest ? since : until];
  const wanted = conditionsOf(filter);
  const length = wanted.sql === "" ? limit : STRETCH;
  const stretch = (columns: string): string =>
    `(SELECT ${columns} FROM audit_records WHERE ${bounds} ${order} LIMIT ${length}) AS stretch`;
  const rows = await reader.read(`SELECT * FROM ${stretch(recordColumns.join(", "))} ${wanted.sql} ${order} LIMIT ?`, [
    ...params,
    ...wanted.params,
    limit,
  ]);
  const records = rows.map(keptRecord);
  if (records.length === limit) return { records, end: null };
  const ends = await reader.read(
    `SELECT time, chain, sequence FROM ${stretch("time, chain, sequence")} ${order} LIMIT 1 OFFSET ${length - 1}`,
    params,
  );
  const [end] = ends.map(({ time, chain, sequence }): Key => [numberOf(time), numberOf(chain), numberOf(sequence)]);
  return { records, end: end ?? null };
}

function conditionsOf(filter: AuditFilter): { readonly sql: string; readonly params: readonly string[] } {
  const pairs = [
    ["principal = ?", filter.principal],
    ["method = ?", filter.method],
    ["outcome = ?", filter.outcome],
    ["request_id = ?", filter.requestId],
  ] as const;
  const given = pairs.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const sql = given.length === 0 ? "" : `WHERE ${given.map((condition) => condition.sql).join(" AND ")}`;
  return { sql, params: given.map(({ value }) => value) };
}

/** Whether `tail` shows it. */
export function passes(entry: AuditEntry, filter: AuditFilter): boolean {
  const { since = 0, until = Number.POSITIVE_INFINITY, principal, method, outcome, requestId } = filter;
  if (entry.time < since || entry.time >= until) return false;
  const call = entry.kind === "call" ? entry : { principal: "", method: "", outcome: "", requestId: "" };
  return (
    (principal === undefined || call.principal === principal) &&
    (method === undefined || call.method === method) &&
    (outcome === undefined || call.outcome === outcome) &&
    (requestId === undefined || call.requestId === requestId)
  );
}

function tokenOf(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function keyOf(token: string): Key | null {
  if (token === "") return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(token.slice(0, 200), "base64url").toString());
    if (Array.isArray(key)) {
      const [time, chain, sequence] = key.map(Number);
      if (isWhole(time) && isWhole(chain) && isWhole(sequence)) return [time, chain, sequence];
    }
  } catch {
    // Not JSON: told below.
  }
  throw new StoreError("refused", "the page token is not one that this list gave");
}

function isWhole(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}
