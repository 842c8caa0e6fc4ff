import { expect, test } from "vitest";
import type { AuditEntry } from "../../server/store/audit-record.ts";
import { appendMany, describeEngines } from "./engines.ts";
import { record } from "./record.ts";

describeEngines("the audit log", (engine) => {
  test("keeps each record as it was given, in one chain", async () => {
    const store = await (await engine.place()).open();
    await appendMany(store, 0, 3);
    const { entries, nextPageToken } = await store.audit.list({});
    expect(nextPageToken).toBeNull();
    expect(entries.map(({ hash, ...entry }) => entry)).toEqual(
      [0, 1, 2].map((number) => ({ kind: "call", chain: "main", sequence: number + 1, ...record(number) })),
    );
    expect(await store.audit.heads()).toEqual([{ chain: "main", sequence: 3, hash: entries[2]?.hash }]);
    expect(store.audit.stats()).toEqual({ chain: "main", waiting: 0, committed: 3, lost: 0 });
  });

  test("takes any text that a caller sends", async () => {
    const store = await (await engine.place()).open();
    const rubbish = `a\0b\ud800c"'\\\u2028 ${"é".repeat(1_000)}`;
    const bad = { requestId: rubbish, principal: rubbish, method: rubbish, durationMs: Number.NaN, time: -5.7 };
    expect(await store.audit.append(record(1, bad))).toBe("committed");
    const [entry] = (await store.audit.list({})).entries;
    expect(entry).toMatchObject({ durationMs: 0, time: 0, address: "10.1.2.3" });
    expect(entry?.kind === "call" && entry.requestId.startsWith("a\ufffdb\ufffdc\"'\\\u2028 ééé")).toBe(true);
    expect(entry?.kind === "call" && entry.method.length).toBe(300);
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 1 });
  });

  test("finds records by time, principal, method, outcome and request", async () => {
    const store = await (await engine.place()).open();
    await appendMany(store, 0, 20);
    const numbersOf = async (filter: object): Promise<readonly number[]> =>
      (await store.audit.list(filter)).entries.map(({ time }) => time - record(0).time);
    expect(await numbersOf({ since: record(3).time, until: record(6).time })).toEqual([3, 4, 5]);
    expect(await numbersOf({ principal: "anonymous", limit: 3 })).toEqual([1, 3, 5]);
    expect(await numbersOf({ outcome: "RESOURCE_EXHAUSTED", first: "newest" })).toEqual([15, 10, 5, 0]);
    expect(await numbersOf({ requestId: "request-7" })).toEqual([7]);
    expect(await numbersOf({ method: "nothing" })).toEqual([]);
  });

  test.each(["oldest", "newest"] as const)("gives pages that leave nothing out, %s first", async (first) => {
    const place = await engine.place();
    const [one, two] = [await place.open({ replica: "one" }), await place.open({ replica: "two" })];
    // Equal times in both chains: the order must still be one.
    await Promise.all([appendMany(one, 0, 25), appendMany(two, 0, 25)]);
    const seen: AuditEntry[] = [];
    let pageToken: string | null = "";
    while (pageToken !== null) {
      const page = await one.audit.list({ first, limit: 7, pageToken });
      seen.push(...page.entries);
      pageToken = page.nextPageToken;
    }
    expect(new Set(seen.map(({ hash }) => hash)).size).toBe(50);
    const times = seen.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => (first === "oldest" ? a - b : b - a)));
    await expect(one.audit.list({ pageToken: "rubbish" })).rejects.toThrow(
      "the page token is not one that this list gave",
    );
  });

  test("follows all replicas", async () => {
    const place = await engine.place();
    const [one, two] = [await place.open({ replica: "one" }), await place.open({ replica: "two" })];
    await appendMany(one, 0, 2);
    const stop = new AbortController();
    const seen: AuditEntry[] = [];
    const tailing = (async () => {
      for await (const entry of one.audit.tail({ principal: "anonymous" }, stop.signal)) seen.push(entry);
    })();
    for (let number = 100; new Set(seen.map(({ chain }) => chain)).size < 2; number += 2) {
      await appendMany(one, number, number + 2);
      await appendMany(two, number, number + 2);
    }
    stop.abort();
    await tailing;
    expect(seen.every((entry) => entry.kind === "call" && entry.principal === "anonymous")).toBe(true);
    expect(seen.every(({ time }) => time > record(99).time)).toBe(true);
    expect(new Set(seen.map(({ hash }) => hash)).size).toBe(seen.length);
  });

  test("exports JSON Lines", async () => {
    const store = await (await engine.place()).open();
    await appendMany(store, 0, 5);
    let text = "";
    for await (const lines of store.audit.export({ outcome: "OK" })) text += lines;
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual([1, 2, 3, 4].map((number) => `request-${number}`));
  });

  test("refuses to change or delete a record", async () => {
    const place = await engine.place();
    const store = await place.open();
    await appendMany(store, 0, 3);
    const attempts = [
      "UPDATE audit_records SET principal = 'nobody'",
      "DELETE FROM audit_records",
      "DELETE FROM audit_records WHERE sequence = 3",
      "DELETE FROM audit_chains",
      "UPDATE audit_chains SET head_sequence = 1",
      "UPDATE audit_chains SET anchor_sequence = 9",
      ...(engine.kind === "postgres" ? ["TRUNCATE audit_records", "TRUNCATE audit_chains"] : []),
    ];
    for (const attempt of attempts)
      await expect(place.execute(attempt)).rejects.toThrow("the audit log is append-only");
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 3 });
  });

  test("deletes what is too old, and the rest still verifies", async () => {
    const place = await engine.place();
    const now = record(0).time + 10_000;
    const store = await place.open({ now: () => now, auditRetentionMs: 10_000 - 60 });
    await appendMany(store, 0, 100);
    await store.sweep();
    const verification = await store.audit.verify();
    expect(verification).toMatchObject({ ok: true, records: 40 });
    expect(verification.chains).toMatchObject([{ firstSequence: 61, lastSequence: 100 }]);
    expect(store.events).toContainEqual({ kind: "swept", auditRecords: 60, deadLetters: 0, artifacts: 0 });
    await appendMany(store, 100, 110);
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 50 });
    await place.tamper(["DELETE FROM audit_records WHERE sequence = 61"]);
    expect((await store.audit.verify()).chains[0]?.fault).toMatchObject({ kind: "missing", sequence: 61 });
  });

  test("keeps old records whose chain does not verify", async () => {
    const place = await engine.place();
    const store = await place.open({ now: () => record(0).time + 1e9, auditRetentionMs: 1 });
    await appendMany(store, 0, 10);
    await place.tamper(["UPDATE audit_records SET principal = 'nobody' WHERE sequence = 5"]);
    await expect(store.sweep()).rejects.toThrow("kept as evidence");
    expect(await store.audit.verify()).toMatchObject({ ok: false, records: 10 });
  });

  test("goes on where the process before it ended", async () => {
    const place = await engine.place();
    const before = await place.open();
    await appendMany(before, 0, 5);
    await before.close();
    const after = await place.open();
    await appendMany(after, 5, 8);
    expect(await after.audit.verify()).toMatchObject({
      ok: true,
      records: 8,
      chains: [{ chain: "main", lastSequence: 8 }],
    });
  });

  test("two processes with one name write to two chains", async () => {
    const place = await engine.place();
    const [one, two] = [await place.open(), await place.open()];
    for (let round = 0; round < 10; round++)
      await Promise.all([
        appendMany(one, round * 10, round * 10 + 5),
        appendMany(two, round * 10 + 5, round * 10 + 10),
      ]);
    const verification = await one.audit.verify();
    expect(verification).toMatchObject({ ok: true, records: 100 });
    expect(verification.chains.map(({ chain }) => chain)).toEqual(["main", "main.2"]);
    const { entries } = await one.audit.list({ limit: 1_000 });
    expect(new Set(entries.map(({ time }) => time)).size).toBe(100);
    expect([...one.events, ...two.events]).toContainEqual({ kind: "chain-changed", chain: "main.2" });
  });

  test("waits while the database is away, and declares what memory could not hold", async () => {
    const place = await engine.place();
    const store = await place.open({ maxWaiting: 10, postgres: { timeoutMs: 200, openMs: 100 } });
    await appendMany(store, 0, 1);
    const unblock = await place.block();
    const outcomes = Array.from({ length: 25 }, (_, index) => store.audit.append(record(index + 1)));
    expect(await Promise.all(outcomes.slice(10))).toEqual(Array.from({ length: 15 }, () => "lost"));
    expect(store.audit.stats()).toMatchObject({ waiting: 10, lost: 15 });
    await unblock();
    expect(await Promise.all(outcomes.slice(0, 10))).toEqual(Array.from({ length: 10 }, () => "committed"));
    await store.audit.flush();
    await appendMany(store, 50, 51);
    const { entries } = await store.audit.list({ first: "newest", limit: 20 });
    expect(entries.find(({ kind }) => kind === "gap")).toMatchObject({ sequence: 12, lost: 15 });
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 13, declaredLost: 15 });
    expect(store.events).toContainEqual({ kind: "audit-lost", records: 15 });
  });

  test("gives up what cannot be written when it closes", async () => {
    const place = await engine.place();
    const store = await place.open({ closeMs: 100, postgres: { timeoutMs: 200, openMs: 100 } });
    await appendMany(store, 0, 1);
    const unblock = await place.block();
    const outcome = store.audit.append(record(1));
    await store.close();
    expect(await outcome).toBe("lost");
    expect(await store.audit.append(record(2))).toBe("lost");
    await unblock();
  });
});
