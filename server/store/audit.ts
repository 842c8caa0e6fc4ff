import { setTimeout as sleep } from "node:timers/promises";
import { type ChainWithAnchor, RECORD_PAGE, readChain, readChains, readRecords } from "./audit-chains.ts";
import { type AuditFilter, type AuditPage, listRecords, passes } from "./audit-list.ts";
import {
  type AuditEntry,
  type AuditRecord,
  canonicalText,
  entryOf,
  type KeptRecord,
  linkHash,
} from "./audit-record.ts";
import { type AuditHead, type AuditVerification, type VerifyOptions, verifyLog } from "./audit-verify.ts";
import { type AppendOutcome, createAuditWriter } from "./audit-writer.ts";
import { type Engine, isStoreError, type Statement, StoreError } from "./engine.ts";
import type { StoreEvent } from "./store.ts";

/**
 * The audit log: append-only, a chain of hashes for each replica. The hash of a record covers the hash of the record
 * before it, so that nothing can be changed, taken out or moved without `verify` finding it.
 */
export interface AuditLog {
  /**
   * Resolves with "committed" when the record is on disk, or with "lost" when it never will be, because the database was
   * away for so long that memory for waiting records was full (or until `close`). Never rejects. It may take as long as
   * the database is away: whoever must answer a call waits for a bounded time only; the record is written later anyway.
   */
  append(record: AuditRecord): Promise<AppendOutcome>;
  /** Resolves when everything that was appended so far is committed or lost. */
  flush(): Promise<void>;
  /** @throws StoreError "refused" for a page token that is none. */
  list(filter: AuditFilter): Promise<AuditPage>;
  /**
   * Records as they are committed, by any replica: those behind `after`, which `heads` gave, else from now on. Ends when
   * `signal` aborts.
   */
  tail(filter: AuditFilter, signal: AbortSignal, after?: readonly AuditHead[]): AsyncIterable<AuditEntry>;
  /** All records that pass, as JSON Lines. `limit` and `pageToken` do not count. */
  export(filter: AuditFilter): AsyncIterable<string>;
  /** Reads the whole log in constant memory. Calls go on meanwhile. */
  verify(options?: VerifyOptions): Promise<AuditVerification>;
  /** The end of each chain. Kept elsewhere, they prove later that the log was not rewritten. */
  heads(): Promise<readonly AuditHead[]>;
  stats(): AuditStats;
}

export interface AuditStats {
  readonly chain: string;
  /** Records that wait to be committed. */
  readonly waiting: number;
  readonly committed: number;
  readonly lost: number;
}

export interface AuditParts {
  readonly engine: Engine;
  readonly replica: string;
  readonly maxWaiting: number;
  readonly now: () => number;
  readonly onEvent: (event: StoreEvent) => void;
}

export interface OwnedAuditLog extends AuditLog {
  /** Deletes records from before `cutoff`, whole beginnings of chains only; gives how many. */
  retain(cutoff: number): Promise<number>;
  reset(): void;
  close(withinMs: number): Promise<void>;
}

/** How often `tail` looks for records of other replicas, in milliseconds. */
const POLL_MS = 500;

