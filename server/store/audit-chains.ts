import { genesisHash, type KeptRecord, keptRecord, numberOf, recordColumns, textOf } from "./audit-record.ts";
import type { Engine, EngineKind, Reader, Row, Statement } from "./engine.ts";

/** A chain of records with its head: the last one that was written. */
export interface Chain {
  readonly number: number;
  readonly name: string;
  /** Of the head; 0: there is no record yet. */
  readonly sequence: number;
  /** Of the head. */
  readonly hash: string;
}

/** The last record that retention deleted; sequence 0 where it deleted none. */
export interface ChainWithAnchor extends Chain {
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly anchorSequence: number;
  readonly anchorHash: string;
}

const columns = recordColumns.join(", ");
const chainColumns = "number, name, opened_at, anchor_sequence, anchor_hash, head_sequence, head_hash";

export async function readChains(reader: Reader): Promise<readonly ChainWithAnchor[]> {
  return (await reader.read(`SELECT ${chainColumns} FROM audit_chains ORDER BY number`)).map(chainOf);
}

export async function readChain(reader: Reader, number: number): Promise<ChainWithAnchor | null> {
  const [row] = await reader.read(`SELECT ${chainColumns} FROM audit_chains WHERE number = ?`, [number]);
  return row === undefined ? null : chainOf(row);
}

export function chainOf(row: Row): ChainWithAnchor {
  return {
    number: numberOf(row.number),
    name: textOf(row.name),
    openedAt: numberOf(row.opened_at),
    anchorSequence: numberOf(row.anchor_sequence),
    anchorHash: textOf(row.anchor_hash),
    sequence: numberOf(row.head_sequence),
    hash: textOf(row.head_hash),
  };
}

/** How many records are read at once. */
export const RECORD_PAGE = 1_000;

/** The next records of a chain, in its order. Written so that both engines go straight to their place in the primary key. */
export async function readRecords(reader: Reader, chain: number, after: number): Promise<readonly KeptRecord[]> {
  const rows = await reader.read(
    `SELECT ${columns} FROM audit_records WHERE (chain, sequence) > (?, ?) AND chain <= ?
     ORDER BY chain, sequence LIMIT ${RECORD_PAGE}`,
    [chain, after, chain],
  );
  return rows.map(keptRecord);
}

/** How many chains there must be. */
export async function readRegistry(reader: Reader): Promise<number> {
  const [row] = await reader.read("SELECT chains FROM audit_registry WHERE id = 1");
  return row === undefined ? 0 : numberOf(row.chains);
}

/**
 * The chain of this name, made where it is missing.
 *
 * @param taken another process writes to this chain: the next name is claimed, such as `main.2` after `main`.
 */
export function claimChain(engine: Engine, base: string, taken: string | null, now: number): Promise<Chain> {
  return engine.exclusive(async (transaction) => {
    const name = taken === null ? base : nextName(base, taken);
    const select = `SELECT ${chainColumns} FROM audit_chains WHERE name = ?`;
    const [found] = await transaction.read(select, [name]);
    if (found !== undefined) return chainOf(found);
    const number = (await readRegistry(transaction)) + 1;
    const hash = genesisHash(number, name, now);
    await transaction.run(
      `INSERT INTO audit_chains (number, name, opened_at, anchor_sequence, anchor_hash, head_sequence, head_hash)
       VALUES (?, ?, ?, 0, ?, 0, ?)`,
      [number, name, now, hash, hash],
    );
    await transaction.run(
      "INSERT INTO audit_registry (id, chains) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET chains = excluded.chains",
      [number],
    );
    return { number, name, sequence: 0, hash };
  });
}

function nextName(base: string, taken: string): string {
  const number = taken === base ? 1 : Number(taken.slice(base.length + 1));
  return `${base}.${number + 1}`;
}

const moveHead = `UPDATE audit_chains SET head_sequence = ?, head_hash = ?
  WHERE number = ? AND head_sequence = ? AND head_hash = ?`;

/** @param rowsJson a JSON array of rows in the order of `recordColumns`. */
export function appendStatements(
  kind: EngineKind,
  before: Chain,
  after: Chain,
  rowsJson: string,
): readonly Statement[] {
  const head = [after.sequence, after.hash, before.number, before.sequence, before.hash];
  const marks = recordColumns.map(() => "?").join(", ");
  switch (kind) {
    case "sqlite":
      return [
        { sql: moveHead, params: head, expect: 1 },
        { sql: `INSERT INTO audit_records (${columns}) VALUES (${marks})`, rowsJson },
      ];
    case "postgres":
      // One statement, so that a commit is one round trip: where the head has moved it inserts nothing.
      return [{ sql: postgresAppend, params: [...head, rowsJson], expect: after.sequence - before.sequence }];
    default:
      return kind satisfies never;
  }
}

const integers: ReadonlySet<string> = new Set(["chain", "sequence", "time", "lost"]);
const castColumns = recordColumns.map((name, index) => {
  if (integers.has(name)) return `(row->>${index})::bigint`;
  return name === "duration_ms" ? `(row->>${index})::double precision` : `row->>${index}`;
});
const postgresAppend = `WITH head AS (${moveHead.replace("head_sequence = ?", "head_sequence = ?::bigint")} RETURNING number)
  INSERT INTO audit_records (${columns})
  SELECT ${castColumns.join(", ")} FROM head, json_array_elements(?::json) AS rows(row)`;
