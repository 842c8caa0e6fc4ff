import { expect, test } from "vitest";
import { refusal, render, type Values } from "./render.ts";

test.each<[string, Values]>([
  ["`replicas` is no longer a value of this chart: use `replicaCount`", { replicas: 3 }],
  ["`env` is no longer a value of this chart: use `extraEnv`", { env: [] }],
  ["`strategy` is no longer a value of this chart: use `rollout.strategy`", { strategy: "canary" }],
  ["`metrics` is no longer a value of this chart: use `monitoring`", { metrics: {} }],
  ["`postgresql` is no longer a value of this chart: use `postgres`", { postgresql: {} }],
  ["`hpa` is no longer a value of this chart: use `autoscaling`", { hpa: {} }],
  ["`pdb` is no longer a value of this chart: use `podDisruptionBudget`", { pdb: {} }],
  ["`image.name` is no longer a value of this chart: use `image.repository`", { image: { name: "x" } }],
  ["`rollout.blueGreen` is no longer a value of this chart: use `rollout.preview`", { rollout: { blueGreen: {} } }],
  ["`rollout.canary` is no longer a value of this chart: use `rollout.weight`", { rollout: { canary: {} } }],
  ["`config.drainMs` is no longer a value of this chart: use `config.drain`", { config: { drainMs: 1 } }],
])("%s", (sentence, values) => {
  expect(refusal(values)).toContain(sentence);
});

test.each<[string, Values]>([
  ["- at '': additional properties 'replicaCounts' not allowed", { replicaCounts: 3 }],
  ["'/image': additional properties 'tags' not allowed", { image: { tags: "1" } }],
  ["'/image/tag': got number, want string", { image: { tag: 1.5 } }],
  ["'/image/digest'", { image: { digest: "sha256:short" } }],
  ["'/replicaCount': minimum: got 0, want 1", { replicaCount: 0 }],
  ["'/rollout/strategy': value must be one of", { rollout: { strategy: "bluegreen" } }],
  ["'/rollout/weight': maximum: got 101, want 100", { rollout: { weight: 101 } }],
  [
    "'/rollout/slots/a/image': additional properties 'repository' not allowed",
    { rollout: { slots: { a: { image: { repository: "x" } } } } },
  ],
  ["'/service/ports/grpc': minimum: got 443, want 1,024", { service: { ports: { grpc: 443 } } }],
  ["invalid propertyName 'app.kubernetes.io/name'", { podLabels: { "app.kubernetes.io/name": "other" } }],
  ["invalid propertyName '../../etc/passwd'", { components: { "../../etc/passwd": "x" } }],
  ["'/monitoring/rules/runbookUrl'", { monitoring: { rules: { runbookUrl: "https://example.com" } } }],
  ["'/podLabels/team': '-' does not match pattern", { podLabels: { team: "-" } }],
  ["invalid propertyName 'checksum/settings'", { podAnnotations: { "checksum/settings": "x" } }],
  ["'/resources/limits/memory': '1.2.3Mi' does not match pattern", { resources: { limits: { memory: "1.2.3Mi" } } }],
  ["'/fullnameOverride': 'My.Name' does not match pattern", { fullnameOverride: "My.Name" }],
  ["'/resources/limits': additional properties 'memroy' not allowed", { resources: { limits: { memroy: "1Gi" } } }],
])("the schema: %s", (words, values) => {
  expect(refusal(values)).toContain(words);
});

test.each<[string, Values]>([
  ["terminationGracePeriodSeconds is 40; it must be more than", { lifecycle: { terminationGracePeriodSeconds: 40 } }],
  [
    "config.drain together (3610 s)",
    { config: { drain: "1h", drainGrace: "500ms" }, lifecycle: { preStopSeconds: 9 } },
  ],
  ["service.ports.grpc, operations and http must be three ports", { service: { ports: { http: 50051 } } }],
  ["extraEnv: WFC_SLOT is set already", { extraEnv: [{ name: "WFC_SLOT", value: "x" }] }],
  ["extraEnv: A is set already", { extraEnv: [{ name: "A" }, { name: "A" }] }],
  [
    "extraEnv: WFC_STORE is set already",
    { postgres: { existingSecret: "p" }, extraEnv: [{ name: "WFC_STORE", value: "sqlite:x" }] },
  ],
  ["operations.enabled needs mTLS", { operations: { enabled: true } }],
  ["operations.enabled needs mTLS", { operations: { enabled: true }, tls: { existingSecret: "tls" } }],
  ["tls.clientCa needs tls.existingSecret", { tls: { clientCa: true } }],
  ["rbac.create needs rbac.operators", { rbac: { create: true } }],
  ["priorityClass.create needs priorityClass.name", { priorityClass: { create: true } }],
  ["both say where the store is", { config: { store: "sqlite:x" }, postgres: { existingSecret: "p" } }],
  ["would put the password of PostgreSQL into a ConfigMap", { config: { store: "postgres://u:p@h/d" } }],
  ["postgres.enabled needs postgres.existingSecret", { postgres: { enabled: true } }],
  ["externalSecrets.enabled needs externalSecrets.storeRef.name", { externalSecrets: { enabled: true } }],
  ["the store is PostgreSQL: keep one", { persistence: { enabled: true }, postgres: { existingSecret: "p" } }],
  ["which one replica can use", { persistence: { enabled: true } }],
  ["which one replica can use", { persistence: { enabled: true }, replicaCount: 1, rollout: { strategy: "canary" } }],
])("%s", (sentence, values) => {
  expect(refusal(values)).toContain(sentence);
});

test("Kubernetes must be 1.32 or newer, whatever its builder adds to the version", () => {
  expect(refusal({}, "--kube-version", "1.31.9")).toContain("chart requires kubeVersion: >=1.32.0-0");
  render({}, "--kube-version", "1.32.0-eks-1a2b3c");
});

test("what is just enough is enough", () => {
  render({ lifecycle: { terminationGracePeriodSeconds: 41 } });
  render({
    config: { drain: "10s", drainGrace: "0s" },
    lifecycle: { preStopSeconds: 0, terminationGracePeriodSeconds: 11 },
  });
  render({ operations: { enabled: true }, config: { jwksUrl: "https://x/y" } });
});