export function createAuditLog(parts: AuditParts): OwnedAuditLog {
  const { engine } = parts;
  let nextCommit = Promise.withResolvers<void>();
  const writer = createAuditWriter({
    ...parts,
    onCommit() {
      nextCommit.resolve();
      nextCommit = Promise.withResolvers();
    },
  });

  async function* tail(
    filter: AuditFilter,
    signal: AbortSignal,
    after?: readonly AuditHead[],
  ): AsyncGenerator<AuditEntry> {
    const known = after && new Map(after.map(({ chain, sequence }) => [chain, sequence]));
    const from = (name: string, head: number): number => (known === undefined ? head : (known.get(name) ?? 0));
    const chains = await readChains(engine);
    const seen = new Map(chains.map(({ number, name, sequence }) => [number, from(name, sequence)]));
    while (!signal.aborted) {
      const committed = nextCommit.promise;
      for (const chain of await readChains(engine)) {
        for await (const entry of entriesAfter(chain, seen.get(chain.number) ?? 0)) {
          if (signal.aborted) return;
          seen.set(chain.number, entry.sequence);
          if (passes(entry, filter)) yield entry;
        }
      }
      await Promise.race([committed, sleep(POLL_MS, undefined, { signal }).catch(() => undefined)]);
    }
  }

  async function* entriesAfter({ number, name, sequence }: ChainWithAnchor, from: number): AsyncGenerator<AuditEntry> {
    for (let after = from; after < sequence; ) {
      const rows = await readRecords(engine, number, after);
      for (const row of rows) yield entryOf(row, name);
      after = rows.at(-1)?.sequence ?? sequence;
    }
  }

  async function* exported(filter: AuditFilter): AsyncGenerator<string> {
    for (let pageToken: string | null = ""; pageToken !== null; ) {
      const page: AuditPage = await listRecords(engine, { ...filter, limit: RECORD_PAGE, pageToken });
      if (page.entries.length > 0) yield page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
      pageToken = page.nextPageToken;
    }
  }

  return {
    append: writer.append,
    flush: writer.flush,
    list: (filter) => listRecords(engine, filter),
    tail,
    export: exported,
    verify: (options) => engine.snapshot((reader) => verifyLog(reader, options)),
    async heads() {
      return headsOf(await readChains(engine));
    },
    stats: writer.stats,
    reset: writer.reset,
    close: writer.close,
    async retain(cutoff) {
      let deleted = 0;
      for (const { number } of await readChains(engine)) deleted += await retainChain(engine, number, cutoff);
      return deleted;
    },
  };
}

export function headsOf(chains: readonly ChainWithAnchor[]): readonly AuditHead[] {
  return chains.map(({ name, sequence, hash }) => ({ chain: name, sequence, hash }));
}

/**
 * Deletes the beginning of a chain up to the first record that must stay. The hash of the last deleted one stays as the
 * anchor, so that the rest still verifies. The anchor moves first: only what is before it can be deleted.
 */
async function retainChain(engine: Engine, number: number, cutoff: number): Promise<number> {
  let deleted = 0;
  for (;;) {
    const chain = await readChain(engine, number);
    if (chain === null) return deleted;
    const records = await readRecords(engine, number, chain.anchorSequence);
    const kept = records.findIndex(({ fields: [time] }) => time >= cutoff);
    const old = kept < 0 ? records : records.slice(0, kept);
    const last = old.at(-1);
    if (last === undefined) return deleted;
    if (!isUnbroken(chain, old)) {
      const what = `the audit chain ${JSON.stringify(chain.name)} does not verify; its old records are kept as evidence`;
      throw new StoreError("refused", what);
    }
    try {
      await engine.write(moveAnchor(chain, last));
    } catch (error) {
      // Another replica was faster.
      if (isStoreError(error, "conflict")) return deleted;
      throw error;
    }
    deleted += old.length;
  }
}

/** Retention must not take away the traces of a change. */
function isUnbroken({ number, anchorSequence, anchorHash }: ChainWithAnchor, records: readonly KeptRecord[]): boolean {
  let last = { sequence: anchorSequence, hash: anchorHash };
  for (const { sequence, fields, hash } of records) {
    const isNext =
      sequence === last.sequence + 1 && hash === linkHash(last.hash, canonicalText(number, sequence, fields));
    if (!isNext) return false;
    last = { sequence, hash };
  }
  return true;
}

function moveAnchor(chain: ChainWithAnchor, { sequence, hash }: KeptRecord): readonly Statement[] {
  return [
    {
      sql: `UPDATE audit_chains SET anchor_sequence = ?, anchor_hash = ? WHERE number = ? AND anchor_sequence = ?`,
      params: [sequence, hash, chain.number, chain.anchorSequence],
      expect: 1,
    },
    { sql: "DELETE FROM audit_records WHERE chain = ? AND sequence <= ?", params: [chain.number, sequence] },
  ];
}
