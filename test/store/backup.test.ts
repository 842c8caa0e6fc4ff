import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keepBackup, listBackups } from "../../server/store/backup-folder.ts";
import { migrate } from "../../server/store/migrate.ts";
import { verifyBackup } from "../../server/store/restore.ts";
import { openEngine } from "../../server/store/store.ts";
import { appendMany, describeEngines, type OpenedStore, type Place, type TestedEngine } from "./engines.ts";
import { record } from "./record.ts";

/** A store with something of everything. */
async function filled(place: Place): Promise<OpenedStore> {
  const store = await place.open();
  await appendMany(store, 0, 30);
  await store.artifacts.put("key", "digest", Buffer.from("an answer"));
  await store.deadLetters.add({
    requestId: "request",
    principal: "anonymous",
    method: "method",
    errorCode: "WF_COMPILE_002",
    reason: "it failed",
    format: null,
    options: null,
    content: Buffer.from("{}"),
  });
  return store;
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** In pieces of any size, as a network gives them. */
async function* pieces(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function contentsOf(place: Place): Promise<unknown> {
  const tables = ["audit_registry", "audit_chains", "audit_records", "dead_letters", "artifacts"];
  const plain = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value);
  const rows = await Promise.all(tables.map((table) => place.rows(table)));
  return rows.map((table) =>
    table.map((row) => JSON.stringify(Object.entries(row).map(([name, value]) => [name, plain(value)]))).toSorted(),
  );
}

describeEngines("a backup", (engine) => {
  test("brings everything back, and the log goes on", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const store = await filled(place);
    const bytes = await bytesOf(store.backup());
    const manifest = await verifyBackup(pieces(bytes));
    expect(manifest).toMatchObject({
      formatVersion: 1,
      product: "workflow-compiler",
      engine: engine.kind,
      schemaVersion: 3,
    });
    expect(manifest.counts).toEqual({
      audit_registry: 1,
      audit_chains: 1,
      audit_records: 30,
      dead_letters: 1,
      artifacts: 1,
    });
    expect(manifest.auditHeads).toEqual(await store.audit.heads());
    const restored = await other.open();
    expect(await restored.restore(pieces(bytes))).toEqual(manifest);
    expect(await contentsOf(other)).toEqual(await contentsOf(place));
    await appendMany(restored, 30, 40);
    expect(await restored.audit.verify({ knownHeads: manifest.auditHeads })).toMatchObject({ ok: true, records: 40 });
    expect(await restored.artifacts.get("key")).toEqual(Buffer.from("an answer"));
  });

  test("is of one moment, while calls go on", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const store = await place.open();
    await appendMany(store, 0, 2_500);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.backup()) {
      chunks.push(chunk);
      await appendMany(store, 10_000 + chunks.length * 10, 10_000 + chunks.length * 10 + 10);
      await store.artifacts.put(`key-${chunks.length}`, "", Buffer.from("later"));
    }
    const restored = await other.open();
    const manifest = await restored.restore(pieces(Buffer.concat(chunks)));
    expect(manifest.counts).toMatchObject({ audit_records: 2_500, artifacts: 0 });
    expect(await restored.audit.verify()).toMatchObject({ ok: true, records: 2_500 });
    expect(await store.audit.verify()).toMatchObject({ ok: true });
  });

  test("loses nothing that was acknowledged before it, when the store is destroyed after it", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const store = await place.open();
    const acknowledged = new Set<string>();
    let stopped = false;
    const appending = (async () => {
      for (let number = 0; !stopped; number += 5)
        await Promise.all(
          [0, 1, 2, 3, 4].map(async (offset) => {
            const next = record(number + offset);
            if ((await store.audit.append(next)) === "committed") acknowledged.add(next.requestId);
          }),
        );
    })();
    await appendMany(store, 1_000_000, 1_000_050);
    while (acknowledged.size < 50) await sleep(1);
    const before = new Set(acknowledged);
    const bytes = await bytesOf(store.backup());
    stopped = true;
    await appending;
    await place.tamper(["DELETE FROM audit_records", "DELETE FROM audit_chains", "DELETE FROM audit_registry"]);
    const restored = await other.open();
    await restored.restore(pieces(bytes));
    const kept = new Set<string>();
    for await (const lines of restored.audit.export({}))
      for (const line of lines.trimEnd().split("\n")) kept.add(JSON.parse(line).requestId);
    expect([...before].filter((requestId) => !kept.has(requestId))).toEqual([]);
    expect(await restored.audit.verify()).toMatchObject({ ok: true });
  });

  test("is refused where any byte was altered, and changes nothing", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const bytes = await bytesOf((await filled(place)).backup());
    const target = await other.open();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ mask;
        await expect(verifyBackup(pieces(changed))).rejects.toMatchObject({ name: "StoreError", reason: "refused" });
      }),
      { numRuns: 400 },
    );
    for (const at of [0, 12, 40, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(target.restore(pieces(changed))).rejects.toMatchObject({ name: "StoreError", reason: "refused" });
    }
    expect(await target.audit.list({})).toEqual({ entries: [], nextPageToken: null });
    await target.restore(pieces(bytes));
    expect(await target.audit.verify()).toMatchObject({ ok: true, records: 30 });
  });

  test("is refused where it is truncated, foreign, longer or newer", async () => {
    const place = await engine.place();
    const bytes = await bytesOf((await filled(place)).backup());
    for (const length of [0, 5, 16, 20, 100, bytes.length - 33, bytes.length - 1])
      await expect(verifyBackup(pieces(bytes.subarray(0, length)))).rejects.toThrow(
        length < 16
          ? "the backup is not a backup of the Workflow Compiler"
          : "the backup ends too early: it was truncated",
      );
    await expect(verifyBackup(pieces(randomBytes(5_000)))).rejects.toThrow("is not a backup of the Workflow Compiler");
    await expect(verifyBackup(pieces(Buffer.concat([bytes, Buffer.from("x")])))).rejects.toThrow(
      "goes on after its end",
    );
    const newer = Buffer.from(bytes);
    newer.write("0002", 11);
    await expect(verifyBackup(pieces(newer))).rejects.toThrow("has format version 2, and this release knows 1");
  });

  test("is not made of a log that does not verify, as far as restoring goes", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const store = await filled(place);
    await place.tamper(["UPDATE audit_records SET principal = 'nobody' WHERE sequence = 7"]);
    const bytes = await bytesOf(store.backup());
    const target = await other.open();
    await expect(target.restore(pieces(bytes))).rejects.toThrow('does not verify (chain "main": record 7');
  });

  test("does not replace what a store holds unasked", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    const bytes = await bytesOf((await filled(place)).backup({ artifacts: false }));
    const target = await other.open();
    await appendMany(target, 100, 150);
    await expect(target.restore(pieces(bytes))).rejects.toThrow("the store is not empty");
    expect(await target.audit.verify()).toMatchObject({ ok: true, records: 50 });
    await target.restore(pieces(bytes), { replace: true });
    await appendMany(target, 30, 31);
    expect(await target.audit.verify()).toMatchObject({ ok: true, records: 31 });
    expect((await target.artifacts.stats()).count).toBe(0);
  });

  test("of an older schema is brought to this one", async () => {
    const [place, other] = [await engine.place(), await engine.place()];
    await (await filled(place)).close();
    const { raw } = await openEngine(place.setting);
    await migrate(raw, 2, { loseData: true });
    const { backupStore } = await import("../../server/store/backup.ts");
    const bytes = await bytesOf(backupStore(raw));
    await raw.close();
    const target = await other.open();
    expect(await target.restore(pieces(bytes))).toMatchObject({ schemaVersion: 2 });
    expect(await target.schema()).toMatchObject({ version: 3 });
    await target.artifacts.put("key", "", Buffer.from("new"));
    expect(await target.artifacts.get("key")).toEqual(Buffer.from("new"));
    expect((await target.deadLetters.stats()).count).toBe(1);
  });

  test("is given up by its reader without harm", async () => {
    const store = await filled(await engine.place());
    for await (const chunk of store.backup()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect(bytesOf(store.backup({ signal: AbortSignal.abort() }))).rejects.toThrow("abort");
    await appendMany(store, 30, 40);
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 40 });
  });

  test("is kept in a folder under its name only when it is whole", async () => {
    const folder = mkdtempSync(join(tmpdir(), "backups-"));
    try {
      const inner = join(folder, "made");
      const store = await filled(await engine.place());
      const bytes = await bytesOf(keepBackup(inner, store.backup(), Date.UTC(2026, 1, 2)));
      for await (const _ of keepBackup(inner, store.backup(), Date.UTC(2026, 1, 3))) break;
      const name = "workflow-compiler-2026-02-02T00-00-00-000Z.wfcbackup";
      expect(readdirSync(inner)).toEqual([name]);
      expect(readFileSync(join(inner, name))).toEqual(bytes);
      expect(statSync(join(inner, name)).mode & 0o777).toBe(0o600);
      writeFileSync(join(inner, "rubbish.wfcbackup"), "rubbish");
      const manifest = await verifyBackup(pieces(bytes));
      expect(await listBackups(inner)).toEqual([
        { file: join(inner, name), bytes: bytes.length, manifest },
        { file: join(inner, "rubbish.wfcbackup"), bytes: 7, manifest: null },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("goes from SQLite to PostgreSQL", () => restoreAcross(engine));
});

let fromSqlite: { readonly bytes: Buffer; readonly contents: unknown } | null = null;

/** SQLite's tests run first. */
async function restoreAcross(engine: TestedEngine): Promise<void> {
  const place = await engine.place();
  if (engine.kind === "sqlite") {
    fromSqlite = { bytes: await bytesOf((await filled(place)).backup()), contents: await contentsOf(place) };
    return;
  }
  if (fromSqlite === null) throw new Error("there is no backup of SQLite");
  const store = await place.open();
  await store.restore(pieces(fromSqlite.bytes));
  expect(await contentsOf(place)).toEqual(fromSqlite.contents);
  expect(await store.audit.verify()).toMatchObject({ ok: true, records: 30 });
  const back = await bytesOf(store.backup());
  expect((await verifyBackup(pieces(back, 7))).engine).toBe("postgres");
}
