import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Values } from "../chart/render.ts";
import type { Deployment, KubeObject } from "../kubernetes/objects.ts";
import { type Release, startRelease } from "./release.ts";

/**
 * A release changes the way in which it is rolled out, and back again: what the API server sees of it, with pods that are stubs.
 * Each step starts from where the one before ended. Of Argo Rollouts there is the resource only: no controller can be had here.
 */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const images = new URL("../ops-cli-release/images/", import.meta.url).pathname;
const parentRefs = [{ name: "public" }];
const ways: readonly (readonly [name: string, values: Values])[] = [
  ["blue-green", { rollout: { strategy: "blueGreen", preview: true } }],
  ["canary", { rollout: { strategy: "canary", weight: 50 } }],
  ["canary through a gateway", { rollout: { strategy: "canary", weight: 50, gateway: { enabled: true, parentRefs } } }],
  ["canary by Argo Rollouts", { rollout: { strategy: "canary", preview: true, argo: { enabled: true } } }],
  ["rolling", {}],
];

let release: Release;

beforeAll(async () => {
  const groups = ["gateway.networking.k8s.io", "argoproj.io"];
  const imageRoot = (): string => `${images}1.0.0`;
  release = await startRelease({ replicaCount: 1, image: { tag: "1.0.0" } }, { groups, imageRoot });
  await release.upgrade({});
});

afterAll(() => release?.close());

const slotA = (): Deployment | undefined => release.cluster.get<Deployment>("Deployment", "workflow-compiler-a");

const kinds = ["Deployment", "Service", "GRPCRoute", "Rollout", "PodDisruptionBudget", "NetworkPolicy"];

/** What the release is made of. A service that comes back has another address. */
function present(): Readonly<Record<string, unknown>> {
  const objects = kinds.flatMap((kind) => release.cluster.list<KubeObject>(kind));
  return Object.fromEntries(
    objects.map(({ kind, metadata, spec }) => {
      const { clusterIP: _address, clusterIPs: _addresses, ...rest } = Object(spec);
      return [`${kind} ${metadata.name}`, rest];
    }),
  );
}

test.each(ways)("to %s, back by a rollback, and there again", async (_name, values) => {
  const first = slotA();
  const before = present();
  await release.upgrade(values);
  const after = present();
  expect(after).not.toEqual(before);
  await release.rollback();
  expect(present()).toEqual(before);
  await release.upgrade(values);
  expect(present()).toEqual(after);
  expect(slotA()?.metadata.uid).toBe(first?.metadata.uid);
  expect(slotA()?.spec.selector).toEqual(first?.spec.selector);
});

test("the autoscaler's number is its own: Helm leaves it, and takes it back by force only", async () => {
  const scaled = { autoscaling: { enabled: true } };
  const scale = ["scale", "deployment/workflow-compiler-a", "--replicas=2"] as const;
  // As the values say: before it is turned on for a release that runs.
  await release.cluster.kubectl(...scale);
  await release.upgrade(scaled);
  expect(slotA()?.spec.replicas).toBe(2);
  await release.upgrade({ ...scaled, podAnnotations: { changed: "yes" } });
  expect(slotA()?.spec.replicas).toBe(2);
  await expect(release.upgrade({})).rejects.toThrow(/conflict.*replicas/s);
  await release.upgrade({}, "--force-conflicts");
  expect(slotA()?.spec.replicas).toBe(1);
});
