import { describe, expect, test } from "vitest";
import { at, list, part, type Rendered, render, type Values } from "./render.ts";

const server = (rendered: Rendered) => list(rendered.pod, "spec", "containers")[0] ?? {};
const reference = (rendered: Rendered, name: string): unknown =>
  at(
    list(server(rendered), "env").find((entry) => entry.name === name),
    "valueFrom",
    "secretKeyRef",
  );
const jobContainers = (rendered: Rendered): readonly unknown[] => {
  const spec = part(rendered.get("Job", "-migration"), "spec", "template", "spec");
  return [...list(spec, "initContainers"), ...list(spec, "containers")].map(({ name, image }) => [name, image]);
};
const hooks = (rendered: Rendered): unknown => rendered.get("Job", "-migration").metadata.annotations?.["helm.sh/hook"];

describe("PostgreSQL", () => {
  const values = { postgres: { existingSecret: "database", key: "address" } };

  test("its address comes from the secret, for pods and for the migration", () => {
    const rendered = render(values);
    expect(reference(rendered, "WFC_STORE")).toEqual({ name: "database", key: "address" });
    expect(at(rendered.get("ConfigMap"), "data", "WFC_STORE")).toBeUndefined();
    const [job] = list(rendered.get("Job", "-migration"), "spec", "template", "spec", "containers");
    expect(at(list(job, "env")[0], "valueFrom", "secretKeyRef")).toEqual({ name: "database", key: "address" });
    expect(at(job, "args")).toEqual(["node", "server/migrate.ts"]);
  });

  test("the migration runs before whatever changes the release, with the image of every slot, the other one first", () => {
    expect(hooks(render(values))).toBe("pre-install,pre-upgrade,pre-rollback");
    expect(jobContainers(render(values))).toEqual([["migration-a", "workflow-compiler:0.1.0"]]);
    const slots = { b: { image: { tag: "2" } } };
    const both = render({ ...values, rollout: { strategy: "canary", weight: 10, slots } });
    expect(jobContainers(both)).toEqual([
      ["migration-b", "workflow-compiler:2"],
      ["migration-a", "workflow-compiler:0.1.0"],
    ]);
    const promoted = render({ ...values, rollout: { strategy: "canary", active: "b", slots } });
    expect(jobContainers(promoted)).toEqual([["migration-b", "workflow-compiler:2"]]);
    const argo = render({ ...values, rollout: { strategy: "canary", argo: { enabled: true } } });
    expect(jobContainers(argo)).toEqual([["migration-a", "workflow-compiler:0.1.0"]]);
  });

  test("there is no migration without it, and none where it is off", () => {
    expect(render().has("Job", "-migration")).toBe(false);
    expect(render({ ...values, migration: { enabled: false } }).has("Job", "-migration")).toBe(false);
  });

  test("one beside the service is there after the first install, so nothing asks it before", () => {
    const rendered = render({ postgres: { enabled: true, existingSecret: "p", image: "postgres:16", size: "1Gi" } });
    expect(hooks(rendered)).toBe("pre-upgrade,pre-rollback");
    const [container] = list(rendered.get("StatefulSet", "-postgres"), "spec", "template", "spec", "containers");
    expect(at(container, "image")).toBe("postgres:16");
    expect(at(list(container, "env")[0], "valueFrom", "secretKeyRef")).toEqual({ name: "p", key: "password" });
    expect(rendered.has("Service", "-postgres")).toBe(true);
  });
});

describe("Redis", () => {
  test("its address comes from the secret, or is that of the one beside the service", () => {
    expect(reference(render({ redis: { existingSecret: "cache" } }), "WFC_REDIS_URL")).toEqual({
      name: "cache",
      key: "url",
    });
    const beside = render({ redis: { enabled: true } });
    expect(beside.environment.WFC_REDIS_URL).toBe("redis://workflow-compiler-redis:6379");
    expect(reference(beside, "WFC_REDIS_URL")).toBeUndefined();
    expect(beside.has("Service", "-redis")).toBe(true);
    expect(render({ redis: { enabled: true, existingSecret: "cache" } }).environment.WFC_REDIS_URL).toBe("(ref)");
    expect(render().environment.WFC_REDIS_URL).toBeUndefined();
  });
});

describe("External Secrets", () => {
  const externalSecrets = {
    enabled: true,
    storeRef: { kind: "SecretStore", name: "vault" },
    postgresKey: "wfc/postgres",
    redisKey: "wfc/redis",
  };

  test("makes the secrets that pods read", () => {
    const rendered = render({ externalSecrets });
    for (const [name, variable] of [
      ["postgres", "WFC_STORE"],
      ["redis", "WFC_REDIS_URL"],
    ] as const) {
      const spec = part(rendered.get("ExternalSecret", `-${name}`), "spec");
      expect(spec).toMatchObject({
        secretStoreRef: { kind: "SecretStore", name: "vault" },
        target: { name: `workflow-compiler-${name}` },
        data: [{ secretKey: "url", remoteRef: { key: `wfc/${name}` } }],
      });
      expect(reference(rendered, variable)).toEqual({ name: `workflow-compiler-${name}`, key: "url" });
    }
    expect(hooks(rendered)).toBe("pre-upgrade,pre-rollback");
  });

  test("makes only those that are asked for", () => {
    const rendered = render({ externalSecrets: { ...externalSecrets, redisKey: "" } });
    expect(rendered.has("ExternalSecret", "-redis")).toBe(false);
    expect(rendered.environment.WFC_REDIS_URL).toBeUndefined();
  });
});

describe("SQLite", () => {
  const volume = (values: Values): unknown =>
    list(render(values).pod, "spec", "volumes").find(({ name }) => name === "data");

  test("goes away with the pod", () => {
    expect(volume({})).toEqual({ name: "data", emptyDir: { sizeLimit: "1Gi" } });
  });

  test("or stays, for one replica that stops before its successor starts", () => {
    const values = { replicaCount: 1, persistence: { enabled: true, size: "5Gi", storageClass: "fast" } };
    const rendered = render(values);
    expect(volume(values)).toMatchObject({ persistentVolumeClaim: { claimName: "workflow-compiler" } });
    expect(at(rendered.get("Deployment", "-a"), "spec", "strategy")).toEqual({ type: "Recreate" });
    const claim = rendered.get("PersistentVolumeClaim");
    expect(claim.metadata.annotations).toMatchObject({ "helm.sh/resource-policy": "keep" });
    expect(claim.spec).toMatchObject({ storageClassName: "fast", resources: { requests: { storage: "5Gi" } } });
    const plain = render({ replicaCount: 1, persistence: { enabled: true } });
    expect(at(plain.get("PersistentVolumeClaim"), "spec", "storageClassName")).toBeUndefined();
  });

  test("or is in a claim that is there", () => {
    const values = { replicaCount: 1, persistence: { enabled: true, existingClaim: "mine" } };
    expect(volume(values)).toMatchObject({ persistentVolumeClaim: { claimName: "mine" } });
    expect(render(values).has("PersistentVolumeClaim")).toBe(false);
  });
});
