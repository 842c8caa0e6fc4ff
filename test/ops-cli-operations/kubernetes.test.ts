import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import type { Deployment } from "../kubernetes/objects.ts";
import { kubernetesTools } from "../kubernetes/tools.ts";
import { expectJson, expectSchema, type Ran, wfops } from "../ops-cli/wfops.ts";

/** `logs` and `scale` with the real kubectl, against an API server whose pods are processes. */

let cluster: Cluster;
let folder: string;
let env: Readonly<Record<string, string>>;

const labels = { "app.kubernetes.io/instance": "workflow-compiler", "app.kubernetes.io/component": "server" };

/** Pods that log as the service does. */
const deployment = (slot: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: `workflow-compiler-${slot}`, labels: { ...labels, "workflow-compiler.dev/slot": slot } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { slot } },
    template: {
      metadata: { labels: { ...labels, slot } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "server", image: "service:1", command: ["node", join(folder, "pod.mjs")] }],
      },
    },
  },
});

const lines = [
  {
    timestamp: "2030-01-02T03:04:05.678Z",
    level: "info",
    message: "call",
    requestId: "r-1",
    principal: "ci",
    code: "OK",
  },
  {
    timestamp: "2030-01-02T03:04:06.678Z",
    level: "error",
    message: "fault",
    correlationId: "c-1",
    err: { type: "Error" },
  },
  {
    timestamp: "2030-01-02T03:04:07.678Z",
    level: "info",
    message: "call",
    requestId: "r-2",
    principal: "other",
    code: "OK",
  },
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wfops-kubernetes-"));
  const said = [...lines.map((line) => JSON.stringify(line)), "no JSON at all"].join("\n");
  writeFileSync(
    join(folder, "pod.mjs"),
    `process.stdout.write(${JSON.stringify(`${said}\n`)});\nsetInterval(() => {}, 1000);\nprocess.on("SIGTERM", () => process.exit(0));\n`,
  );
  cluster = await startCluster();
  env = {
    KUBECONFIG: cluster.kubeconfig,
    PATH: `${dirname(kubernetesTools().kubectl)}:${process.env.PATH}`,
  };
  await apply(deployment("a"));
  await vi.waitFor(() => expect(ready("a")).toBe(2), { timeout: 50_000, interval: 100 });
});
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true });
});

async function apply(object: object): Promise<void> {
  const file = join(folder, "object.json");
  writeFileSync(file, JSON.stringify(object));
  await cluster.kubectl("apply", "--filename", file);
}

const ready = (slot: string) =>
  cluster.get<Deployment & { status?: { readyReplicas?: number } }>("Deployment", `workflow-compiler-${slot}`)?.status
    ?.readyReplicas ?? 0;

const run = (...args: readonly string[]): Promise<Ran> => wfops(args, { env });

test("logs shows lines of all pods, filtered by level, request id, principal and text", async () => {
  const all = await run("logs", "--json");
  const entries = all.stdout
    .trim()
    .split("\n")
    .map((line) => expectSchema("logs", JSON.parse(line)));
  expect([all.code, entries.length]).toEqual([0, 8]);
  expect(new Set(entries.map((entry) => (entry as { pod: string }).pod)).size).toBe(2);
  const count = async (...flags: readonly string[]) =>
    (await run("logs", "--json", ...flags)).stdout
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line).message]));
  // What is no JSON is never left out for its level.
  expect((await count("--level", "error")).sort()).toEqual(["fault", "fault", "no JSON at all", "no JSON at all"]);
  expect(await count("--request-id", "r-1")).toEqual(["call", "call"]);
  expect(await count("--principal", "other")).toEqual(["call", "call"]);
  expect(await count("--grep", "c-1")).toEqual(["fault", "fault"]);
  const shown = await run("logs", "--request-id", "r-1");
  expect(shown.stdout).toMatch(
    /2030-01-02T03:04:05\.678Z info +workflow-compiler-a-\S+ call requestId=r-1 principal=ci code=OK/,
  );
});

test("scale changes the number of replicas, waits, and says why in the cluster", async () => {
  const refused = await run("scale", "1");
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining("Scale workflow-compiler-a from 2 to 1 replica?"),
  ]);
  const dry = await run("scale", "1", "--dry-run", "--json");
  expect(expectJson("scale", dry)).toMatchObject({ dryRun: true, from: 2, to: 1 });
  expect(ready("a")).toBe(2);
  const done = await run("scale", "1", "--yes", "--json", "--reason", "quiet night");
  expect([done.code, expectJson("scale", done)]).toEqual([
    0,
    { dryRun: false, deployment: "workflow-compiler-a", from: 2, to: 1, ready: 1 },
  ]);
  const scaled = cluster.get<Deployment>("Deployment", "workflow-compiler-a");
  expect(scaled?.metadata.annotations?.["kubernetes.io/change-cause"]).toBe("quiet night");
});

test("scale refuses where an autoscaler decides, and where a rollout has two slots", async () => {
  await apply({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "workflow-compiler-a" },
    spec: {
      minReplicas: 3,
      maxReplicas: 10,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "workflow-compiler-a" },
    },
  });
  const autoscaled = await run("scale", "5", "--yes");
  expect([autoscaled.code, autoscaled.stderr]).toEqual([
    1,
    expect.stringContaining("an autoscaler decides on workflow-compiler-a, from 3 to 10"),
  ]);
  await cluster.kubectl("delete", "horizontalpodautoscaler", "workflow-compiler-a");
  await apply(deployment("b"));
  const two = await run("scale", "5", "--yes");
  expect([two.code, two.stderr]).toEqual([2, expect.stringContaining("Name one with --slot")]);
  const none = await wfops(["scale", "5", "--yes"], { env: { ...env, WFOPS_RELEASE: "other" } });
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("there is no deployment of the release other")]);
});

test("without kubectl, or without a cluster, it says so", async () => {
  const missing = await wfops(["logs"], { env: { ...env, WFOPS_KUBECTL: "/nowhere/kubectl" } });
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("Install kubectl")]);
  const away = await wfops(["logs"], { env: { ...env, KUBECONFIG: "/nowhere" } });
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining("kubectl logs failed")]);
});
