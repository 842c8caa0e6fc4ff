import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Prometheus, startPrometheus } from "../observability/prometheus.ts";
import { type Load, startLoad } from "../rollout/load.ts";
import { quickValues, type StubbedCluster, startStubbedCluster } from "./stubbed-cluster.ts";

/** One release goes through canaries, good and bad ones; each test starts from where the one before ended. */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

let target: StubbedCluster;
let load: Load;
let prometheus: Prometheus;

beforeAll(async () => {
  target = await startStubbedCluster();
  const canary = ["--set", "rollout.strategy=canary"];
  const { code, stderr } = await target.run("deploy", ...quickValues, ...canary, "--image-tag", "1.0.0", "--yes");
  expect([code, stderr]).toEqual([0, expect.stringContaining("install workflow-compiler")]);
  load = startLoad(target.address());
  prometheus = await startPrometheus({ targets: target.discovery, rules: [], interval: "500ms" });
});

afterAll(async () => {
  await load?.stop();
  await prometheus?.stop();
  await target?.close();
});

function promotion(bake: string): readonly string[] {
  return ["rollout", "promote", "--yes", "--bake", bake, "--prometheus", prometheus.url];
}

async function serving(): Promise<unknown> {
  const { rollout } = await target.ask("rollout", "status");
  return rollout;
}

test("a canary is paused, interrupted, and gone on with, and gets all calls in the end", async () => {
  const started = await target.ask("rollout", "start", "--tag", "1.1.0", "--yes");
  expect(started.rollout).toMatchObject({ stage: "canary", active: "a", weight: 10 });
  expect(started.rollout).toMatchObject({ images: { a: ":1.0.0", b: ":1.1.0" } });

  const pausing = target.start(...promotion("10m"));
  await target.ask("rollout", "pause", "--yes", "--reason", "lunch");
  const paused = await pausing.done;
  expect([paused.code, paused.stderr]).toEqual([1, expect.stringMatching(/paused at 10 percent since .*lunch/)]);

  const interrupted = target.start(...promotion("3s"));
  await interrupted.said("50 percent for slot b");
  interrupted.interrupt();
  const stopped = await interrupted.done;
  expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringContaining("`wfops rollout promote` goes on")]);

  const promoted = await target.run(...promotion("1s"), "--reason", "it is good");
  expect([promoted.code, promoted.stderr]).toEqual([
    0,
    expect.stringContaining("100 percent: slot b has all 2 replicas"),
  ]);
  expect(await serving()).toMatchObject({ stage: "switched", active: "b", weight: 0, paused: null });
});

test("a switch is taken back at once, and the new slot ended", async () => {
  const back = await target.ask("rollout", "abort", "--yes");
  expect(back.rollout).toMatchObject({ stage: "preview", active: "a" });
  const ended = await target.ask("rollout", "abort", "--yes");
  expect(ended.rollout).toMatchObject({ stage: "idle", active: "a", slots: [{ slot: "a", ready: 2 }] });
  const nothing = await target.run("rollout", "promote", "--yes");
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("there is no rollout to promote")]);
});

test("a canary that is slower is aborted", async () => {
  await target.ask("rollout", "start", "--tag", "slow", "--yes");
  await load.more(300);
  const { code, stderr } = await target.run(...promotion("2m"));
  expect([code, stderr]).toEqual([1, expect.stringMatching(/aborted: p99 is \d+ ms \(old slot: \d+ ms\)/)]);
  expect(await serving()).toMatchObject({ stage: "idle", active: "a" });
});

test("a canary that fails calls is aborted, which is in the history with the reason", async () => {
  await target.ask("rollout", "start", "--tag", "failing", "--yes");
  await load.more(500);
  const { code, stderr } = await target.run(...promotion("2m"));
  expect([code, stderr]).toEqual([1, expect.stringMatching(/aborted: .* calls failed \(old slot: 0 %\)/)]);
  expect(await serving()).toMatchObject({ stage: "idle", active: "a" });
  const { revisions } = await target.ask("history", "--max", "1");
  expect(revisions).toMatchObject([{ status: "deployed", description: expect.stringContaining("calls failed") }]);
});

test("a canary that comes down while it is watched is aborted, without any Prometheus", async () => {
  await target.ask("rollout", "start", "--tag", "crashing", "--yes");
  const { code, stderr } = await target.run("rollout", "promote", "--yes", "--bake", "2m");
  expect(stderr).toContain("only the health of replicas is compared");
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/aborted: slot b (was started again \d+ times?|has 0 of 1 replicas ready)/),
  ]);
  expect(await serving()).toMatchObject({ stage: "idle", active: "a", slots: [{ slot: "a", ready: 2 }] });
});

test("a canary that does not start is taken back, in a time that is its own and can be interrupted", async () => {
  await target.ask("deploy", "--set", "rollout.slots.a.image.tag=unhurried", "--yes");
  const dying = ["rollout", "start", "--tag", "dying", "--yes", "--wait", "1s"];
  const late = await target.run(...dying, "--wait-back", "1s");
  expect([late.code, late.stderr]).toEqual([
    1,
    expect.stringMatching(
      /the rollout of slot b is to be taken back \(.*\), and that failed.*`wfops rollout abort` goes on/s,
    ),
  ]);

  const aborting = target.start("rollout", "abort", "--yes");
  await aborting.said("back to revision");
  aborting.interrupt();
  const stopped = await aborting.done;
  expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringContaining("`wfops rollout abort` takes it back")]);
  await target.ask("rollout", "abort", "--yes");
  expect(await serving()).toMatchObject({ stage: "idle", active: "a", slots: [{ slot: "a", ready: 2 }] });

  const { code, stderr } = await target.run(...dying);
  expect([code, stderr]).toEqual([1, expect.stringContaining("the rollout of slot b was aborted")]);
  expect(await serving()).toMatchObject({ stage: "idle", active: "a", slots: [{ slot: "a", ready: 2 }] });
});
