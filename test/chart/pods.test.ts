import { describe, expect, test } from "vitest";
import { at, list, part, render, type Values } from "./render.ts";

const spec = (values: Values = {}) => part(render(values).pod, "spec");
const server = (values: Values = {}) => list(spec(values), "containers")[0] ?? {};

describe("pods", () => {
  test("ask for what the benchmark confirms", () => {
    expect(server().resources).toEqual({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    });
  });

  test("are probed over gRPC; over HTTP where gRPC speaks TLS, which probes do not", () => {
    expect(server().readinessProbe).toMatchObject({ grpc: { port: 50051 } });
    expect(server().startupProbe).toMatchObject({ grpc: { port: 50051 }, failureThreshold: 45 });
    const secure = server({ tls: { existingSecret: "tls" } });
    expect(secure.readinessProbe).toMatchObject({ httpGet: { port: "http", path: "/health/ready" } });
    for (const { livenessProbe } of [server(), secure])
      expect(livenessProbe).toMatchObject({ httpGet: { port: "http", path: "/health/live" } });
  });

  test("go on while callers turn away, and have the time to finish", () => {
    expect(server().lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
    expect(spec().terminationGracePeriodSeconds).toBe(60);
    expect(server({ lifecycle: { preStopSeconds: 0 } }).lifecycle).toBeUndefined();
  });

  test("can write to /tmp and /data only", () => {
    expect(list(server(), "volumeMounts").map(({ mountPath }) => mountPath)).toEqual(["/tmp", "/data"]);
    expect(server().env).toContainEqual({ name: "NODE_COMPILE_CACHE", value: "/tmp/compile-cache" });
  });

  test("read certificates from the secret", () => {
    const tls = { existingSecret: "tls" };
    expect(render({ tls }).environment).toMatchObject({ WFC_TLS_CERT: "/etc/workflow-compiler/tls/tls.crt" });
    expect(render({ tls }).environment.WFC_TLS_CLIENT_CA).toBeUndefined();
    const mutual = render({ tls: { ...tls, clientCa: true } });
    expect(mutual.environment.WFC_TLS_CLIENT_CA).toBe("/etc/workflow-compiler/tls/ca.crt");
    expect(list(mutual.pod, "spec", "volumes")).toContainEqual({ name: "tls", secret: { secretName: "tls" } });
  });

  test("are placed as asked, and spread each revision over zones and nodes", () => {
    const placed = {
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "only", operator: "Exists" }],
      affinity: { nodeAffinity: {} },
    };
    const asked = spec({ ...placed, priorityClass: { name: "high" }, image: { pullSecrets: ["registry"] } });
    expect(asked).toMatchObject({
      ...placed,
      priorityClassName: "high",
      imagePullSecrets: [{ name: "registry" }],
    });
    const spread = list(spec(), "topologySpreadConstraints");
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
    expect(spread[0]).toMatchObject({ whenUnsatisfiable: "ScheduleAnyway", matchLabelKeys: ["pod-template-hash"] });
    expect(spec({ topologySpread: { enabled: false } }).topologySpreadConstraints).toBeUndefined();
  });

  test("have the labels, annotations and variables that were asked for", () => {
    const { pod } = render({
      podLabels: { team: "x" },
      podAnnotations: { note: "y" },
      extraEnv: [{ name: "A", value: "b" }],
    });
    expect(at(pod, "metadata", "labels")).toMatchObject({ team: "x", "workflow-compiler.dev/slot": "a" });
    expect(at(pod, "metadata", "annotations")).toMatchObject({ note: "y" });
    expect(list(list(pod, "spec", "containers")[0], "env")).toContainEqual({ name: "A", value: "b" });
  });
});

test("the service account is made, named or left to others", () => {
  expect(render().get("ServiceAccount")).toMatchObject({ automountServiceAccountToken: false });
  const annotations = { "eks.amazonaws.com/role-arn": "arn" };
  expect(render({ serviceAccount: { annotations } }).get("ServiceAccount").metadata.annotations).toEqual(annotations);
  expect(spec({ serviceAccount: { name: "mine", create: false } }).serviceAccountName).toBe("mine");
  expect(spec({ serviceAccount: { create: false } }).serviceAccountName).toBe("default");
  expect(render({ serviceAccount: { create: false } }).has("ServiceAccount")).toBe(false);
});

test("operators get no secrets", () => {
  const rendered = render({
    rbac: { create: true, operators: [{ kind: "Group", name: "sre", apiGroup: "rbac.authorization.k8s.io" }] },
  });
  const rules = list(rendered.get("Role", "-operator"), "rules");
  expect(rules.flatMap(({ resources }) => resources)).not.toContain("secrets");
  expect(rules.flatMap(({ verbs }) => verbs)).not.toContain("*");
  expect(rendered.get("RoleBinding", "-operator").subjects).toHaveLength(1);
  expect(render().has("Role", "-operator")).toBe(false);
});

test("evictions leave replicas, a priority class can be made", () => {
  expect(render().get("PodDisruptionBudget").spec).toMatchObject({ maxUnavailable: 1 });
  expect(render({ podDisruptionBudget: { enabled: false } }).has("PodDisruptionBudget")).toBe(false);
  const rendered = render({ priorityClass: { create: true, name: "workflow-compiler-high", value: 7 } });
  expect(rendered.get("PriorityClass", "-high").value).toBe(7);
});

describe("the autoscaler", () => {
  const metrics = (autoscaling: Values) =>
    list(
      render({ autoscaling: { enabled: true, ...autoscaling } }).get("HorizontalPodAutoscaler", "-a"),
      "spec",
      "metrics",
    );

  test("holds CPU at 70% of its request and memory at 80% of its limit, and calls in flight where it can", () => {
    expect(metrics({}).map((metric) => at(metric, "resource"))).toEqual([
      { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
      { name: "memory", target: { type: "AverageValue", averageValue: "409Mi" } },
    ]);
    expect(metrics({ targetRequestsInFlight: 20 })[2]).toMatchObject({
      pods: { metric: { name: "workflow_requests_in_flight" }, target: { averageValue: "20" } },
    });
  });

  test("refuses a memory limit that it cannot take a share of", () => {
    const resources = { limits: { cpu: "500m", memory: "512M" } };
    expect(() => render({ autoscaling: { enabled: true }, resources })).toThrow(/must be in Mi or Gi/);
  });

  test("is not there unless asked for, and the deployment then leaves the number to it", () => {
    expect(render().has("HorizontalPodAutoscaler", "-a")).toBe(false);
    const rendered = render({ autoscaling: { enabled: true } });
    expect(at(rendered.get("Deployment", "-a"), "spec", "replicas")).toBeUndefined();
    expect(rendered.get("HorizontalPodAutoscaler", "-a").spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
  });
});
