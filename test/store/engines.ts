import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { StoreSetting } from "../../server/config/settings.ts";
import type { EngineKind, Row, Value } from "../../server/store/engine.ts";
import { openStore, type Store, type StoreEvent, type StoreOptions } from "../../server/store/store.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { record } from "./record.ts";

/** One engine under test. Everything that it opens is closed after the test. */
export interface TestedEngine {
  readonly kind: EngineKind;
  /** A place where no store has been yet. */
  place(): Promise<Place>;
}

export interface Place {
  readonly setting: StoreSetting;
  open(options?: StoreOptions): Promise<OpenedStore>;
  /** Somebody with access to the database, past all triggers. */
  tamper(statements: readonly string[]): Promise<void>;
  /** As an honest program would: triggers hold. */
  execute(statement: string): Promise<void>;
  rows(table: string): Promise<readonly Row[]>;
  /** Deletes and writes all rows of a table, past all triggers. */
  replaceRows(table: string, rows: readonly Row[]): Promise<void>;
  /** Keeps everybody from writing audit records until it is called back. */
  block(): Promise<() => Promise<void>>;
}

export type OpenedStore = Store & { readonly events: readonly StoreEvent[] };

/** Runs the same tests on both engines. */
export function describeEngines(name: string, tests: (engine: TestedEngine) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  let postgres: Postgres | null = null;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });
  const later = (close: () => Promise<unknown>): void => void closers.push(close);

  describe(`${name} on SQLite`, () => {
    tests({
      kind: "sqlite",
      place: async () => placeOf({ kind: "sqlite", path: join(folder, `${randomUUID()}.db`) }, later),
    });
  });
  describe(`${name} on PostgreSQL`, () => {
    tests({
      kind: "postgres",
      async place() {
        if (postgres === null) throw new Error("PostgreSQL has not started");
        return placeOf({ kind: "postgres", url: await postgres.database() }, later);
      },
    });
  });
}

function placeOf(setting: StoreSetting, later: (close: () => Promise<unknown>) => void): Place {
  const access = setting.kind === "sqlite" ? sqliteAccess(setting.path) : postgresAccess(setting.url);
  return {
    setting,
    ...access,
    async open(options = {}) {
      const events: StoreEvent[] = [];
      const store = await openStore(setting, {
        sqlite: { busyTimeoutMs: 200 },
        postgres: { timeoutMs: 2_000, openMs: 100 },
        redact: (content) => content,
        ...options,
        onEvent: (event) => void events.push(event),
      });
      later(() => store.close());
      return { ...store, events };
    },
  };
}

type Access = Pick<Place, "tamper" | "execute" | "rows" | "replaceRows" | "block">;

function sqliteAccess(path: string): Access {
  async function using<T>(work: (database: DatabaseSync) => T): Promise<T> {
    const database = new DatabaseSync(path, { timeout: 5_000 });
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
  const withoutTriggers = (database: DatabaseSync, work: () => void): void => {
    database.exec("BEGIN IMMEDIATE");
    const triggers = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${String(name)}`);
    work();
    for (const { sql } of triggers) database.exec(String(sql));
    database.exec("COMMIT");
  };
  return {
    tamper: (statements) => using((database) => withoutTriggers(database, () => database.exec(statements.join(";\n")))),
    execute: (statement) => using((database) => database.exec(statement)),
    rows: (table) =>
      using((database) => {
        const found = database.prepare(`SELECT * FROM ${table}`).all();
        return found.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
      }),
    replaceRows: (table, rows) =>
      using((database) =>
        withoutTriggers(database, () => {
          database.exec(`DELETE FROM ${table}`);
          for (const row of rows) {
            const marks = Object.keys(row).map(() => "?");
            const sql = `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${marks.join(", ")})`;
            database.prepare(sql).run(...Object.values(row));
          }
        }),
      ),
    async block() {
      const database = new DatabaseSync(path, { timeout: 5_000 });
      database.exec("BEGIN IMMEDIATE");
      return async () => database.close();
    },
  };
}

function plain(value: unknown): Value {
  if (typeof value === "string" || typeof value === "number" || value === null || value instanceof Uint8Array)
    return value;
  throw new Error("a column holds what the store never writes");
}

function postgresAccess(url: string): Access {
  async function using<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    client.setTypeParser(pg.types.builtins.INT8, Number);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  return {
    tamper: (statements) =>
      using(async (client) => {
        await client.query("SET session_replication_role = replica");
        for (const statement of statements) await client.query(statement);
      }),
    execute: (statement) =>
      using(async (client) => {
        await client.query(statement);
      }),
    rows: (table) => using(async (client) => (await client.query<Row>(`SELECT * FROM ${table}`)).rows),
    replaceRows: (table, rows) =>
      using(async (client) => {
        await client.query("SET session_replication_role = replica");
        await client.query("BEGIN");
        await client.query(`DELETE FROM ${table}`);
        for (const row of rows) {
          const marks = Object.keys(row).map((_, index) => `$${index + 1}`);
          const sql = `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${marks.join(", ")})`;
          await client.query(sql, Object.values(row));
        }
        await client.query("COMMIT");
      }),
    async block() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query("BEGIN");
      await client.query("LOCK TABLE audit_chains IN ACCESS EXCLUSIVE MODE");
      return () => client.end();
    },
  };
}

/** Appends records `from` to `to` - 1 and waits for them. */
export async function appendMany(store: Store, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  const outcomes = await Promise.all(numbers.map((number) => store.audit.append(record(number))));
  if (outcomes.some((outcome) => outcome !== "committed")) throw new Error("a record was lost");
}
