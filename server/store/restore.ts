import { chainOf } from "./audit-chains.ts";
import { type KeptRecord, keptRecord, numberOf } from "./audit-record.ts";
import { type ChainVerification, type ChainVerifier, createChainVerifier, faultsOfRegistry } from "./audit-verify.ts";
import { altered, type BackupItem, type BackupManifest, decodeBackup, refusal } from "./backup-format.ts";
import { type Engine, type EngineKind, type Row, StoreError, type Transaction, type Value } from "./engine.ts";
import { migrateInside } from "./migrate.ts";
import { keptTables, migrations } from "./migrations.ts";

export interface RestoreOptions {
  /** Whether what the store holds may be deleted first. Default: no. */
  readonly replace?: boolean;
}

/**
 * Reads a whole backup without restoring it: its digests, its counts, and its audit chains.
 *
 * @throws StoreError "refused" with what is wrong.
 */
export async function verifyBackup(source: AsyncIterable<Uint8Array>): Promise<BackupManifest> {
  const check = createCheck();
  for await (const item of decodeBackup(source)) check.take(item);
  return check.end();
}

/**
 * Puts a backup into a store, in one transaction: where anything is wrong with it, the store stays as it was. A backup of
 * an older release is brought to the schema of this one.
 *
 * @throws StoreError "refused" where the store is not empty, or with what is wrong with the backup.
 */
export function restoreBackup(
  engine: Engine,
  source: AsyncIterable<Uint8Array>,
  { replace = false }: RestoreOptions = {},
): Promise<BackupManifest> {
  return engine.exclusive(async (transaction) => {
    if (!replace) await refuseFilled(transaction);
    const check = createCheck();
    let put: ((rows: Rows) => Promise<void>) | null = null;
    for await (const item of decodeBackup(source)) {
      check.take(item);
      if (item.kind === "manifest") await clear(transaction, engine.kind, item.manifest);
      else if (item.kind === "part") put = await putInto(transaction, item.part);
      else await put?.(item.rows);
    }
    const manifest = check.end();
    await migrateInside(transaction, engine.kind, undefined);
    return manifest;
  });
}

type Rows = readonly (readonly Value[])[];

async function refuseFilled(transaction: Transaction): Promise<void> {
  for (const { name } of keptTables) {
    if (!(await transaction.hasTable(name))) continue;
    const rows = await transaction.read(`SELECT 1 AS found FROM ${name} LIMIT 1`);
    if (rows.length > 0)
      throw new StoreError(
        "refused",
        "the store is not empty; restore into a new one, or ask to replace what it holds",
      );
  }
}

/** Away with everything, then the schema that the backup was made with. */
async function clear(transaction: Transaction, kind: EngineKind, { schemaVersion }: BackupManifest): Promise<void> {
  if (schemaVersion > migrations.length)
    throw refusal(
      `has schema version ${schemaVersion}, and this release knows ${migrations.length}: use a newer release`,
    );
  await migrateInside(transaction, kind, 0, { loseData: true });
  await migrateInside(transaction, kind, schemaVersion);
}

async function putInto(
  transaction: Transaction,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
): Promise<(rows: Rows) => Promise<void>> {
  // Names come from the file: only those of our own tables and columns become SQL.
  if (!keptTables.some((table) => table.name === name) || !(await transaction.hasTable(name))) throw altered();
  const known = new Set(await transaction.columns(name));
  if (known.size !== columns.length || !columns.every((column) => known.has(column))) throw altered();
  return async (rows) => {
    if (rows.some((row) => row.length !== columns.length)) throw altered();
    await transaction.insert(name, columns, rows);
  };
}

/** What must hold of a whole backup besides its digests. */
function createCheck() {
  let manifest: BackupManifest | null = null;
  let part: { readonly name: string; readonly columns: readonly string[] } | null = null;
  const counts = new Map<string, number>();
  const chains = createChainsCheck();
  function take(item: BackupItem): void {
    if (item.kind === "manifest") {
      if (manifest !== null) throw altered();
      manifest = item.manifest;
    } else if (item.kind === "part") {
      if (manifest === null || counts.has(item.part.name)) throw altered();
      part = item.part;
      counts.set(part.name, 0);
    } else {
      if (part === null) throw altered();
      counts.set(part.name, (counts.get(part.name) ?? 0) + item.rows.length);
      for (const row of item.rows) chains.take(part.name, rowOf(part.columns, row));
    }
  }
  function end(): BackupManifest {
    if (manifest === null) throw altered();
    for (const [name, count] of Object.entries(manifest.counts)) if ((counts.get(name) ?? 0) !== count) throw altered();
    const fault = chains.end(manifest).find((chain) => chain.fault !== null)?.fault;
    if (fault) throw refusal(`holds an audit log that does not verify (${fault.message})`);
    return manifest;
  }
  return { take, end };
}

/** The audit chains of a backup, whose rows come in order: first the registry, then the chains, then their records. */
function createChainsCheck() {
  const verifiers = new Map<number, ChainVerifier>();
  const chains: ReturnType<typeof chainOf>[] = [];
  let registered = 0;
  let highest = 0;
  return {
    take(table: string, row: Row): void {
      if (table === "audit_registry") registered = numberOf(row.chains);
      else if (table === "audit_chains") {
        const chain = chainOf(row);
        chains.push(chain);
        verifiers.set(chain.number, createChainVerifier(chain));
      } else if (table === "audit_records") {
        const record: KeptRecord = keptRecord(row);
        highest = Math.max(highest, record.chain);
        verifiers.get(record.chain)?.take(record);
      }
    },
    end({ auditHeads }: BackupManifest): readonly ChainVerification[] {
      const results = [...verifiers.values()].map((verifier) => verifier.end());
      return [...results, ...faultsOfRegistry(chains, registered, highest, auditHeads)];
    },
  };
}

function rowOf(columns: readonly string[], row: readonly Value[]): Row {
  if (row.length !== columns.length) throw altered();
  return Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null]));
}
