import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chart } from "../chart/render.ts";
import type { Deployment } from "../kubernetes/objects.ts";
import { quickValues, type StubbedCluster, startStubbedCluster } from "./stubbed-cluster.ts";

/**
 * What is changed past Helm: the API server lets nobody set a field that somebody else has set since, unless forced. One release;
 * each test starts from where the one before ended.
 */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const folder = mkdtempSync(join(tmpdir(), "chart-"));

let target: StubbedCluster;

beforeAll(async () => {
  target = await startStubbedCluster();
  const values = [...quickValues, "--set", "replicaCount=1"];
  await target.ask("deploy", ...values, "--image-tag", "1.0.0", "--yes");
  await target.ask("deploy", "--image-tag", "1.1.0", "--yes");
});

afterAll(async () => {
  await target?.close();
  rmSync(folder, { recursive: true });
});

const deployment = "deployment/workflow-compiler-a";

/** Which replicas there are to be, of which image. */
function running(): string {
  const { spec } = target.cluster.get<Deployment>("Deployment", "workflow-compiler-a") ?? {};
  return `${spec?.replicas} of ${spec?.template.spec.containers[0]?.image.split(":").at(-1)}`;
}

async function newest(): Promise<unknown> {
  const { revisions } = await target.ask("history", "--max", "1");
  return revisions;
}

test("a number that wfops scale sets stays, with its reason", async () => {
  const dry = await target.ask("scale", "2", "--dry-run");
  expect(dry).toMatchObject({ dryRun: true, from: 1, to: 2 });
  const refused = await target.run("scale", "2");
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining("Scale workflow-compiler-a from 1 to 2 replicas?"),
  ]);
  expect(running()).toBe("1 of 1.1.0");
  const scaled = await target.ask("scale", "2", "--yes", "--reason", "sale on Friday");
  expect(scaled).toEqual({
    dryRun: false,
    release: "workflow-compiler",
    from: 1,
    to: 2,
    deployments: [{ deployment: "workflow-compiler-a", slot: "a", from: 1, to: 2, ready: 2 }],
  });
  expect(await newest()).toMatchObject([{ description: "scale to 2 replicas (sale on Friday)", status: "deployed" }]);
});

test("a number that kubectl has set is named before anything is changed; wfops scale takes it into the release", async () => {
  await target.cluster.kubectl("scale", deployment, "--replicas=3");
  const before = await newest();
  const { code, stderr } = await target.run("deploy", "--set", "podAnnotations.changed=once", "--yes");
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("slot a has 3 replicas, which Helm did not set, and would have 2"),
  ]);
  expect(stderr).toContain("`wfops scale NUMBER` takes a number of replicas into the release");
  expect(await newest()).toEqual(before);
  await target.ask("scale", "3", "--yes");
  await target.ask("deploy", "--set", "podAnnotations.changed=once", "--yes");
  expect(running()).toBe("3 of 1.1.0");
  // The number is kubectl's, too, from then on: an upgrade that changes it has to insist.
  await target.ask("deploy", "--set", "replicaCount=2", "--yes");
  expect(running()).toBe("2 of 1.1.0");
});

test("an image that kubectl has set is named, and kept or set back as it is asked for", async () => {
  const setImage = (tag: string) =>
    target.cluster.kubectl("set", "image", deployment, `server=workflow-compiler:${tag}`);
  await setImage("1.0.0");
  const scaled = await target.run("scale", "1", "--yes");
  expect([scaled.code, scaled.stderr]).toEqual([
    1,
    expect.stringMatching(/slot a has \S+:1\.0\.0, which Helm did not set, and would have \S+:1\.1\.0/),
  ]);
  expect(running()).toBe("2 of 1.0.0");
  await target.ask("deploy", "--image-tag", "1.0.0", "--yes");
  expect(running()).toBe("2 of 1.0.0");
  await setImage("1.1.0");
  const overwritten = await target.ask("deploy", "--set", "podAnnotations.changed=twice", "--overwrite", "--yes");
  expect(overwritten.setBack).toEqual([expect.stringMatching(/slot a has \S+:1\.1\.0, which Helm did not set/)]);
  expect(running()).toBe("2 of 1.0.0");
});

test("a rollback sets back what was changed past Helm, says so, and goes to before the release that was scaled", async () => {
  await target.ask("deploy", "--image-tag", "1.1.0", "--yes");
  await target.ask("scale", "3", "--yes");
  await target.cluster.kubectl("scale", deployment, "--replicas=1");
  // Nobody looks at all fields, and none of them may stop a release half-way.
  await target.cluster.kubectl("set", "env", deployment, "WFC_SLOT=other");
  const dry = await target.ask("rollback", "--dry-run");
  expect(dry.setBack).toEqual(["to be set back: slot a has 1 replica, which Helm did not set, and would have 2"]);
  const { code, stderr } = await target.run("rollback", "--yes");
  expect([code, stderr]).toEqual([0, expect.stringContaining("to be set back: slot a has 1 replica")]);
  expect(running()).toBe("2 of 1.0.0");
});

test("scale changes nothing else: not with another chart, nor where an autoscaler decides", async () => {
  cpSync(chart, folder, { recursive: true });
  const about = readFileSync(join(folder, "Chart.yaml"), "utf8");
  writeFileSync(join(folder, "Chart.yaml"), about.replace(/^version: .*$/m, "version: 99.0.0"));
  const other = await target.run("scale", "3", "--chart", folder, "--yes");
  expect([other.code, other.stderr]).toEqual([
    1,
    expect.stringMatching(/more than the number of replicas would change.*\(workflow-compiler-\d.*\) with --chart/s),
  ]);
  target.cluster.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "own" },
    spec: {
      minReplicas: 3,
      maxReplicas: 10,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "workflow-compiler-a" },
    },
  });
  const autoscaled = await target.run("scale", "5", "--yes");
  expect([autoscaled.code, autoscaled.stderr]).toEqual([
    1,
    expect.stringContaining("an autoscaler decides on workflow-compiler-a, from 3 to 10"),
  ]);
  expect(running()).toBe("2 of 1.0.0");
});

test("a release that Helm applies from its own side, as Helm 3 does, is gone back with as well", async () => {
  const upgrade = ["upgrade", "workflow-compiler", chart, "--reset-then-reuse-values", "--server-side=false", "--set"];
  await target.cluster.helm(...upgrade, "podAnnotations.changed=before");
  await target.cluster.helm(...upgrade, "podAnnotations.changed=after");
  await target.cluster.kubectl("scale", deployment, "--replicas=1");
  await target.ask("rollback", "--yes");
  expect(running()).toBe("2 of 1.0.0");
});
