import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Load, startLoad } from "./load.ts";
import { type Release, startRelease } from "./release.ts";

/**
 * A canary by the weights of a GRPCRoute: callers come through a gateway, which gives each call to a slot. No replica starts or
 * stops for a step, and no call may fail in any of them; each test starts from where the one before ended.
 */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const gateway = { enabled: true, parentRefs: [{ name: "public" }] };
const slots = { a: { image: { tag: "0.1.0" } }, b: { image: { tag: "0.2.0" } } };
const canary = { strategy: "canary", slots, gateway, preview: true };

let release: Release;
let load: Load;

beforeAll(async () => {
  release = await startRelease({ replicaCount: 1 }, { groups: ["gateway.networking.k8s.io"] });
  release.cluster.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "public" },
    spec: { gatewayClassName: "test", listeners: [{ name: "grpc", port: 50_051, protocol: "HTTP" }] },
  });
  await release.upgrade({ rollout: canary });
  load = startLoad(await vi.waitUntil(() => release.cluster.gatewayAddress("public"), { timeout: 30_000 }));
});

afterEach(() => {
  expect(load.failures()).toEqual([]);
});

afterAll(async () => {
  await load?.stop();
  await release?.close();
});

/** The share of the calls from now on that slot b gets, in percent. */
async function shareOfB(): Promise<number> {
  // Calls that are under way were given to a slot before.
  await load.more(10);
  const before = await release.calls();
  await load.more(60);
  const after = await release.calls();
  // A replica that has gone takes its count along.
  const [a = 0, b = 0] = ["a", "b"].map((slot) => Math.max(0, (after.get(slot) ?? 0) - (before.get(slot) ?? 0)));
  return Math.round((100 * b) / (a + b));
}

test("a slot that is tried gets no call", async () => {
  expect(release.replicas()).toEqual({ a: 1, b: 1 });
  expect(await shareOfB()).toBe(0);
});

test.each([10, 50, 100])("%i percent of the calls go to the new slot", async (weight) => {
  await release.upgrade({ rollout: { ...canary, weight } });
  const share = await shareOfB();
  expect(share).toBeGreaterThanOrEqual(weight - 5);
  expect(share).toBeLessThanOrEqual(weight + 5);
  expect(release.replicas()).toEqual({ a: 1, b: 1 });
});

test("a rollback gives half of the calls back, and an abort all of them", async () => {
  await release.rollback();
  expect(Math.abs((await shareOfB()) - 50)).toBeLessThanOrEqual(5);
  await release.upgrade({ rollout: canary });
  expect(await shareOfB()).toBe(0);
});

test("a promoted slot has all calls, and the old one goes", async () => {
  await release.upgrade({ rollout: { ...canary, active: "b" } });
  expect(await shareOfB()).toBe(100);
  await release.upgrade({ rollout: { ...canary, active: "b", preview: false } });
  expect(release.replicas()).toEqual({ b: 1 });
  expect(await shareOfB()).toBe(100);
});

test("a slot that does not run gets no weight", async () => {
  const early = { ...canary, active: "b", preview: false, weight: 10 };
  await expect(release.upgrade({ rollout: early })).rejects.toThrow("slot a has no replica that is ready");
  expect(await shareOfB()).toBe(100);
});
