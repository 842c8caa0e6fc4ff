import { headsOf } from "./audit.ts";
import { readChains } from "./audit-chains.ts";
import { type BackupItem, encodeBackup, FORMAT_VERSION, product } from "./backup-format.ts";
import { type Engine, type EngineKind, type Reader, type Row, StoreError, type Value } from "./engine.ts";
import { readSchema } from "./migrate.ts";
import { keptTables } from "./migrations.ts";

export interface BackupOptions {
  /** Whether artifacts are in it; they can be made again. Default: true. */
  readonly artifacts?: boolean;
  /** Ends it: the store keeps its old state aside for as long as the backup takes. */
  readonly signal?: AbortSignal;
}

/** The whole store as it is when the first byte is asked for. What it holds in memory does not grow with the store. */
export async function* backupStore(engine: Engine, options: BackupOptions = {}): AsyncGenerator<Uint8Array> {
  const baton = createBaton<BackupItem>();
  const reading = engine.snapshot((reader) => readAll(reader, engine.kind, options, baton.give));
  reading.then(baton.end, baton.fail);
  try {
    yield* encodeBackup(baton.items());
  } finally {
    baton.stop();
    await reading.catch(() => undefined);
  }
}

type Table = (typeof keptTables)[number];

async function readAll(
  reader: Reader,
  engine: EngineKind,
  options: BackupOptions,
  give: (item: BackupItem) => Promise<void>,
): Promise<void> {
  const { version } = await readSchema(reader);
  const tables = keptTables.filter(
    ({ name, since }) => since <= version && (name !== "artifacts" || options.artifacts !== false),
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) counts[name] = await countOf(reader, name);
  const auditHeads = version === 0 ? [] : headsOf(await readChains(reader));
  const about = {
    formatVersion: FORMAT_VERSION,
    product,
    engine,
    schemaVersion: version,
    createdAt: Date.now(),
  } as const;
  await give({ kind: "manifest", manifest: { ...about, counts, auditHeads } });
  for (const table of tables) await readTable(reader, table, options.signal, give);
}

async function readTable(
  reader: Reader,
  { name, order, rowsAtOnce }: Table,
  signal: AbortSignal | undefined,
  give: (item: BackupItem) => Promise<void>,
): Promise<void> {
  const key = order.join(", ");
  const marks = order.map(() => "?").join(", ");
  let last: Row | undefined;
  do {
    signal?.throwIfAborted();
    const behind = last === undefined ? "" : `WHERE (${key}) > (${marks})`;
    const after = order.map((column): Value => last?.[column] ?? null);
    const sql = `SELECT * FROM ${name} ${behind} ORDER BY ${key} LIMIT ${rowsAtOnce}`;
    const rows = await reader.read(sql, last === undefined ? [] : after);
    const [first] = rows;
    if (first === undefined) return;
    const columns = Object.keys(first);
    if (last === undefined) await give({ kind: "part", part: { name, columns } });
    await give({ kind: "rows", rows: rows.map((row) => columns.map((column) => row[column] ?? null)) });
    last = rows.length < rowsAtOnce ? undefined : rows.at(-1);
  } while (last !== undefined);
}

async function countOf(reader: Reader, table: string): Promise<number> {
  const [row] = await reader.read(`SELECT COUNT(*) AS count FROM ${table}`);
  return Number(row?.count ?? 0);
}

interface Baton<T> {
  /** Resolves when the item was taken. */
  give(item: T): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  items(): AsyncGenerator<T>;
  /** Nobody takes any more. */
  stop(): void;
}

/** Hands items from one who gives to one who takes, one at a time. */
function createBaton<T>(): Baton<T> {
  type State = { kind: "item"; item: T; taken: () => void } | { kind: "end" } | { kind: "failed"; error: unknown };
  let state = Promise.withResolvers<State>();
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  return {
    async give(item) {
      const taken = new Promise<void>((resolve) => state.resolve({ kind: "item", item, taken: resolve }));
      await Promise.race([taken, stopped.promise]);
    },
    end: () => state.resolve({ kind: "end" }),
    fail: (error) => state.resolve({ kind: "failed", error }),
    async *items() {
      for (;;) {
        const next = await state.promise;
        if (next.kind === "end") return;
        if (next.kind === "failed") throw next.error;
        state = Promise.withResolvers();
        next.taken();
        yield next.item;
      }
    },
    stop: () => stopped.reject(new StoreError("refused", "nobody reads the backup any more")),
  };
}
