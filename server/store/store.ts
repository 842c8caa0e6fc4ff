import type { StoreSetting } from "../config/settings.ts";
import type { Guard } from "../dependencies/guard.ts";
import { type ArtifactStore, createArtifactStore } from "./artifacts.ts";
import { type AuditLog, createAuditLog } from "./audit.ts";
import { type BackupOptions, backupStore } from "./backup.ts";
import type { BackupManifest } from "./backup-format.ts";
import { createDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { type Engine, type EngineKind, isStoreError } from "./engine.ts";
import { prepareSchema, readSchema, type SchemaState } from "./migrate.ts";
import { connectPostgres, type PostgresOptions } from "./postgres.ts";
import { prepareEngine } from "./prepared-engine.ts";
import { type RestoreOptions, restoreBackup } from "./restore.ts";
import { openSqlite, type SqliteOptions } from "./sqlite.ts";

/** What outlives the process: the audit log, dead letters and artifacts. */
export interface Store {
  readonly engine: EngineKind;
  readonly audit: AuditLog;
  readonly deadLetters: DeadLetters;
  readonly artifacts: ArtifactStore;
  /** The circuit of PostgreSQL, for health and metrics; null for SQLite. */
  readonly guard: Guard | null;
  /** Rejects with a sentence where the store does not answer. */
  check(): Promise<void>;
  schema(): Promise<SchemaState>;
  /** The whole store as it is when the first byte is asked for, as one file. Calls go on meanwhile. */
  backup(options?: BackupOptions): AsyncIterable<Uint8Array>;
  /** All or nothing. @throws StoreError "refused" where the store is not empty, or with what is wrong with the backup. */
  restore(backup: AsyncIterable<Uint8Array>, options?: RestoreOptions): Promise<BackupManifest>;
  /** Deletes what is older than its retention. Runs by itself every ten minutes. */
  sweep(): Promise<void>;
  /** Writes what waits, for at most `closeMs`, then closes. */
  close(): Promise<void>;
}

/** For the log and the metrics. */
export type StoreEvent =
  /** The database cannot be reached: audit records wait in memory. */
  | { readonly kind: "away"; readonly reason: string }
  | { readonly kind: "back" }
  /** So many records did not fit into memory while the database was away; a gap record will say so. */
  | { readonly kind: "audit-lost"; readonly records: number }
  /** Another process writes to the chain that this one wrote to: it goes on with a chain of this name. */
  | { readonly kind: "chain-changed"; readonly chain: string }
  | { readonly kind: "artifact-damaged"; readonly key: string }
  | { readonly kind: "swept"; readonly auditRecords: number; readonly deadLetters: number; readonly artifacts: number }
  /** Something that no caller waits for failed, such as keeping an artifact. */
  | { readonly kind: "failed"; readonly what: string; readonly reason: string };

export interface StoreOptions {
  /** Names the audit chain of this process. Replicas on PostgreSQL need different names. Default: `main`. */
  readonly replica?: string;
  /** Default: 30 days. */
  readonly auditRetentionMs?: number;
  /** Default: 30 days. */
  readonly deadLetterRetentionMs?: number;
  /** 0: no artifacts are kept. Default: 256 MiB. */
  readonly artifactBytes?: number;
  /** How many audit records wait in memory while the database is away, about 500 bytes each. Default: 20,000. */
  readonly maxWaiting?: number;
  /** How long `close` waits for what is not written yet, in milliseconds. Default: 5,000. */
  readonly closeMs?: number;
  /** Takes secrets out of a dead letter's content; null where it cannot tell. Default: no content is kept. */
  readonly redact?: (content: Uint8Array) => Uint8Array | null;
  readonly onEvent?: (event: StoreEvent) => void;
  /** Milliseconds since 1970. Default: Date.now. */
  readonly now?: () => number;
  readonly sqlite?: SqliteOptions;
  readonly postgres?: PostgresOptions;
}

const DAY_MS = 86_400_000;
const SWEEP_MS = 10 * 60_000;

/**
 * Opens the store and brings its schema up to date. PostgreSQL need not be there: then the schema is looked at as soon as
 * it is, and until then audit records wait in memory.
 *
 * @throws StoreError with a sentence for operators where a file cannot be opened, or where this release cannot work with
 * the schema.
 */
export async function openStore(setting: StoreSetting, options: StoreOptions = {}): Promise<Store> {
  const onEvent = options.onEvent ?? (() => undefined);
  const { raw, guard } = await openEngine(setting, options);
  const engine = prepareEngine({
    engine: raw,
    prepare: () => prepareSchema(raw),
    onAway: (reason) => onEvent({ kind: "away", reason }),
    onBack: () => onEvent({ kind: "back" }),
  });
  try {
    await readSchema(engine);
  } catch (error) {
    if (setting.kind === "sqlite" || !isStoreError(error, "away")) {
      await raw.close();
      throw error;
    }
  }
  return composeStore(engine, guard, options, onEvent);
}

interface OpenEngine {
  readonly raw: Engine;
  readonly guard: Guard | null;
}

/** The database alone, whatever its schema: for those who migrate it. */
export async function openEngine(setting: StoreSetting, options: StoreOptions = {}): Promise<OpenEngine> {
  if (setting.kind === "sqlite") return { raw: await openSqlite(setting.path, options.sqlite), guard: null };
  const raw = connectPostgres(setting.url, options.postgres);
  return { raw, guard: raw.guard };
}

function composeStore(
  engine: Engine,
  guard: Guard | null,
  options: StoreOptions,
  onEvent: (event: StoreEvent) => void,
): Store {
  const now = options.now ?? Date.now;
  const audit = createAuditLog({
    engine,
    replica: options.replica ?? "main",
    maxWaiting: options.maxWaiting ?? 20_000,
    now,
    onEvent,
  });
  const deadLetters = createDeadLetters({ engine, redact: options.redact ?? (() => null), now, onEvent });
  const artifacts = createArtifactStore({ engine, capacityBytes: options.artifactBytes ?? 2 ** 28, now, onEvent });

  async function sweep(): Promise<void> {
    const auditRecords = await audit.retain(now() - (options.auditRetentionMs ?? 30 * DAY_MS));
    const before = now() - (options.deadLetterRetentionMs ?? 30 * DAY_MS);
    const letters = await deadLetters.purge({ kind: "before", time: before });
    onEvent({ kind: "swept", auditRecords, deadLetters: letters, artifacts: await artifacts.evict() });
  }

  const timer = setInterval(() => {
    sweep().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      onEvent({ kind: "failed", what: "deleting what is old", reason });
    });
  }, SWEEP_MS).unref();

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    clearInterval(timer);
    await audit.close(options.closeMs ?? 5_000);
    await artifacts.flush().catch(() => undefined);
    await engine.close();
  }

  return {
    engine: engine.kind,
    audit,
    deadLetters,
    artifacts,
    guard,
    async check() {
      await engine.read("SELECT 1 AS one");
    },
    schema: () => readSchema(engine),
    backup: (backupOptions) => backupStore(engine, backupOptions),
    async restore(backup, restoreOptions) {
      const manifest = await restoreBackup(engine, backup, restoreOptions);
      audit.reset();
      await artifacts.evict();
      return manifest;
    },
    sweep,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
