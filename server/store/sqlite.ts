import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { type Engine, type Reader, type Row, StoreError, type Transaction, type Value } from "./engine.ts";
import {
  CONFLICT_CODE,
  type SqliteMessage,
  type SqliteReply,
  type SqliteRequest,
  type SqliteWorkerData,
} from "./sqlite-worker.ts";

export interface SqliteOptions {
  /** How long to wait for another process that writes, in milliseconds. Default: 5,000. */
  readonly busyTimeoutMs?: number;
}

interface Answer {
  readonly rows: readonly Row[];
  readonly changes: number;
}

/** A few megabytes do for a thread that holds little but SQLite. */
const workerLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 };

/**
 * A file, or `:memory:`. Its folder is made where it is missing (0700); the file is for its owner only (0600).
 *
 * @throws StoreError where it cannot be opened, with the way out.
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Engine> {
  const file = path === ":memory:" ? path : resolve(path);
  if (file !== ":memory:") makePrivateFile(file);
  let channel: Channel | null = null;
  const open = async (): Promise<Channel> => {
    const opened = startWorker({ path: file, busyTimeoutMs: options.busyTimeoutMs ?? 5_000 }, () => {
      channel = null;
    });
    await opened.ask({ kind: "open" });
    await refuseForeign(readerOf(opened, null), file);
    return opened;
  };
  let lastSnapshot = 0;
  let turn: Promise<unknown> | null = null;
  let isClosed = false;

  /** Waits for an exclusive transaction. A thread that died is replaced. */
  async function current(): Promise<Channel> {
    while (turn !== null) await turn;
    if (isClosed) throw new StoreError("away", "the store is closed");
    channel ??= await open();
    return channel;
  }

  channel = await open();
  return {
    kind: "sqlite",
    async read(sql, params) {
      return readerOf(await current(), null).read(sql, params);
    },
    async hasTable(name) {
      return readerOf(await current(), null).hasTable(name);
    },
    async write(statements) {
      await (await current()).ask({ kind: "write", statements });
    },
    async exclusive(work) {
      const held = await current();
      const done = transact(held, work);
      const mine = done
        .catch(() => undefined)
        .finally(() => {
          if (turn === mine) turn = null;
        });
      turn = mine;
      return done;
    },
    async snapshot(work) {
      const held = await current();
      const snapshot = ++lastSnapshot;
      await held.ask({ kind: "open-snapshot", snapshot });
      try {
        return await work(readerOf(held, snapshot));
      } finally {
        await held.ask({ kind: "close-snapshot", snapshot });
      }
    },
    async close() {
      const last = await current();
      isClosed = true;
      await last.ask({ kind: "close" });
      await last.ended;
    },
  };
}

async function transact<T>(channel: Channel, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  await channel.ask({ kind: "begin" });
  try {
    const result = await work(transactionOf(channel));
    await channel.ask({ kind: "commit" });
    return result;
  } catch (error) {
    await channel.ask({ kind: "rollback" });
    throw error;
  }
}

function readerOf(channel: Channel, snapshot: number | null): Reader {
  const read = async (sql: string, params: readonly Value[] = []): Promise<readonly Row[]> =>
    (await channel.ask({ kind: "read", sql, params, snapshot })).rows;
  return {
    read,
    async hasTable(name) {
      return (await read("SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?", [name])).length > 0;
    },
  };
}

function transactionOf(channel: Channel): Transaction {
  return {
    ...readerOf(channel, null),
    async run(sql, params = []) {
      return (await channel.ask({ kind: "run", sql, rows: [params] })).changes;
    },
    async columns(table) {
      const { rows } = await channel.ask({
        kind: "read",
        sql: "SELECT name FROM pragma_table_info(?)",
        params: [table],
        snapshot: null,
      });
      return rows.map(({ name }) => String(name));
    },
    async insert(table, columns, rows) {
      const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
      await channel.ask({ kind: "run", sql, rows });
    },
  };
}

/** What the file was made for stands in its tables: a database of something else is not ours to add to. */
async function refuseForeign(reader: Reader, file: string): Promise<void> {
  // One question, because another process may be making them at this moment.
  const tables = await reader.read("SELECT name FROM sqlite_schema WHERE type = 'table'");
  const isOurs = tables.length === 0 || tables.some(({ name }) => name === "schema_migrations");
  if (!isOurs)
    throw new StoreError("refused", `${file} is a database of another program; name another file in WFC_STORE`);
}

interface Channel {
  ask(request: SqliteRequest): Promise<Answer>;
  readonly ended: Promise<void>;
}

function startWorker(data: SqliteWorkerData, onEnd: () => void): Channel {
  const worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url), {
    workerData: data,
    resourceLimits: workerLimits,
  });
  const open = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let lastId = 0;
  let cause: unknown;
  worker.on("message", (reply: SqliteReply) => {
    const asked = open.get(reply.id);
    open.delete(reply.id);
    if (reply.kind === "done") asked?.resolve(reply);
    else asked?.reject(errorOf(reply.sqliteCode, reply.message, data.path));
  });
  worker.on("error", (error) => {
    cause = error;
  });
  let isOver = false;
  const ended = new Promise<void>((resolveEnd) => {
    worker.on("exit", () => {
      isOver = true;
      onEnd();
      for (const { reject } of open.values()) reject(lost(cause));
      open.clear();
      resolveEnd();
    });
  });
  return {
    ended,
    ask(request) {
      if (isOver) return Promise.reject(lost(cause));
      return new Promise((resolveAnswer, reject) => {
        const id = ++lastId;
        open.set(id, { resolve: resolveAnswer, reject });
        worker.postMessage({ ...request, id } satisfies SqliteMessage);
      });
    },
  };
}

function lost(cause: unknown): StoreError {
  return new StoreError("away", "the thread of the store has ended", cause);
}

function makePrivateFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      "refused",
      `the store ${file} cannot be written (${reason}); name another file in WFC_STORE`,
      error,
    );
  }
}

/** https://www.sqlite.org/rescode.html; the low byte is the primary code. */
function errorOf(code: number | null, message: string, path: string): Error {
  if (code === null) return new Error(`the thread of the store failed: ${message}`);
  if (code === CONFLICT_CODE) return new StoreError("conflict", message);
  const way = "restore a backup into a new file, or move it away to begin with an empty store";
  switch (code & 0xff) {
    case 5:
    case 6:
      return new StoreError("away", `the store ${path} is in use by another process`);
    case 11:
    case 26:
      return new StoreError("damaged", `the store ${path} is damaged (${message}); ${way}`);
    case 13:
      return new StoreError("away", `the disk of the store ${path} is full; make room`);
    case 8:
    case 10:
    case 14:
      return new StoreError("away", `the store ${path} cannot be read or written (${message})`);
    case 19:
      return new StoreError("conflict", message);
    default:
      return new Error(`SQLite refused: ${message} (${code})`);
  }
}
