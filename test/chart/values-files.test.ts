import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { faultsOf } from "../kubernetes/validation/objects.ts";
import { chart, helm, list, objectsIn, part, podSpecs, type Values, valuesFiles } from "./render.ts";
import { isCustom, kubernetesSchemas, modelSchema } from "./schemas.ts";

const template = (file: string): string => helm(["template", "workflow-compiler", chart, "--values", file]);

const gateway = { enabled: true, parentRefs: [{ name: "public", sectionName: "grpc" }], hostnames: ["c.example.com"] };

const argo: Values = { rollout: { strategy: "canary", argo: { enabled: true } } };

/** What no worked file has. */
const others: readonly (readonly [string, Values])[] = [
  [
    "canary through a gateway, secrets from a vault",
    {
      rollout: { strategy: "canary", weight: 50, gateway },
      externalSecrets: { enabled: true, storeRef: { name: "vault" }, postgresKey: "postgres", redisKey: "redis" },
      components: { "mail.yaml": "kind: Component" },
      rbac: { create: true, operators: [{ kind: "Group", name: "sre", apiGroup: "rbac.authorization.k8s.io" }] },
      autoscaling: { enabled: true, targetRequestsInFlight: 20 },
    },
  ],
  ["Argo Rollouts", { ...argo, autoscaling: { enabled: true } }],
  ["a claim", { replicaCount: 1, persistence: { enabled: true } }],
];

const cases: readonly (readonly [name: string, text: () => string])[] = [
  ...[...valuesFiles].map(([name, file]) => [name, () => template(file)] as const),
  ...others.map(
    ([name, values]) => [name, () => helm(["template", "workflow-compiler", chart, "--values", "-"], values)] as const,
  ),
];

test.each([...valuesFiles])("%s lints without a word", (_, file) => {
  const said = helm(["lint", "--strict", chart, "--values", file]);
  expect(said).not.toMatch(/\[(WARNING|ERROR)\]/);
});

describe.each(cases)("%s", (_name, write) => {
  const text = write();
  const objects = objectsIn(text);

  test("renders the same twice", () => {
    expect(write()).toBe(text);
  });

  test.each([...kubernetesSchemas])("is valid for Kubernetes %s", (_, schema) => {
    expect(objects.filter((object) => !isCustom(object)).flatMap(schema)).toEqual([]);
  });

  test("has valid custom resources", () => {
    expect(objects.filter(isCustom).flatMap(modelSchema)).toEqual([]);
  });

  test("has only names, labels, ports, probes and quantities that an API server takes", () => {
    expect(objects.flatMap((object) => faultsOf(object).map((fault) => `${object.kind}: ${fault}`))).toEqual([]);
  });

  test("makes the pods of its hooks anew each time, and keeps those that failed", () => {
    for (const { kind, metadata } of objects) {
      const { "helm.sh/hook": hook, "helm.sh/hook-delete-policy": policy } = metadata.annotations ?? {};
      if (hook !== undefined) expect(policy, kind).toBe("before-hook-creation,hook-succeeded");
    }
  });

  test("has each object once, and a label that says whose it is", () => {
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { metadata } of objects) {
      expect(metadata.labels).toMatchObject({
        "app.kubernetes.io/instance": "workflow-compiler",
        "app.kubernetes.io/managed-by": "Helm",
      });
    }
  });

  test("meets the restricted profile of the Pod Security Standards", () => {
    expect(podSpecs(objects).flatMap(([pod, spec]) => breaches(spec).map((breach) => `${pod}: ${breach}`))).toEqual([]);
  });
});

test("the schemas refuse what is unknown, missing or of another type", () => {
  const [deployment] = objectsIn(template(valuesFiles.get("minimal") ?? "")).filter(
    ({ kind }) => kind === "Deployment",
  );
  if (deployment === undefined) throw new Error("there is no deployment");
  const spec = part(deployment, "spec");
  for (const schema of kubernetesSchemas.values()) {
    for (const bad of [{ replicas: "three" }, { replicaz: 3 }])
      expect(schema({ ...deployment, spec: { ...spec, ...bad } })).toHaveLength(1);
  }
  expect(modelSchema({ ...deployment, spec: { replicas: 1 } })).toHaveLength(1);
});

