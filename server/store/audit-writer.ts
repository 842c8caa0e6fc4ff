import { setTimeout as sleep } from "node:timers/promises";
import { pauseMs } from "../dependencies/guard.ts";
import { appendStatements, type Chain, claimChain, readChain } from "./audit-chains.ts";
import {
  type AuditRecord,
  canonicalText,
  fieldsOfGap,
  fieldsOfRecord,
  linkHash,
  type RecordFields,
} from "./audit-record.ts";
import { type Engine, isStoreError } from "./engine.ts";
import type { StoreEvent } from "./store.ts";

export interface AuditWriterParts {
  readonly engine: Engine;
  /** Name of the chain. */
  readonly replica: string;
  /** How many records wait in memory while the database is away. About 500 bytes each. */
  readonly maxWaiting: number;
  readonly now: () => number;
  readonly onEvent: (event: StoreEvent) => void;
  readonly onCommit: () => void;
}

export interface AuditWriter {
  append(record: AuditRecord): Promise<AppendOutcome>;
  flush(): Promise<void>;
  /** Forgets where the chain ended: the store has been replaced. */
  reset(): void;
  /** Gives up what cannot be written within `withinMs`. */
  close(withinMs: number): Promise<void>;
  stats(): { readonly chain: string; readonly waiting: number; readonly committed: number; readonly lost: number };
}

export type AppendOutcome = "committed" | "lost";

interface Waiting {
  readonly fields: RecordFields;
  readonly settle: (outcome: AppendOutcome) => void;
}

/** Records that come within this time share a commit, in milliseconds. While a commit is under way, all that come do. */
const GATHER_MS = 2;
const MAX_BATCH = 512;
/**
 * Where many calls come, commits begin at least so far apart, in milliseconds. A commit costs as much CPU as 50 records, in
 * two threads and the file system: at 3,000 calls a second this halves what the audit log costs each of them.
 */
const BUSY_MS = 6;
/** A batch of so many records says that many calls come. */
const BUSY_BATCH = 4;
/** The longest pause between attempts while the database is away: a short loss must not grow into a long one. */
const LONGEST_PAUSE_MS = 2_000;

/**
 * Group commit: one transaction for all records that wait, one at a time. The hashes are made here, in the order of the
 * chain; the database checks that nobody else has written to the chain in between.
 */
