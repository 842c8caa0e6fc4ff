import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, createReplica, createTestPool } from "./replica.ts";

describe("memory", () => {
  test("never takes more than its bound, whatever is asked", async () => {
    const texts = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 9_000 })), { minLength: 1, maxLength: 60 });
    const capacity = fc.integer({ min: 1, max: 60_000 });
    await fc.assert(
      fc.asyncProperty(texts, capacity, async (list, memoryBytes) => {
        const cache = createReplica(createTestPool(), { memoryBytes });
        for (const [letter, length] of list) {
          const { response } = await compile(cache, String.fromCharCode(65 + letter).repeat(length));
          expect(response.artifact?.files[0]?.content).toHaveLength(length);
          expect(cache.stats().bytes).toBeLessThanOrEqual(memoryBytes);
        }
        const { entries, evictions, uses } = cache.stats();
        expect(entries + evictions).toBeLessThanOrEqual(uses.miss);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test("counts what holds an answer, so that many small ones are bounded too", async () => {
    const cache = createReplica(createTestPool(), { memoryBytes: 100_000 });
    for (let i = 0; i < 500; i++) await compile(cache, `invalid ${i}`);
    const { entries, evictions } = cache.stats();
    expect(entries).toBeLessThan(100);
    expect(evictions).toBe(500 - entries);
  });

  test("keeps what was used last", async () => {
    const cache = createReplica(createTestPool(), { memoryBytes: 20_000 });
    await compile(cache, "kept");
    for (let i = 0; i < 100; i++) {
      await compile(cache, `other ${i}`);
      expect((await compile(cache, "kept")).use).toBe("memory");
    }
  });

  test("one answer does not push out all others", async () => {
    const cache = createReplica(createTestPool(), { memoryBytes: 100_000 });
    for (let i = 0; i < 10; i++) await compile(cache, `small ${i}`);
    await compile(cache, "x".repeat(50_000));
    expect(cache.stats()).toMatchObject({ entries: 10, evictions: 0 });
  });
});
