import pg from "pg";
import { createGuard, DependencyError, type Guard } from "../dependencies/guard.ts";
import { type Engine, type Reader, type Row, StoreError, type Transaction, type Value } from "./engine.ts";

export interface PostgresOptions {
  /** Connections at once. Default: 5. */
  readonly poolSize?: number;
  /** How long a statement may take, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** How long the circuit stays open, in milliseconds. Default: 60,000. */
  readonly openMs?: number;
}

/** Any number that nobody else uses as an advisory lock in this database: "wfcs" in ASCII. */
const LOCK = 0x77666373;

/** Rows in one INSERT: the protocol takes 65,535 parameters. */
const MAX_PARAMS = 30_000;

type Client = pg.PoolClient;

/** PostgreSQL 14 or newer, for several replicas at once. It need not be there: then everything rejects with "away". */
export function connectPostgres(url: string, options: PostgresOptions = {}): Engine & { readonly guard: Guard } {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 5,
    connectionTimeoutMillis: Math.min(timeoutMs, 5_000),
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: "workflow-compiler",
    types: { getTypeParser },
  });
  // A connection that breaks while nobody uses it: the pool has dropped it already, and the next statement makes another.
  pool.on("error", () => undefined);
  const guard = createGuard("postgres", {
    timeoutMs,
    ...(options.openMs === undefined ? {} : { openMs: options.openMs }),
    isFault: isConnectionFault,
  });

  /** @param signal what it aborts is dropped together with its connection, because the answer may still come. */
  async function withClient<T>(work: (client: Client) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const client = await pool.connect();
    let isReleased = false;
    const release = (error?: Error): void => {
      if (isReleased) return;
      isReleased = true;
      client.release(error);
    };
    const onError = (error: Error): void => release(error);
    const giveUp = (): void => release(new Error("given up"));
    client.on("error", onError);
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      signal?.throwIfAborted();
      return await work(client);
    } catch (error) {
      if (isConnectionFault(error)) release(error instanceof Error ? error : new Error("broken"));
      throw error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
      client.removeListener("error", onError);
      release();
    }
  }

  async function guarded<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await guard.run((signal) => withClient(work, signal));
    } catch (error) {
      throw storeErrorOf(error);
    }
  }

  /** Transactions that last: their time is not bounded, because it grows with the store. */
  async function lasting<T>(begin: string, work: (client: Client) => Promise<T>): Promise<T> {
    await guarded((client) => client.query("SELECT 1"));
    try {
      return await withClient((client) => inTransaction(client, begin, work));
    } catch (error) {
      throw storeErrorOf(error);
    }
  }

  return {
    kind: "postgres",
    guard,
    read: (sql, params) => guarded((client) => readerOf(client).read(sql, params)),
    hasTable: (name) => guarded((client) => readerOf(client).hasTable(name)),
    async write(statements, { patient = false } = {}) {
      const work = async (client: Client): Promise<void> => {
        const [only, ...more] = statements;
        if (only === undefined) return;
        if (more.length === 0) await runAll(client, statements);
        else await inTransaction(client, "BEGIN", () => runAll(client, statements));
      };
      if (!patient) return guarded(work);
      try {
        await withClient(work, AbortSignal.timeout(timeoutMs));
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    exclusive: (work) =>
      lasting("BEGIN", async (client) => {
        await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
        return work(transactionOf(client));
      }),
    snapshot: (work) => lasting("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", (client) => work(readerOf(client))),
    close: () => pool.end(),
  };
}

async function runAll(client: Client, statements: Parameters<Engine["write"]>[0]): Promise<void> {
  for (const { sql, params, expect } of statements) {
    const { rowCount } = await query(client, sql, params);
    if (expect !== undefined && rowCount !== expect)
      throw new StoreError("conflict", `${rowCount} rows changed instead of ${expect}`);
  }
}

async function inTransaction<T>(client: Client, begin: string, work: (client: Client) => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    if (!isConnectionFault(error)) await client.query("ROLLBACK");
    throw error;
  }
}

function readerOf(client: Client): Reader {
  return {
    async read(sql, params) {
      const { rows } = await query(client, sql, params);
      return rows;
    },
    async hasTable(name) {
      const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS found", [name]);
      return rows[0]?.found === true;
    },
  };
}

function transactionOf(client: Client): Transaction {
  return {
    ...readerOf(client),
    async run(sql, params) {
      return (await query(client, sql, params)).rowCount ?? 0;
    },
    async columns(table) {
      const { fields } = await client.query(`SELECT * FROM ${table} LIMIT 0`);
      return fields.map(({ name }) => name);
    },
    async insert(table, columns, rows) {
      const atOnce = Math.max(1, Math.floor(MAX_PARAMS / columns.length));
      for (let at = 0; at < rows.length; at += atOnce) {
        const some = rows.slice(at, at + atOnce);
        const marks = some.map(() => `(${columns.map(() => "?").join(", ")})`).join(", ");
        await query(client, `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${marks}`, some.flat());
      }
    },
  };
}

function query(client: Client, sql: string, params: readonly Value[] = []): Promise<pg.QueryResult<Row>> {
  if (params.length === 0) return client.query<Row>(sql);
  let number = 0;
  const numbered = sql.replaceAll("?", () => `$${++number}`);
  return client.query<Row>(numbered, [...params]);
}

/** Integers as numbers: the store keeps none above 2^53. */
const getTypeParser: pg.CustomTypesConfig["getTypeParser"] = (oid, format) => {
  const isInteger = oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC;
  return isInteger && format !== "binary" ? Number : pg.types.getTypeParser(oid, format);
};

/** Classes of SQLSTATE that say that the server or the way to it is ill: connection, resources, operator, system, internal. */
const faultClasses: ReadonlySet<string> = new Set(["08", "53", "57", "58", "XX"]);

function isConnectionFault(error: unknown): boolean {
  if (error instanceof StoreError) return error.reason === "away";
  if (error instanceof pg.DatabaseError) return faultClasses.has((error.code ?? "").slice(0, 2));
  return !isBug(error);
}

/** What the driver rejects with when a connection breaks is an Error like any other. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

function storeErrorOf(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  if (error instanceof DependencyError) return new StoreError("away", error.message, error);
  if (isBug(error)) return error;
  if (!(error instanceof pg.DatabaseError)) return new StoreError("away", awayMessage(error), error);
  const { code = "", message } = error;
  if (faultClasses.has(code.slice(0, 2))) return new StoreError("away", `PostgreSQL is away (${message})`, error);
  if (code.startsWith("23") || code.startsWith("40")) return new StoreError("conflict", message, error);
  if (code.startsWith("28") || code === "3D000")
    return new StoreError("away", `PostgreSQL refuses the connection (${message}); check WFC_STORE`, error);
  return new Error(`PostgreSQL refused: ${message} (${code})`, { cause: error });
}

/** Node's errors of several addresses have no message of their own. */
function awayMessage(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return `PostgreSQL cannot be reached (${first instanceof Error ? first.message : String(first)})`;
}
