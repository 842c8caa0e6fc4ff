import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StoreSetting } from "../../server/config/settings.ts";
import { openStore, type Store, type StoreEvent } from "../../server/store/store.ts";
import { appendMany } from "./engines.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { record } from "./record.ts";

const folder = mkdtempSync(join(tmpdir(), "crash-"));
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a process was told that it has, until it is killed in the middle of its work. */
async function appendUntilKilled(place: string, first: number, count: number): Promise<readonly string[]> {
  const program = new URL("./appending.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, place, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    text += chunk;
    if (text.split("\n").length > count) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.once("close", resolve));
  expect(child.signalCode).toBe("SIGKILL");
  return text.split("\n").slice(0, -1);
}

async function requestIds(store: Store): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for await (const lines of store.audit.export({}))
    for (const line of lines.trimEnd().split("\n")) kept.add(JSON.parse(line).requestId);
  return kept;
}

test.each(["SQLite", "PostgreSQL"])(
  "a process that is killed has lost nothing that was acknowledged: %s",
  async (engine) => {
    const place = engine === "SQLite" ? join(folder, "killed.db") : await postgres.database();
    const setting: StoreSetting =
      engine === "SQLite" ? { kind: "sqlite", path: place } : { kind: "postgres", url: place };
    const acknowledged: string[] = [];
    for (let round = 1; round <= 3; round++) {
      acknowledged.push(...(await appendUntilKilled(place, round * 1_000_000, 100 * round)));
      const store = await openStore(setting);
      const kept = await requestIds(store);
      expect(acknowledged.filter((requestId) => !kept.has(requestId))).toEqual([]);
      expect(await store.audit.verify()).toMatchObject({ ok: true, declaredLost: 0, chains: [{ chain: "main" }] });
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(600);
  },
);

test("PostgreSQL that is killed and restarted under load loses nothing", async () => {
  const events: StoreEvent[] = [];
  const store = await openStore(
    { kind: "postgres", url: await postgres.database() },
    { postgres: { timeoutMs: 1_000, openMs: 100 }, onEvent: (event) => void events.push(event) },
  );
  let number = 0;
  let stopped = false;
  const committed: string[] = [];
  const appending = Array.from({ length: 10 }, async () => {
    while (!stopped) {
      const next = record(number++);
      if ((await store.audit.append(next)) === "committed") committed.push(next.requestId);
    }
  });
  for (let round = 0; round < 2; round++) {
    const soFar = committed.length;
    while (committed.length < soFar + 200) await store.audit.append(record(number++));
    await postgres.kill();
    const during = Array.from({ length: 50 }, () => store.audit.append(record(number++)));
    await expect(store.check()).rejects.toThrow("PostgreSQL");
    await postgres.restart();
    expect(new Set(await Promise.all(during))).toEqual(new Set(["committed"]));
  }
  stopped = true;
  await Promise.all(appending);
  const kept = await requestIds(store);
  expect(committed.filter((requestId) => !kept.has(requestId))).toEqual([]);
  expect(kept.size).toBe(number);
  const verification = await store.audit.verify();
  expect(verification).toMatchObject({ ok: true, records: number, declaredLost: 0 });
  expect(verification.chains.map(({ chain }) => chain)).toEqual(["main"]);
  expect(events.map(({ kind }) => kind).slice(0, 2)).toEqual(["away", "back"]);
  await store.close();
});

test("PostgreSQL need not be there at the start", async () => {
  const url = await postgres.database();
  await postgres.kill();
  const store = await openStore({ kind: "postgres", url }, { postgres: { timeoutMs: 1_000, openMs: 100 } });
  await expect(store.check()).rejects.toThrow("PostgreSQL cannot be reached");
  expect(await store.artifacts.get("key")).toBeNull();
  expect(await store.artifacts.put("key", "", Buffer.from("answer"))).toBeUndefined();
  const early = store.audit.append(record(1));
  await postgres.restart();
  expect(await early).toBe("committed");
  await appendMany(store, 2, 10);
  expect(await store.audit.verify()).toMatchObject({ ok: true, records: 9 });
  await store.close();
});
