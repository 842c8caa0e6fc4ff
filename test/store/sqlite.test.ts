import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, expect, test } from "vitest";
import { verifyBackup } from "../../server/store/restore.ts";
import { openStore, type Store, type StoreOptions } from "../../server/store/store.ts";
import { appendMany } from "./engines.ts";
import { record } from "./record.ts";

const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
const stores: Store[] = [];
afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(path: string, options: StoreOptions = {}): Promise<Store> {
  const store = await openStore({ kind: "sqlite", path }, options);
  stores.push(store);
  return store;
}

test("makes its folder and files for their owner only", async () => {
  const path = join(folder, "new", "deeper", "store.db");
  await appendMany(await open(path), 0, 5);
  expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "new", "deeper")).mode & 0o777).toBe(0o700);
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("works in memory, backup and verification too", async () => {
  const store = await open(":memory:");
  await appendMany(store, 0, 100);
  await store.artifacts.put("key", "", Buffer.from("answer"));
  expect(await store.audit.verify()).toMatchObject({ ok: true, records: 100 });
  expect(await verifyBackup(store.backup())).toMatchObject({ counts: { audit_records: 100, artifacts: 1 } });
  const other = await open(":memory:");
  await other.restore(store.backup());
  expect(await other.audit.verify()).toMatchObject({ ok: true, records: 100 });
});

test("waits for another process that writes, and says so where that takes too long", async () => {
  const path = join(folder, "shared.db");
  const store = await open(path, { sqlite: { busyTimeoutMs: 50 } });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  await expect(store.deadLetters.purge({ kind: "all" })).rejects.toThrow(
    `the store ${path} is in use by another process`,
  );
  const committed = store.audit.append(record(1));
  other.exec("COMMIT");
  other.close();
  expect(await committed).toBe("committed");
});

test("refuses what is no database, is damaged or is somebody else's", async () => {
  const text = join(folder, "text.db");
  writeFileSync(text, "this is no database, it is a text that is longer than the header of one\n".repeat(20));
  await expect(open(text)).rejects.toThrow(
    `the store ${text} is damaged (file is not a database); restore a backup into a new file, or move it away`,
  );

  const damaged = join(folder, "damaged.db");
  const store = await open(damaged);
  await appendMany(store, 0, 2_000);
  await store.close();
  const bytes = Buffer.alloc(8_192, 0x5a);
  const file = new Uint8Array(await import("node:fs").then(({ readFileSync }) => readFileSync(damaged)));
  file.set(bytes, 3 * 4_096);
  writeFileSync(damaged, file);
  await expect(open(damaged)).rejects.toThrow(`the store ${damaged} is damaged`);

  const foreign = join(folder, "foreign.db");
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE customers (name TEXT)");
  database.close();
  await expect(open(foreign)).rejects.toThrow(`${foreign} is a database of another program`);

  const directory = join(folder, "directory.db");
  mkdirSync(directory);
  await expect(open(directory)).rejects.toThrow(`the store ${directory} cannot be written`);
});

test("is closed once and for all", async () => {
  const store = await open(join(folder, "closed.db"));
  await store.close();
  await store.close();
  await expect(store.check()).rejects.toThrow("the store is closed");
  expect(await store.artifacts.get("key")).toBeNull();
  expect(await store.deadLetters.purge({ kind: "all" }).catch(() => "away")).toBe("away");
});
