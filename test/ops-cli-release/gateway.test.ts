import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { GrpcRoute } from "../kubernetes/objects.ts";
import { type Load, startLoad } from "../rollout/load.ts";
import { quickValues, type StubbedCluster, startStubbedCluster } from "./stubbed-cluster.ts";

/** Canaries through a gateway: no call may fail in any step; each test starts from where the one before ended. */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const canary = ["strategy=canary", "gateway.enabled=true", "gateway.parentRefs[0].name=public"];
const values = [...quickValues, ...canary.flatMap((pair) => ["--set", `rollout.${pair}`]), "--set", "replicaCount=1"];

let target: StubbedCluster;
let load: Load;

beforeAll(async () => {
  target = await startStubbedCluster({ groups: ["gateway.networking.k8s.io"] });
  target.cluster.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "public" },
    spec: { gatewayClassName: "test", listeners: [{ name: "grpc", port: 50_051, protocol: "HTTP" }] },
  });
  await target.ask("deploy", ...values, "--image-tag", "1.0.0", "--yes");
  load = startLoad(await vi.waitUntil(() => target.cluster.gatewayAddress("public"), { timeout: 30_000 }));
});

afterEach(async () => {
  await load.more(40);
  expect(load.failures()).toEqual([]);
});

afterAll(async () => {
  await load?.stop();
  await target?.close();
});

/** Percent of the calls that the route gives to each slot. */
function weights(): Readonly<Record<string, number | undefined>> {
  const [rule] = target.cluster.get<GrpcRoute>("GRPCRoute", "workflow-compiler")?.spec.rules ?? [];
  return Object.fromEntries(rule?.backendRefs.map(({ name, weight }) => [name.slice(-1), weight]) ?? []);
}

test("a canary that never runs gets no call, and is taken back", async () => {
  const { code, stderr } = await target.run("rollout", "start", "--tag", "dying", "--yes", "--wait", "1s");
  expect([code, stderr]).toEqual([1, expect.stringContaining("the rollout of slot b was aborted")]);
  expect(stderr).not.toContain("10 percent for slot b\n");
  expect(weights()).toEqual({ a: 100 });
});

test("a canary runs before it gets its weight, is promoted by weights alone, and ended", async () => {
  const started = await target.ask("rollout", "start", "--tag", "1.1.0", "--yes");
  expect(started.done).toEqual(["start :1.1.0 in slot b, as a preview without calls", "10 percent for slot b"]);
  expect(started.rollout).toMatchObject({ stage: "canary", weight: 10, slots: [{ ready: 1 }, { ready: 1 }] });
  expect(weights()).toEqual({ a: 90, b: 10 });
  const { deployments } = await target.ask("scale", "2", "--dry-run");
  expect(deployments).toMatchObject([
    { slot: "a", from: 1, to: 2 },
    { slot: "b", from: 1, to: 2 },
  ]);

  const promoted = await target.ask("rollout", "promote", "--once", "--bake", "1s", "--yes");
  expect(promoted.rollout).toMatchObject({ stage: "canary", weight: 50, slots: [{ ready: 1 }, { ready: 1 }] });
  expect(weights()).toEqual({ a: 50, b: 50 });

  const ended = await target.ask("rollout", "abort", "--yes");
  expect(ended.rollout).toMatchObject({ stage: "idle", active: "a" });
  expect(weights()).toEqual({ a: 100 });
});

test("a rollback to weights for a slot that does not run is refused", async () => {
  const { revisions } = await target.ask("history", "--max", "2");
  const [, canaryRevision] = revisions as readonly { readonly revision: number }[];
  const { code, stderr } = await target.run("rollback", String(canaryRevision?.revision), "--yes");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/slot b, which serves in revision \d+, does not run/)]);
});
