import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { describeEngines } from "./engines.ts";

const reply = (text: string): Uint8Array => Buffer.from(text.repeat(1_000));

describeEngines("artifacts", (engine) => {
  test("are found by key and by digest, after a restart too", async () => {
    const place = await engine.place();
    const store = await place.open();
    await store.artifacts.put("key-1", "digest-1", reply("one"));
    await store.artifacts.put("key-2", "digest-1", reply("two"));
    await store.artifacts.put("key-3", "", reply("three"));
    expect(await store.artifacts.get("key-1")).toEqual(reply("one"));
    expect(await store.artifacts.get("key-4")).toBeNull();
    await store.close();
    const again = await place.open();
    expect(await again.artifacts.get("key-3")).toEqual(reply("three"));
    // The one that was used last.
    expect(await again.artifacts.getByDigest("digest-1")).toEqual(reply("one"));
    expect(await again.artifacts.getByDigest("nothing")).toBeNull();
    const { count, bytes } = await again.artifacts.stats();
    expect(count).toBe(3);
    expect(bytes).toBeLessThan(1_000);
    expect(await again.artifacts.clear()).toBe(3);
    expect(await again.artifacts.get("key-1")).toBeNull();
  });

  test("replace the one of the same key", async () => {
    const store = await (await engine.place()).open();
    await store.artifacts.put("key", "old", reply("old"));
    await store.artifacts.put("key", "new", reply("new"));
    expect(await store.artifacts.get("key")).toEqual(reply("new"));
    expect(await store.artifacts.getByDigest("old")).toBeNull();
  });

  test.each([
    ["the content", "UPDATE artifacts SET content = X'00112233'", "UPDATE artifacts SET content = '\\x00112233'"],
    ["its digest", "UPDATE artifacts SET sha256 = 'x'", "UPDATE artifacts SET sha256 = 'x'"],
    [
      "another's content",
      "UPDATE artifacts SET content = (SELECT content FROM artifacts WHERE key = 'other')",
      "UPDATE artifacts SET content = (SELECT content FROM artifacts WHERE key = 'other')",
    ],
  ])("are a miss where %s was changed, not a wrong answer", async (_what, sqlite, postgres) => {
    const place = await engine.place();
    const store = await place.open();
    await store.artifacts.put("other", "", reply("two"));
    await store.artifacts.put("key", "digest", reply("one"));
    await place.execute(engine.kind === "sqlite" ? sqlite : postgres);
    expect(await store.artifacts.get("key")).toBeNull();
    expect(store.events).toContainEqual({ kind: "artifact-damaged", key: "key" });
    await store.artifacts.put("key", "digest", reply("one"));
    expect(await store.artifacts.getByDigest("digest")).toEqual(reply("one"));
  });

  test("stay within their bytes; the least recently used go first", async () => {
    const store = await (await engine.place()).open({ artifactBytes: 100_000 });
    const bytes = Array.from({ length: 12 }, () => randomBytes(9_000));
    for (const [index, content] of bytes.entries()) {
      await store.artifacts.put(`key-${index}`, "", content);
      await store.artifacts.get("key-0");
    }
    const stats = await store.artifacts.stats();
    expect(stats.bytes).toBeLessThanOrEqual(100_000);
    expect(await store.artifacts.get("key-0")).toEqual(bytes[0]);
    expect(await store.artifacts.get("key-1")).toBeNull();
    expect(await store.artifacts.get("key-11")).toEqual(bytes[11]);
  });

  test("are not kept where they are too long, or where none are wanted", async () => {
    const place = await engine.place();
    const store = await place.open();
    await store.artifacts.put("key", "", Buffer.alloc(8 * 1024 * 1024 + 1));
    expect(await store.artifacts.get("key")).toBeNull();
    const none = await place.open({ artifactBytes: 0 });
    await none.artifacts.put("key", "", reply("one"));
    expect(await store.artifacts.get("key")).toBeNull();
  });

  test("never fail a caller", async () => {
    const place = await engine.place();
    const store = await place.open();
    await place.tamper(["ALTER TABLE artifacts RENAME TO elsewhere"]);
    await store.artifacts.put("key", "", reply("one"));
    expect(await store.artifacts.get("key")).toBeNull();
    expect(await store.artifacts.clear()).toBeNull();
    const whats = store.events.map((event) => (event.kind === "failed" ? event.what : event.kind));
    expect(whats).toEqual(["keeping an artifact", "reading an artifact", "clearing artifacts"]);
  });
});
