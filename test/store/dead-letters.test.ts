import { hash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { redactedSource } from "../../server/redacted-source.ts";
import type { NewDeadLetter } from "../../server/store/dead-letters.ts";
import { describeEngines } from "./engines.ts";

function letter(number: number, changes: Partial<NewDeadLetter> = {}): NewDeadLetter {
  return {
    requestId: `request-${number}`,
    principal: "anonymous",
    method: "workflow.compiler.v1.CompilerService/Compile",
    errorCode: "WF_COMPILE_002",
    reason: "the TypeScript compiler refused the module",
    format: "graph",
    options: { target: "temporal", allowInlineCode: true },
    content: Buffer.from(`{"number":${number}}`),
    ...changes,
  };
}

describeEngines("dead letters", (engine) => {
  test("are kept with their content and found again", async () => {
    const store = await (await engine.place()).open({ now: () => 1_700_000_000_000 });
    const id = await store.deadLetters.add(letter(1));
    const { content, ...about } = letter(1);
    expect(await store.deadLetters.get(id ?? "")).toEqual({
      id,
      time: 1_700_000_000_000,
      ...about,
      sourceDigest: hash("sha256", content),
      contentBytes: content.length,
      attempts: 0,
      lastAttempt: null,
      state: "waiting",
      content,
    });
    expect(await store.deadLetters.get("nothing")).toBeNull();
  });

  test("hold no secrets", async () => {
    const store = await (await engine.place()).open({ redact: redactedSource });
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB";
    const content = Buffer.from(
      JSON.stringify({ nodes: [{ id: "a", with: { url: "x", token: secret } }], password: "hunter2-hunter2" }),
    );
    const kept = await store.deadLetters.get((await store.deadLetters.add(letter(1, { content }))) ?? "");
    const text = Buffer.from(kept?.content ?? []).toString();
    expect(text).not.toContain(secret);
    expect(text).not.toContain("hunter2");
    expect(text.length).toBe(content.length);
    expect(text).toContain('"url":"x"');
    expect(kept?.sourceDigest).toBe(hash("sha256", content));
    const unreadable = await store.deadLetters.add(letter(2, { content: Buffer.from("{ no") }));
    expect(await store.deadLetters.get(unreadable ?? "")).toMatchObject({ content: null, contentBytes: 4 });
  });

  test("are listed newest first, page by page, by state", async () => {
    let now = 1_700_000_000_000;
    const store = await (await engine.place()).open({ now: () => now });
    const ids: string[] = [];
    for (let number = 0; number < 7; number++) {
      now += number % 2;
      ids.push((await store.deadLetters.add(letter(number))) ?? "");
    }
    const seen: string[] = [];
    let pageToken: string | null = "";
    while (pageToken !== null) {
      const page = await store.deadLetters.list({ limit: 3, pageToken });
      seen.push(...page.letters.map(({ id }) => id));
      pageToken = page.nextPageToken;
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
    const times = (await store.deadLetters.list()).letters.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    await store.deadLetters.markRetried(ids[2] ?? "", true);
    expect((await store.deadLetters.list({ state: "resolved" })).letters.map(({ id }) => id)).toEqual([ids[2]]);
    await expect(store.deadLetters.list({ pageToken: "'; DROP" })).rejects.toThrow("page token");
  });

  test("count their attempts", async () => {
    let now = 1_700_000_000_000;
    const store = await (await engine.place()).open({ now: () => now });
    const id = (await store.deadLetters.add(letter(1))) ?? "";
    now += 5;
    expect(await store.deadLetters.markRetried(id, false, "WF_COMPILE_004")).toBe(true);
    const failed = { attempts: 1, lastAttempt: now, state: "failed-again", errorCode: "WF_COMPILE_004" };
    expect(await store.deadLetters.get(id)).toMatchObject(failed);
    await store.deadLetters.markRetried(id, true);
    expect(await store.deadLetters.get(id)).toMatchObject({
      attempts: 2,
      state: "resolved",
      errorCode: "WF_COMPILE_004",
    });
    expect(await store.deadLetters.markRetried("nothing", true)).toBe(false);
  });

  test("go when they are purged or too old", async () => {
    let now = 1_700_000_000_000;
    const store = await (await engine.place()).open({ now: () => now, deadLetterRetentionMs: 1_000 });
    const ids: string[] = [];
    for (let number = 0; number < 6; number++, now += 300)
      ids.push((await store.deadLetters.add(letter(number))) ?? "");
    expect(await store.deadLetters.purge({ kind: "one", id: ids[5] ?? "" })).toBe(1);
    await store.deadLetters.markRetried(ids[4] ?? "", true);
    expect(await store.deadLetters.purge({ kind: "resolved" })).toBe(1);
    await store.sweep();
    expect((await store.deadLetters.list()).letters.map(({ id }) => id)).toEqual([ids[3]]);
    expect(await store.deadLetters.purge({ kind: "all" })).toBe(1);
    expect(await store.deadLetters.stats()).toEqual({ count: 0, bytes: 0 });
  });

  test("are bounded in size, together and each", async () => {
    let now = 1_700_000_000_000;
    const store = await (await engine.place()).open({ now: () => now++ });
    const incompressible = await store.deadLetters.add(letter(0, { content: randomBytes(2 * 1024 * 1024) }));
    expect(await store.deadLetters.get(incompressible ?? "")).toMatchObject({ content: null, contentBytes: 2_097_152 });
    for (let number = 0; number < 80; number++)
      await store.deadLetters.add(letter(number, { content: randomBytes(1_000_000) }));
    const { count, bytes } = await store.deadLetters.stats();
    expect(bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(count).toBe(67);
    expect((await store.deadLetters.list({ limit: 1 })).letters[0]?.requestId).toBe("request-79");
  });

  test("that cannot be kept fail nobody", async () => {
    const place = await engine.place();
    const store = await place.open();
    await place.tamper(["ALTER TABLE dead_letters RENAME TO elsewhere"]);
    expect(await store.deadLetters.add(letter(1))).toBeNull();
    expect(store.events).toMatchObject([{ kind: "failed", what: "keeping a dead letter" }]);
  });
});