/** Each custom resource of the chart, with a place inside of it, and what a field is called that is not known there. */
const custom: readonly (readonly [kind: string, from: Values, path: readonly (string | number)[]])[] = [
  ["ServiceMonitor", { monitoring: { serviceMonitor: { enabled: true } } }, ["spec", "endpoints", 0]],
  ["PodMonitor", { monitoring: { podMonitor: { enabled: true } } }, ["spec", "podMetricsEndpoints", 0]],
  ["PrometheusRule", { monitoring: { rules: { enabled: true } } }, ["spec", "groups", 0, "rules", 1]],
  ["GRPCRoute", { rollout: { gateway } }, ["spec", "rules", 0, "backendRefs", 0]],
  ["Rollout", argo, ["spec", "strategy", "canary", "steps", 1, "pause"]],
  ["Rollout", argo, ["spec", "template", "spec", "containers", 0, "readinessProbe", "grpc"]],
  ["ExternalSecret", others[0]?.[1] ?? {}, ["spec", "data", 0, "remoteRef"]],
];

test.each(custom)("a field of a %s that nobody knows is refused", (kind, values, path) => {
  const [object] = objectsIn(helm(["template", "workflow-compiler", chart, "--values", "-"], values)).filter(
    (candidate) => candidate.kind === kind,
  );
  if (object === undefined) throw new Error(`there is no ${kind}`);
  expect(modelSchema(object)).toEqual([]);
  const place = path.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), object);
  Object.assign(Object(place), { wait: 1 });
  expect(modelSchema(object)).toEqual([`${object.apiVersion} ${kind}: ${path.join(".")}.wait is not a field`]);
});

test("the minimal file is small, and production asks for all that a production needs", () => {
  expect(Object.keys(read("minimal")).length).toBeLessThan(5);
  const kinds = new Set(objectsIn(template(valuesFiles.get("production") ?? "")).map(({ kind }) => kind));
  const wanted = ["HorizontalPodAutoscaler", "Job", "NetworkPolicy", "PodDisruptionBudget", "PriorityClass"];
  expect([...kinds]).toEqual(expect.arrayContaining([...wanted, "ServiceMonitor"]));
});

function read(name: string): Values {
  return parse(readFileSync(valuesFiles.get(name) ?? "", "utf8"));
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function breaches(spec: Readonly<Record<string, unknown>>): readonly string[] {
  const found: string[] = [];
  const refuse = (breach: boolean, what: string): void => void (breach && found.push(what));
  for (const host of ["hostNetwork", "hostPID", "hostIPC"]) refuse(spec[host] === true, host);
  const volumeKinds = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ];
  for (const { name, ...volume } of list(spec, "volumes"))
    refuse(!Object.keys(volume).every((kind) => volumeKinds.includes(kind)), `volume ${name}`);
  const pod = part(spec, "securityContext");
  for (const container of [...list(spec, "initContainers"), ...list(spec, "containers")]) {
    const own = part(container, "securityContext");
    refuse((own.runAsNonRoot ?? pod.runAsNonRoot) !== true, "runAsNonRoot");
    refuse((own.runAsUser ?? pod.runAsUser) === 0, "runAsUser");
    refuse(own.privileged === true || own.allowPrivilegeEscalation !== false, "privilege escalation");
    refuse(
      !list({ drop: [part(own, "capabilities")] }, "drop").every(({ drop }) => String(drop) === "ALL"),
      "capabilities",
    );
    refuse(part(own, "capabilities").add !== undefined, "added capabilities");
    refuse((part(own, "seccompProfile").type ?? part(pod, "seccompProfile").type) !== "RuntimeDefault", "seccomp");
    refuse(own.procMount !== undefined, "procMount");
    refuse(own.readOnlyRootFilesystem !== true, "a root file system that can be written");
    refuse(
      list(container, "ports").some(({ hostPort }) => hostPort !== undefined),
      "host ports",
    );
  }
  refuse(spec.automountServiceAccountToken !== false, "a token of the API");
  return found;
}