export function createAuditWriter(parts: AuditWriterParts): AuditWriter {
  const { engine, maxWaiting, now, onEvent } = parts;
  let waiting: Waiting[] = [];
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  let draining: Promise<void> | null = null;
  let chain: Chain | null = null;
  let loss: { lost: number; time: number; until: number } | null = null;
  let committed = 0;
  let lost = 0;
  /** By `performance.now()`. */
  let notBefore = 0;
  const closing = new AbortController();

  function append(record: AuditRecord): Promise<AppendOutcome> {
    if (closing.signal.aborted) return lose();
    const room = maxWaiting - waiting.length - underWay;
    // The gap stands before the first record that was not lost.
    if (loss !== null && room >= 2) declareLoss();
    if (room < 1 || loss !== null) return lose();
    return new Promise((settle) => {
      waiting.push({ fields: fieldsOfRecord(record), settle });
      schedule();
    });
  }

  function lose(): Promise<AppendOutcome> {
    const time = now();
    loss = { lost: (loss?.lost ?? 0) + 1, time: loss?.time ?? time, until: time };
    lost++;
    if (loss.lost === 1 || loss.lost % 1_000 === 0) onEvent({ kind: "audit-lost", records: loss.lost });
    return Promise.resolve("lost");
  }

  function declareLoss(): void {
    if (loss === null) return;
    onEvent({ kind: "audit-lost", records: loss.lost });
    waiting.push({ fields: fieldsOfGap(loss), settle: () => undefined });
    loss = null;
  }

  function schedule(): void {
    const full = waiting.length >= MAX_BATCH;
    if (draining !== null || (timer !== undefined && !full)) return;
    clearTimeout(timer);
    timer = setTimeout(startDraining, full ? 0 : Math.max(GATHER_MS, notBefore - performance.now()));
  }

  function startDraining(): void {
    timer = undefined;
    draining ??= commitWaiting().finally(() => {
      draining = null;
      if (waiting.length > 0 && !closing.signal.aborted) schedule();
    });
  }

  async function commitWaiting(): Promise<void> {
    if (waiting.length === 0 || closing.signal.aborted) return;
    const batch = waiting.slice(0, MAX_BATCH);
    waiting = waiting.slice(MAX_BATCH);
    underWay = batch.length;
    if (batch.length >= BUSY_BATCH) notBefore = performance.now() + BUSY_MS;
    const isCommitted = await commit(batch.map(({ fields }) => fields));
    underWay = 0;
    if (isCommitted) committed += batch.length;
    else lost += batch.length;
    for (const { settle } of batch) settle(isCommitted ? "committed" : "lost");
    if (isCommitted) parts.onCommit();
    if (waiting.length === 0 && !closing.signal.aborted) declareLoss();
  }

  /** Tries until it is done; false only where the store is closed. */
  async function commit(records: readonly RecordFields[]): Promise<boolean> {
    let batch: Batch | null = null;
    for (let attempt = 1; ; attempt++) {
      try {
        chain ??= await claimChain(engine, parts.replica, null, now());
        batch ??= encode(chain, records);
        await engine.write(appendStatements(engine.kind, batch.before, batch.after, batch.rowsJson), { patient: true });
        chain = batch.after;
        return true;
      } catch (error) {
        if (isStoreError(error, "conflict") && batch !== null) {
          const state = await afterConflict(batch).catch(() => "unknown");
          if (state === "written") return true;
          if (state === "moved") batch = null;
          if (state !== "unknown") continue;
        } else if (attempt === 1 && !isStoreError(error, "away")) {
          onEvent({ kind: "failed", what: "writing audit records", reason: reasonOf(error) });
        }
        if (closing.signal.aborted) return false;
        await pause(attempt);
        if (closing.signal.aborted) return false;
      }
    }
  }

  /** Either this batch was written and only the answer was lost, or another process writes to this chain. */
  async function afterConflict(batch: Batch): Promise<"written" | "moved"> {
    const kept = await readChain(engine, batch.before.number);
    if (kept !== null && kept.name === batch.after.name && kept.hash === batch.after.hash) {
      chain = batch.after;
      return "written";
    }
    chain = await claimChain(engine, parts.replica, batch.before.name, now());
    onEvent({ kind: "chain-changed", chain: chain.name });
    return "moved";
  }

  async function pause(attempt: number): Promise<void> {
    const pausing = Math.min(pauseMs(attempt), LONGEST_PAUSE_MS);
    await sleep(pausing, undefined, { signal: closing.signal }).catch(() => undefined);
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0 || draining !== null) {
      clearTimeout(timer);
      startDraining();
      await draining;
    }
  }

  return {
    append,
    flush,
    reset() {
      chain = null;
    },
    async close(withinMs) {
      const patience = new AbortController();
      const tooLate = sleep(withinMs, undefined, { signal: patience.signal }).catch(() => undefined);
      await Promise.race([flush(), tooLate]);
      patience.abort();
      closing.abort();
      clearTimeout(timer);
      await draining;
      lost += waiting.length;
      for (const { settle } of waiting) settle("lost");
      if (lost > 0 && waiting.length > 0) onEvent({ kind: "audit-lost", records: waiting.length });
      waiting = [];
    },
    stats: () => ({ chain: chain?.name ?? parts.replica, waiting: waiting.length + underWay, committed, lost }),
  };
}

interface Batch {
  readonly before: Chain;
  readonly after: Chain;
  /** A JSON array of the rows. */
  readonly rowsJson: string;
}

/** A row is its canonical text with the hash put before the last bracket: each record is turned into text only once. */
function encode(before: Chain, records: readonly RecordFields[]): Batch {
  let { sequence, hash } = before;
  const rows: string[] = [];
  for (const fields of records) {
    const canonical = canonicalText(before.number, ++sequence, fields);
    hash = linkHash(hash, canonical);
    rows.push(`${canonical.slice(0, -1)},"${hash}"]`);
  }
  return { before, after: { ...before, sequence, hash }, rowsJson: `[${rows.join(",")}]` };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
