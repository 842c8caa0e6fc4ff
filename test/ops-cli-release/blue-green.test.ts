import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { quickValues, type StubbedCluster, startStubbedCluster } from "./stubbed-cluster.ts";

vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

let target: StubbedCluster;

beforeAll(async () => {
  target = await startStubbedCluster();
  const values = [...quickValues, "--set", "rollout.strategy=blueGreen,replicaCount=1"];
  const deployed = await target.ask("deploy", ...values, "--image-tag", "1.0.0", "--yes");
  expect(deployed).toMatchObject({ dryRun: false });
});

afterAll(() => target?.close());

test("a preview that does not compile is taken back; it is reached through kubectl", async () => {
  const { code, stderr } = await target.run("rollout", "start", "--tag", "refusing", "--yes");
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/the smoke test of slot b failed: .* failed in Compile: it is broken/),
  ]);
  const { rollout } = await target.ask("rollout", "status");
  expect(rollout).toMatchObject({ stage: "idle", active: "a" });
  expect(target.forwarded).toContainEqual(expect.stringMatching(/^workflow-compiler-b-.*:50051$/));
});

test("a preview is tested, at another address too, and switched to; the old slot is kept until its time is over, or it is given up", async () => {
  const { done } = await target.ask("rollout", "start", "--tag", "1.1.0", "--yes");
  expect(done).toEqual([expect.stringContaining("1.1.0"), expect.stringContaining("slot b compiled a definition")]);
  const promoted = await target.ask(
    "rollout",
    "promote",
    "--preview",
    target.address("-preview"),
    "--yes",
    "--keep",
    "1h",
  );
  expect(promoted.rollout).toMatchObject({ stage: "switched", active: "b" });
  expect(promoted.done).toContainEqual(expect.stringContaining("verified"));
  const kept = await target.run("rollout", "promote", "--yes");
  expect([kept.code, kept.stdout]).toEqual([0, expect.stringContaining("--drop-old")]);
  const dropped = await target.ask("rollout", "promote", "--drop-old", "--yes");
  expect(dropped.rollout).toMatchObject({ stage: "idle", active: "b", slots: [{ slot: "b" }] });
});

test("a rollback shows what changes, and refuses where callers would find nobody", async () => {
  const dry = await target.ask("rollback", "--dry-run");
  expect(dry).toMatchObject({ dryRun: true, diff: expect.stringContaining("+  preview: true") });
  const gap = await target.run("rollback", "1", "--yes");
  expect([gap.code, gap.stderr]).toEqual([1, expect.stringContaining("callers would get no answer")]);
  const back = await target.ask("rollback", "--yes", "--reason", "the old slot was dropped too early");
  expect(back).toMatchObject({
    verified: true,
    slots: [
      { slot: "a", ready: 1 },
      { slot: "b", ready: 1 },
    ],
  });
});
