import { hash } from "node:crypto";
import { type Engine, type EngineKind, type Reader, StoreError, type Transaction } from "./engine.ts";
import { migrations as known, type Migration } from "./migrations.ts";

/** Which schema a store has, and which ones this release can work with. */
export interface SchemaState {
  /** 0: the store is empty. */
  readonly version: number;
  /** The newest that this release knows. */
  readonly latest: number;
  /** The oldest schema that a release must know to run on this store: a rollback to an older release is refused. */
  readonly compatibleFrom: number;
}

export interface MigrateOptions {
  /** Whether steps back may destroy data. Default: no. */
  readonly loseData?: boolean;
  /** For tests. Default: all of this release. */
  readonly migrations?: readonly Migration[];
}

interface Applied {
  readonly version: number;
  readonly checksum: string;
  readonly compatibleFrom: number;
}

/** Brings a store to a schema version, forward or back, in one transaction. Default: the latest. */
export function migrate(engine: Engine, target?: number, options: MigrateOptions = {}): Promise<SchemaState> {
  return engine.exclusive((transaction) => migrateInside(transaction, engine.kind, target, options));
}

export async function migrateInside(
  transaction: Transaction,
  kind: EngineKind,
  target: number | undefined,
  { loseData = false, migrations = known }: MigrateOptions = {},
): Promise<SchemaState> {
  const latest = migrations.length;
  const goal = target ?? latest;
  if (!Number.isInteger(goal) || goal < 0 || goal > latest)
    throw new StoreError("refused", `there is no schema version ${goal}: this release knows 0 to ${latest}`);
  await transaction.run(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
    compatible_from BIGINT NOT NULL, applied_at BIGINT NOT NULL)`);
  const applied = await readApplied(transaction);
  const from = applied.length;
  if (from > latest) throw new StoreError("incompatible", tooNew(from, latest));
  checkHistory(applied, kind, migrations);
  for (const step of migrations.slice(from, goal)) await forward(transaction, kind, step);
  for (const step of migrations.slice(goal, from).reverse()) await back(transaction, kind, step, loseData);
  return stateOf(await readApplied(transaction), latest);
}

/**
 * What every start does: an older schema is brought forward, one that is newer but still fits is left alone.
 *
 * @throws StoreError "incompatible" where this release cannot work with it.
 */
export async function prepareSchema(engine: Engine, migrations: readonly Migration[] = known): Promise<SchemaState> {
  const latest = migrations.length;
  const applied = await readApplied(engine);
  const state = stateOf(applied, latest);
  if (state.version < latest) return migrate(engine, latest, { migrations });
  if (state.compatibleFrom > latest) throw new StoreError("incompatible", tooNew(state.version, latest));
  checkHistory(applied, engine.kind, migrations);
  return state;
}

export async function readSchema(reader: Reader): Promise<SchemaState> {
  return stateOf(await readApplied(reader), known.length);
}

async function forward(transaction: Transaction, kind: EngineKind, step: Migration): Promise<void> {
  for (const sql of statementsOf(step.up, kind)) await transaction.run(sql);
  await transaction.run(
    "INSERT INTO schema_migrations (version, name, checksum, compatible_from, applied_at) VALUES (?, ?, ?, ?, ?)",
    [step.version, step.name, checksumOf(step, kind), step.compatibleFrom, Date.now()],
  );
}

async function back(transaction: Transaction, kind: EngineKind, step: Migration, loseData: boolean): Promise<void> {
  if (step.downLoses !== null && !loseData) {
    const what = `going back before schema version ${step.version} (${step.name}) deletes ${step.downLoses}`;
    throw new StoreError("refused", `${what}; make a backup and ask for it expressly`);
  }
  for (const sql of statementsOf(step.down, kind)) await transaction.run(sql);
  await transaction.run("DELETE FROM schema_migrations WHERE version = ?", [step.version]);
}

/** In order; none where the store is empty. */
async function readApplied(reader: Reader): Promise<readonly Applied[]> {
  if (!(await reader.hasTable("schema_migrations"))) return [];
  const rows = await reader.read("SELECT version, checksum, compatible_from FROM schema_migrations ORDER BY version");
  return rows.map(({ version, checksum, compatible_from }, index) => {
    if (version !== index + 1) throw new StoreError("incompatible", `schema version ${index + 1} is missing`);
    return { version, checksum: String(checksum), compatibleFrom: Number(compatible_from) };
  });
}

/** A step that was changed after it was released: nobody knows what such a store looks like. */
function checkHistory(applied: readonly Applied[], kind: EngineKind, migrations: readonly Migration[]): void {
  for (const { version, checksum } of applied) {
    const step = migrations[version - 1];
    if (step === undefined || checksum === checksumOf(step, kind)) continue;
    const what = `schema version ${version} (${step.name}) of the store is not the one of this release`;
    throw new StoreError("incompatible", `${what}; use the release that made it, or restore a backup into a new store`);
  }
}

function stateOf(applied: readonly Applied[], latest: number): SchemaState {
  const compatibleFrom = Math.max(0, ...applied.map((step) => step.compatibleFrom));
  return { version: applied.length, latest, compatibleFrom };
}

function tooNew(version: number, latest: number): string {
  return (
    `the store has schema version ${version}, and this release knows only ${latest}; ` +
    `start the newer release again, or let that release migrate the store back to version ${latest} first`
  );
}

function statementsOf(script: Migration["up"], kind: EngineKind): readonly string[] {
  return script.flatMap((sql) => (typeof sql === "string" ? [sql] : sql[kind]));
}

/** White space may change, meaning may not. */
function checksumOf(step: Migration, kind: EngineKind): string {
  const text = statementsOf(step.up, kind).map((sql) => sql.replaceAll(/\s+/g, " "));
  return hash("sha256", JSON.stringify([step.version, step.name, step.compatibleFrom, ...text]));
}
