import { closeSync, existsSync, fdatasyncSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { Row, Statement, Value } from "./engine.ts";

/**
 * SQLite in a thread of its own: a commit waits for the disk, and the event loop must not. Requests are answered in the
 * order in which they come, each in one go.
 */
export type SqliteRequest =
  | { readonly kind: "read"; readonly sql: string; readonly params: readonly Value[]; readonly snapshot: number | null }
  | { readonly kind: "write"; readonly statements: readonly Statement[] }
  | { readonly kind: "begin" | "commit" | "rollback" }
  /** Gives the number of changed rows; `rows`: once for each. */
  | { readonly kind: "run"; readonly sql: string; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: "open-snapshot" | "close-snapshot"; readonly snapshot: number }
  | { readonly kind: "open" | "close" };

export type SqliteMessage = { readonly id: number } & SqliteRequest;

export type SqliteReply = { readonly id: number } & (
  | { readonly kind: "done"; readonly rows: readonly Row[]; readonly changes: number }
  /** `sqliteCode`: SQLite's own, extended; null where the fault is not SQLite's. */
  | { readonly kind: "failed"; readonly sqliteCode: number | null; readonly message: string }
);

export interface SqliteWorkerData {
  /** `:memory:` for none. */
  readonly path: string;
  readonly busyTimeoutMs: number;
}

/** A damaged file is found at the start where looking at all of it takes no more than about a tenth of a second. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024;

/** `expect` did not hold. SQLite has no such code. */
export const CONFLICT_CODE = -1;

class Conflict extends Error {
  readonly errcode = CONFLICT_CODE;
}

if (parentPort !== null) serve(parentPort, workerData);

function serve(port: NonNullable<typeof parentPort>, { path, busyTimeoutMs }: SqliteWorkerData): void {
  let main: Connection | null = null;
  const snapshots = new Map<number, Connection>();
  const sync = createSync(path);
  port.on("message", (message: SqliteMessage) => {
    try {
      port.postMessage({ id: message.id, kind: "done", rows: [], changes: 0, ...answer(message) });
    } catch (error) {
      port.postMessage({ id: message.id, kind: "failed", ...failure(error) });
    }
    if (message.kind === "close") port.close();
  });

  function answer(request: SqliteRequest): { rows?: readonly Row[]; changes?: number } {
    if (request.kind === "open") main = openMain(path, busyTimeoutMs);
    if (main === null) throw new Error("the database is not open");
    switch (request.kind) {
      case "open":
        return {};
      case "read": {
        const connection = request.snapshot === null ? main : snapshots.get(request.snapshot);
        if (connection === undefined) throw new Error("there is no such snapshot");
        return {
          rows: connection
            .statement(request.sql)
            .all(...request.params)
            .map(plainRow),
        };
      }
      case "write":
        sync.soon();
        return writeAll(main, request.statements);
      case "run": {
        const statement = main.statement(request.sql);
        let changes = 0;
        for (const row of request.rows) changes += Number(statement.run(...row).changes);
        return { changes };
      }
      case "begin":
        main.database.exec("BEGIN IMMEDIATE");
        return {};
      case "commit":
        sync.soon();
        main.database.exec("COMMIT");
        return {};
      case "rollback":
        if (main.database.isTransaction) main.database.exec("ROLLBACK");
        return {};
      case "open-snapshot":
        snapshots.set(request.snapshot, openSnapshot(path, main));
        return {};
      case "close-snapshot":
        snapshots.get(request.snapshot)?.database.close();
        snapshots.delete(request.snapshot);
        return {};
      case "close":
        for (const { database } of snapshots.values()) database.close();
        sync.now();
        main.database.close();
        return {};
      default:
        return request satisfies never;
    }
  }
}

/** After a commit, in milliseconds: what a power failure may take back. A sync costs ten times what a commit costs. */
const SYNC_MS = 100;

/** Brings commits to the disk, several at once. SQLite itself does so before it moves them from its log to the database. */
function createSync(path: string): { soon(): void; now(): void } {
  let timer: NodeJS.Timeout | undefined;
  function now(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    try {
      const file = openSync(`${path}-wal`, "r");
      fdatasyncSync(file);
      closeSync(file);
    } catch {
      // The log is gone where SQLite has just moved all of it; where the disk is ill, the next commit says so.
    }
  }
  return {
    now,
    soon() {
      if (path !== ":memory:") timer ??= setTimeout(now, SYNC_MS);
    },
  };
}

interface Connection {
  readonly database: DatabaseSync;
  /** Prepared once. */
  statement(sql: string): StatementSync;
}

/** More kinds of statements than the store has. */
const MAX_PREPARED = 200;

function connectionOf(database: DatabaseSync): Connection {
  const prepared = new Map<string, StatementSync>();
  return {
    database,
    statement(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      const statement = database.prepare(sql);
      if (prepared.size >= MAX_PREPARED) prepared.clear();
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function openMain(path: string, busyTimeoutMs: number): Connection {
  const isChecked = path !== ":memory:" && existsSync(path) && statSync(path).size <= MAX_CHECKED_BYTES;
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: false });
  // NORMAL: a commit is with the operating system when it is acknowledged, and `createSync` brings it to the disk.
  whenNotBusy(busyTimeoutMs, () => database.exec("PRAGMA journal_mode = WAL"));
  database.exec("PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF");
  database.exec("PRAGMA cache_size = -4096; PRAGMA journal_size_limit = 67108864");
  if (isChecked) {
    const result = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    if (result !== "ok") throw Object.assign(new Error(String(result)), { errcode: 11 });
  }
  return connectionOf(database);
}

const SQLITE_BUSY = 5;
const BUSY_PAUSE_MS = 10;

/** SQLite's own waiting leaves out the change of the journal's mode, where two that start together meet. */
function whenNotBusy(limitMs: number, work: () => void): void {
  const until = performance.now() + limitMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const busy = error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
      if (!busy || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
    }
  }
}

/** A second connection that reads in one transaction; of a database in memory, a copy. */
function openSnapshot(path: string, main: Connection): Connection {
  if (path === ":memory:") {
    const copy = new DatabaseSync(":memory:");
    copy.deserialize(main.database.serialize());
    return connectionOf(copy);
  }
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  // A transaction begins to see the store with its first read.
  database.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
  return connectionOf(database);
}

function writeAll({ database, statement }: Connection, statements: readonly Statement[]): { changes: number } {
  let changes = 0;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const { sql, params = [], rowsJson, expect } of statements) {
      const prepared = statement(sql);
      let changed = 0;
      for (const row of rowsJson === undefined ? [params] : rowsOf(rowsJson))
        changed += Number(prepared.run(...row).changes);
      if (expect !== undefined && changed !== expect)
        throw new Conflict(`${changed} rows changed instead of ${expect}`);
      changes += changed;
    }
    database.exec("COMMIT");
    return { changes };
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function rowsOf(json: string): readonly (readonly Value[])[] {
  return JSON.parse(json);
}

function plainRow(row: Record<string, SQLOutputValue>): Row {
  const plain: Record<string, Value> = {};
  for (const [name, value] of Object.entries(row)) plain[name] = typeof value === "bigint" ? Number(value) : value;
  return plain;
}

function failure(error: unknown): { sqliteCode: number | null; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "errcode" in error ? error.errcode : null;
  return { sqliteCode: typeof code === "number" ? code : null, message };
}
