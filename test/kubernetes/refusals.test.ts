import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "./cluster.ts";
import type { Deployment, KubeObject } from "./objects.ts";
import { changesRefused, faultsOf } from "./validation/objects.ts";

/** What a real API server refuses, the one of these tests refuses, too: each is planted once. */
const container = { name: "echo", image: "echo:1" };
const labels = { app: "echo" };
const pod = (spec: object = {}, more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "echo" },
  spec: { containers: [{ ...container, ...more }], ...spec },
});
const object = (kind: string, spec: object, name = "echo", more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, ...more },
  spec,
});
const workload = (kind: string, spec: object = {}, name = "echo"): KubeObject =>
  object(
    kind,
    { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod().spec }, ...spec },
    name,
  );
const service = (spec: object, name = "echo"): KubeObject =>
  object("Service", { ports: [{ port: 80 }], ...spec }, name);
const scaler = (spec: object): KubeObject => object("HorizontalPodAutoscaler", { maxReplicas: 3, ...spec });
const metric = (target: object) => ({ metrics: [{ type: "Resource", resource: { name: "cpu", target } }] });

test.each<[string, KubeObject]>([
  ["is no DNS label that begins with a letter", service({}, "1st")],
  ["is no DNS label that begins with a letter", service({}, "team.v2")],
  ["is longer than 52 characters", workload("StatefulSet", {}, "x".repeat(53))],
  ["is no DNS label", { ...workload("Job", {}, "x".repeat(64)) }],
  ['metadata.labels.a: "-" is no label value', object("Lease", {}, "echo", { labels: { a: "-" } })],
  ["is no label value", object("Lease", {}, "echo", { labels: { a: "x".repeat(64) } })],
  ["has more than one slash", object("Lease", {}, "echo", { annotations: { "a/b/c": "" } })],
  ["bytes are too many", object("Lease", {}, "echo", { annotations: { a: "x".repeat(262_145) } })],
  ["bytes are more than 1 MiB", { ...object("ConfigMap", {}), data: { a: "x".repeat(1_048_577) } }],
  ["is no key of a ConfigMap", { ...object("ConfigMap", {}), data: { "a/b": "" } }],
  ["is no port name of at most 15", pod({}, { ports: [{ name: "sixteen-letters-", containerPort: 1 }] })],
  ["65536 is no port", pod({}, { ports: [{ containerPort: 65_536 }] })],
  ['"80/TCP" is there more than once', pod({}, { ports: [{ containerPort: 80 }, { containerPort: 80 }] })],
  ['env: "A" is there more than once', pod({}, { env: [{ name: "A" }, { name: "A" }] })],
  ["env: A must be text", pod({}, { env: [{ name: "A", value: 1 }] })],
  ["there is no volume data", pod({}, { volumeMounts: [{ name: "data", mountPath: "/data" }] })],
  ["data must have one source", pod({ volumes: [{ name: "data", emptyDir: {}, secret: {} }] })],
  ["must have one handler", pod({}, { readinessProbe: { grpc: { port: 1 }, httpGet: { port: 1 } } })],
  ["there is no port http", pod({}, { livenessProbe: { httpGet: { port: "http" } } })],
  ["grpc.port: grpc is no port", pod({}, { startupProbe: { grpc: { port: "grpc" } } })],
  ["successThreshold: must be 1", pod({}, { livenessProbe: { grpc: { port: 1 }, successThreshold: 2 } })],
  ["128MB is no quantity", pod({}, { resources: { limits: { memory: "128MB" } } })],
  ["2 is more than the limit", pod({}, { resources: { limits: { cpu: "500m" }, requests: { cpu: "2" } } })],
  ["must be in the grace of 30 s", pod({}, { lifecycle: { preStop: { sleep: { seconds: 31 } } } })],
  ["runAsNonRoot as user 0", pod({ securityContext: { runAsNonRoot: true, runAsUser: 0 } })],
  [
    "is selected already",
    pod({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: labels },
          matchLabelKeys: ["app"],
        },
      ],
    }),
  ],
  ["does not select the template's own pods", workload("Deployment", { selector: { matchLabels: { app: "b" } } })],
  ["Always cannot be here", workload("Job")],
  [
    "Recreate has no rollingUpdate",
    workload("Deployment", { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
  ],
  ["a LoadBalancer is not headless", service({ type: "LoadBalancer", clusterIP: "None" })],
  ['spec.ports: "" is there more than once', service({ ports: [{ port: 1 }, { port: 2 }] })],
  ["5 to 3 cannot be", scaler({ minReplicas: 5 })],
  ["resource has no target", scaler(metric({ type: "Utilization", averageValue: "1" }))],
  ["must have one of the two", object("PodDisruptionBudget", { minAvailable: 1, maxUnavailable: 1 })],
  ["10.0.0.0 is no CIDR", object("NetworkPolicy", { egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0" } }] }] })],
  ["a peer must be somebody", object("NetworkPolicy", { ingress: [{ from: [{}] }] })],
  [
    "a ServiceAccount needs its namespace",
    { ...object("RoleBinding", {}), subjects: [{ kind: "ServiceAccount", name: "x" }] },
  ],
])("%s", (words, bad) => {
  expect(faultsOf(bad).join("\n")).toContain(words);
});

test.each([
  [
    "Deployment",
    { spec: { selector: { matchLabels: labels } } },
    { spec: { selector: { matchLabels: { app: "b" } } } },
  ],
  ["Job", { spec: { template: pod() } }, { spec: { template: pod({}, { image: "echo:2" }) } }],
  ["StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }],
  ["Service", { spec: { clusterIP: "None" } }, { spec: { clusterIP: "127.0.0.1" } }],
  ["PersistentVolumeClaim", { spec: { storageClassName: "a" } }, { spec: { storageClassName: "b" } }],
  ["RoleBinding", { roleRef: { name: "a" } }, { roleRef: { name: "b" } }],
  ["PriorityClass", { value: 1 }, { value: 2 }],
])("a %s cannot change in this", (kind, before, after) => {
  const of = (fields: object): KubeObject => ({ apiVersion: "v1", kind, metadata: { name: "echo" }, ...fields });
  expect(changesRefused(of(before), of(after))).toEqual([expect.stringContaining("field is immutable")]);
  expect(changesRefused(of(before), of(before))).toEqual([]);
});

let cluster: Cluster;
const folder = mkdtempSync(join(tmpdir(), "applied-"));
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `kubectl apply --server-side`, as Helm 4 does it. */
function apply(spec: object, manager: string, ...args: readonly string[]): Promise<string> {
  const file = join(folder, "object.json");
  writeFileSync(file, JSON.stringify({ ...workload("Deployment", spec), apiVersion: "apps/v1" }));
  return cluster.kubectl("apply", "--server-side", `--field-manager=${manager}`, "--filename", file, ...args);
}

const replicas = (): number | undefined => cluster.get<Deployment>("Deployment", "echo")?.spec.replicas;

test("kubectl is told what cannot be, and whose a field is", async () => {
  await expect(apply({ selector: {} }, "chart")).rejects.toThrow("does not select the template's own pods");
  await apply({ replicas: 2, paused: true }, "chart");
  const other = { app: "other" };
  const elsewhere = { selector: { matchLabels: other }, template: { metadata: { labels: other }, spec: pod().spec } };
  await expect(apply(elsewhere, "chart")).rejects.toThrow("spec.selector: field is immutable");

  await cluster.kubectl("scale", "deployment/echo", "--replicas=3");
  await expect(apply({ replicas: 2, paused: true }, "chart")).rejects.toThrow(
    /conflict with "kubectl".*\.spec\.replicas/s,
  );
  expect(replicas()).toBe(3);
  // Who does not ask for the number leaves it to whoever scales.
  await apply({ paused: true }, "chart");
  expect(replicas()).toBe(3);
  await apply({ replicas: 2, paused: true }, "chart", "--force-conflicts");
  expect(replicas()).toBe(2);
  await apply({ paused: true }, "chart");
  expect(replicas()).toBeUndefined();
});
