import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Load, startLoad } from "./load.ts";
import { type Release, startRelease } from "./release.ts";

/**
 * One release goes through all rollouts under load; each test starts from where the one before ended. No call may fail in any
 * of them: what a replica turns away while it stops comes again, as clients do it.
 */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const slots = { a: { image: { tag: "0.1.0" } }, b: { image: { tag: "0.2.0" } } };
const canary = { strategy: "canary", slots };
const blueGreen = { strategy: "blueGreen", slots };

let release: Release;
let load: Load;

beforeAll(async () => {
  release = await startRelease();
  await release.upgrade({ rollout: canary });
  load = startLoad(release.address());
});

afterEach(async () => {
  await load.more(20);
  expect(load.failures()).toEqual([]);
});

afterAll(async () => {
  await load?.stop();
  await release?.close();
});

test("an install serves, and `helm test` compiles a definition", async () => {
  expect(release.replicas()).toEqual({ a: 2 });
  const said = await release.cluster.helm("test", "workflow-compiler", "--timeout", "200s");
  expect(said).toContain("Succeeded");
});

test("an upgrade replaces the replicas one by one", async () => {
  await release.upgrade({ rollout: canary, podAnnotations: { changed: "yes" } });
  expect(release.replicas()).toEqual({ a: 2 });
  await release.served(load, "a");
});

describe("a canary", () => {
  test("of 10 percent that is aborted leaves the old slot as it was", async () => {
    await release.upgrade({ rollout: { ...canary, weight: 10 } });
    expect(release.replicas()).toEqual({ a: 1, b: 1 });
    await release.served(load, "a", "b");
    await release.upgrade({ rollout: canary });
    expect(release.replicas()).toEqual({ a: 2 });
    await release.served(load, "a");
  });

  test("goes from 10 to 50 to 100 percent", async () => {
    for (const weight of [10, 50]) {
      await release.upgrade({ rollout: { ...canary, weight } });
      await release.served(load, "a", "b");
    }
    await release.upgrade({ rollout: { ...canary, weight: 100 } });
    expect(release.replicas()).toEqual({ a: 2, b: 2 });
    await release.served(load, "b");
  });

  test("of 100 percent can be taken back at once, and given again", async () => {
    await release.rollback();
    await release.served(load, "a", "b");
    await release.rollback();
    await release.served(load, "b");
  });

  test("is promoted, and the old slot goes later", async () => {
    await release.upgrade({ rollout: { ...canary, active: "b", preview: true } });
    expect(release.replicas()).toEqual({ a: 2, b: 2 });
    await release.upgrade({ rollout: { ...canary, active: "b" } });
    expect(release.replicas()).toEqual({ b: 2 });
    await release.served(load, "b");
  });
});

describe("blue-green", () => {
  test("is not switched to a slot that does not run", async () => {
    await expect(release.upgrade({ rollout: blueGreen })).rejects.toThrow("slot a has no replica that is ready");
    await release.served(load, "b");
  });

  test("runs a preview that takes calls of its own only", async () => {
    await release.upgrade({ rollout: { ...blueGreen, active: "b", preview: true } });
    expect(release.replicas()).toEqual({ a: 2, b: 2 });
    await release.served(load, "b");
    const visitors = startLoad(release.address("-preview"));
    await visitors.more(5);
    await release.served(visitors, "a", "b");
    await visitors.stop();
    expect(visitors.failures()).toEqual([]);
  });

  test("switches, and back again, by an upgrade and by a rollback", async () => {
    await release.upgrade({ rollout: { ...blueGreen, preview: true } });
    await release.served(load, "a");
    await release.rollback();
    await release.served(load, "b");
    await release.upgrade({ rollout: { ...blueGreen, preview: true } });
    await release.upgrade({ rollout: { ...blueGreen, active: "b", preview: true } });
    await release.served(load, "b");
  });
});

test("all of it is in the history, and no call has failed", async () => {
  const history: readonly { status: string }[] = JSON.parse(
    await release.cluster.helm("history", "workflow-compiler", "--output", "json"),
  );
  expect(history.at(-1)?.status).toBe("deployed");
  expect(load.answered()).toBeGreaterThan(500);
});
