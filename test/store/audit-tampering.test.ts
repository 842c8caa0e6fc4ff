import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../server/store/engine.ts";
import { appendMany, describeEngines, type OpenedStore, type Place } from "./engines.ts";

const tables = ["audit_registry", "audit_chains", "audit_records"] as const;
type Table = (typeof tables)[number];
type Log = Readonly<Record<Table, readonly Row[]>>;

const perChain = 12;

/** Two chains of twelve records. */
async function fill(place: Place): Promise<OpenedStore> {
  const [one, two] = [await place.open({ replica: "one" }), await place.open({ replica: "two" })];
  await appendMany(one, 0, perChain);
  await appendMany(two, 0, perChain);
  return one;
}

async function readLog(place: Place): Promise<Log> {
  const [audit_registry, audit_chains, audit_records] = await Promise.all(tables.map((table) => place.rows(table)));
  const order = (row: Row): number => Number(row.chain) * 1_000 + Number(row.sequence);
  return {
    audit_registry: audit_registry ?? [],
    audit_chains: audit_chains ?? [],
    audit_records: (audit_records ?? []).toSorted((a, b) => order(a) - order(b)),
  };
}

async function writeLog(place: Place, log: Log): Promise<void> {
  for (const table of tables) await place.replaceRows(table, log[table]);
}

const index = fc.nat(2 * perChain - 1);

/** Each changes a log in one way. A change that changes nothing gives null. */
const mutations: fc.Arbitrary<(log: Log) => Log | null> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom<readonly [Table, string]>(
        ...["time", "request_id", "principal", "address", "method", "resource_digest", "outcome"].map(
          (column) => ["audit_records", column] as const,
        ),
        ...["duration_ms", "error_code", "reason", "lost", "hash"].map((column) => ["audit_records", column] as const),
        ...["name", "opened_at", "head_sequence", "head_hash", "anchor_hash"].map(
          (column) => ["audit_chains", column] as const,
        ),
        ["audit_registry", "chains"],
      ),
      index,
      fc.integer({ min: 1, max: 9 }),
    )
    .map(
      ([[table, column], at, by]) =>
        (log: Log) =>
          change(log, table, at % log[table].length, column, by),
    ),
  index.map((at) => (log: Log) => ({ ...log, audit_records: log.audit_records.filter((_, other) => other !== at) })),
  fc.integer({ min: 1, max: perChain }).map((count) => (log: Log) => ({
    ...log,
    audit_records: log.audit_records.slice(0, -count),
  })),
  fc.tuple(index, index).map(
    ([a, b]) =>
      (log: Log) =>
        swap(log, a, b),
  ),
  fc.nat(1).map((chain) => (log: Log) => append(log, chain + 1)),
  fc.nat(1).map((at) => (log: Log) => ({ ...log, audit_chains: log.audit_chains.filter((_, other) => other !== at) })),
  fc.nat(1).map((chain) => (log: Log) => ({
    ...log,
    audit_chains: log.audit_chains.filter(({ number }) => number !== chain + 1),
    audit_records: log.audit_records.filter((row) => row.chain !== chain + 1),
  })),
);

function change(log: Log, table: Table, at: number, column: string, by: number): Log {
  const rows = log[table].map((row, other) => {
    if (other !== at) return row;
    const value = row[column];
    return { ...row, [column]: typeof value === "number" ? value + by : `${by}${value}` };
  });
  return { ...log, [table]: rows };
}

/** Two records change places; each takes the other's place in its chain. */
function swap(log: Log, a: number, b: number): Log | null {
  const [first, second] = [log.audit_records[a], log.audit_records[b]];
  if (a === b || first === undefined || second === undefined) return null;
  const placed = (row: Row, { chain, sequence }: Row): Row => ({ ...row, chain: chain ?? 0, sequence: sequence ?? 0 });
  const audit_records = log.audit_records.map((row) =>
    row === first ? placed(second, first) : row === second ? placed(first, second) : row,
  );
  return { ...log, audit_records };
}

function append(log: Log, chain: number): Log | null {
  const last = log.audit_records.findLast((row) => row.chain === chain);
  if (last === undefined) return null;
  return { ...log, audit_records: [...log.audit_records, { ...last, sequence: Number(last.sequence) + 1 }] };
}

describeEngines("verification", (engine) => {
  test("finds any single change", async () => {
    const place = await engine.place();
    const store = await fill(place);
    const log = await readLog(place);
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 2 * perChain });
    await fc.assert(
      fc.asyncProperty(mutations, async (mutate) => {
        const changed = mutate(log);
        if (changed === null) return;
        await writeLog(place, changed);
        expect((await store.audit.verify()).ok).toBe(false);
      }),
      { numRuns: engine.kind === "sqlite" ? 150 : 60 },
    );
    await writeLog(place, log);
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 2 * perChain });
  });

  test.each([
    ["altered", 5, ["UPDATE audit_records SET outcome = 'OK!' WHERE chain = 1 AND sequence = 5"]],
    ["missing", 5, ["DELETE FROM audit_records WHERE chain = 1 AND sequence IN (5, 6)"]],
    ["truncated", 11, ["DELETE FROM audit_records WHERE chain = 1 AND sequence > 10"]],
    ["missing", 1, ["DELETE FROM audit_records WHERE chain = 1 AND sequence < 3"]],
    ["forged", 12, ["UPDATE audit_chains SET head_sequence = 11 WHERE number = 1"]],
  ] as const)("names the first bad record: %s %i", async (kind, sequence, statements) => {
    const place = await engine.place();
    const store = await fill(place);
    await place.tamper(statements);
    const { ok, chains } = await store.audit.verify();
    expect(ok).toBe(false);
    expect(chains.map(({ fault }) => fault)).toMatchObject([{ kind, sequence }, null]);
  });

  test("finds a log that was rewritten as a whole, where its heads are known", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const store = await fill(place);
    const knownHeads = await store.audit.heads();
    const forger = await other.open({ replica: "one", now: () => Date.now() + 1 });
    await appendMany(forger, 0, perChain - 1);
    await writeLog(place, await readLog(other));
    expect(await store.audit.verify()).toMatchObject({ ok: true });
    const { ok, chains } = await store.audit.verify({ knownHeads });
    expect(ok).toBe(false);
    expect(chains.map(({ fault }) => fault?.kind)).toEqual(["truncated", "no-chain"]);
    await appendMany(forger, perChain - 1, perChain);
    await writeLog(place, await readLog(other));
    expect((await store.audit.verify({ knownHeads })).chains[0]?.fault).toMatchObject({
      kind: "rewritten",
      sequence: 12,
    });
  });
});
