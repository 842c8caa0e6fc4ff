import { describe, expect, test } from "vitest";
import { at, list, render, type Values } from "./render.ts";

const rules = (direction: "ingress" | "egress", values: Values = {}, suffix = "") =>
  list(render(values).get("NetworkPolicy", suffix), "spec", direction);
const ports = (found: ReturnType<typeof rules>): readonly unknown[] =>
  found.map((rule) => list(rule, "ports").map(({ port }) => port));

describe("the network policy", () => {
  test("lets in callers of the namespace and the monitoring, and nobody to the operators' port", () => {
    const found = rules("ingress");
    expect(ports(found)).toEqual([[50051], [8080]]);
    expect(found[0]?.from).toEqual([{ podSelector: {} }, { podSelector: { matchLabels: expect.any(Object) } }]);
    expect(JSON.stringify(found[1]?.from)).toContain('"kubernetes.io/metadata.name":"monitoring"');
  });

  test("lets in only those who are listed, and the release's own test", () => {
    const callers = [{ namespaceSelector: { matchLabels: { team: "x" } } }];
    const monitoring = [{ podSelector: { matchLabels: { app: "prometheus" } } }];
    const operators = [{ podSelector: { matchLabels: { app: "wfops" } } }];
    const values = { networkPolicy: { callers, monitoring, operators } };
    const [grpc, http, ...rest] = rules("ingress", values);
    expect(grpc?.from).toEqual([...callers, expect.objectContaining({ podSelector: expect.any(Object) })]);
    expect(JSON.stringify(grpc?.from)).toContain('"app.kubernetes.io/component":"test"');
    expect(http?.from).toEqual(monitoring);
    expect(rest).toEqual([]);
    const operable = { ...values, operations: { enabled: true }, config: { jwksUrl: "https://login/keys" } };
    expect(rules("ingress", operable)[2]).toMatchObject({ ports: [{ port: 50052 }], from: operators });
  });

  test("lets out to what the settings name, and no further", () => {
    expect(ports(rules("egress"))).toEqual([[53, 53]]);
    const config = { jwksUrl: "https://login.example.com/keys", otlpUrl: "http://collector:4317" };
    const values = { config, postgres: { existingSecret: "p" }, redis: { existingSecret: "r" } };
    expect(ports(rules("egress", values))).toEqual([[53, 53], [5432], [6379], [443], [4317]]);
    expect(ports(rules("egress", { config: { jwksUrl: "http://login/keys" } }))).toEqual([[53, 53], [80]]);
  });

  test("lets out only to the peers that are listed", () => {
    const to = [{ ipBlock: { cidr: "10.0.0.0/8" } }];
    const networkPolicy = { postgres: { port: 6432, to }, redis: { to }, egress: [{ to, ports: [{ port: 9 }] }] };
    const found = rules("egress", { networkPolicy, postgres: { existingSecret: "p" }, redis: { enabled: true } });
    expect(ports(found)).toEqual([[53, 53], [6432], [6379], [9]]);
    expect(found.slice(1).map((rule) => rule.to)).toEqual([to, to, to]);
  });

  test("lets jobs out to the database and the service, and nobody in", () => {
    const values = { postgres: { existingSecret: "p" } };
    expect(ports(rules("egress", values, "-jobs"))).toEqual([[53, 53], [5432], [50051]]);
    expect(rules("ingress", values, "-jobs")).toEqual([]);
    expect(at(render(values).get("NetworkPolicy", "-jobs"), "spec", "policyTypes")).toEqual(["Ingress", "Egress"]);
  });

  test("can be left to others", () => {
    expect(render({ networkPolicy: { enabled: false } }).has("NetworkPolicy")).toBe(false);
  });
});

describe("services", () => {
  test("have a type and annotations, and say their protocol", () => {
    const service = { type: "LoadBalancer", annotations: { "example.com/internal": "true" } };
    const rendered = render({ service });
    expect(rendered.get("Service").spec).toMatchObject({ type: "LoadBalancer" });
    expect(rendered.get("Service").metadata.annotations).toEqual(service.annotations);
    const protocol = (values: Values, suffix: string): unknown =>
      list(render(values).get("Service", suffix), "spec", "ports")[0]?.appProtocol;
    expect([protocol({}, ""), protocol({}, "-metrics")]).toEqual(["kubernetes.io/h2c", "http"]);
    expect(protocol({ tls: { existingSecret: "tls" } }, "")).toBe("https");
  });

  test("lead to every replica's own address where they are headless", () => {
    for (const suffix of ["-headless", "-metrics"])
      expect(at(render().get("Service", suffix), "spec", "clusterIP")).toBe("None");
    expect(at(render().get("Service", "-metrics"), "spec", "publishNotReadyAddresses")).toBe(true);
  });

  test("there is one for operators where they may come from outside", () => {
    expect(render().has("Service", "-operations")).toBe(false);
    const values = { operations: { enabled: true }, config: { jwksUrl: "https://login/keys" } };
    expect(render(values).has("Service", "-operations")).toBe(true);
    expect(render(values).environment.WFC_OPERATIONS_ADDR).toBe("0.0.0.0:50052");
  });
});

describe("monitoring", () => {
  test("is not there unless asked for", () => {
    const kinds = render().objects.map(({ kind }) => kind);
    for (const kind of ["ServiceMonitor", "PodMonitor", "PrometheusRule"]) expect(kinds).not.toContain(kind);
    expect(kinds.filter((kind) => kind === "ConfigMap")).toHaveLength(1);
  });

  test.each(["ServiceMonitor", "PodMonitor"])("a %s selects what it scrapes", (kind) => {
    const name = kind === "PodMonitor" ? "podMonitor" : "serviceMonitor";
    const rendered = render({
      monitoring: { [name]: { enabled: true, interval: "1m", labels: { release: "prometheus" } } },
    });
    const monitor = rendered.get(kind);
    expect(monitor.metadata.labels).toMatchObject({ release: "prometheus" });
    const selected = at(monitor, "spec", "selector", "matchLabels");
    const scraped = kind === "PodMonitor" ? rendered.pod.metadata : rendered.get("Service", "-metrics").metadata;
    expect(at(scraped, "labels")).toMatchObject(Object(selected));
    const [endpoint] = list(monitor, "spec", kind === "PodMonitor" ? "podMetricsEndpoints" : "endpoints");
    expect(endpoint).toEqual({ port: "http", path: "/metrics", interval: "1m" });
  });

  test("alerts and dashboards come from the chart's files, with labels and runbooks of yours", () => {
    const monitoring = {
      rules: { enabled: true, labels: { release: "prometheus" }, runbookUrl: "https://wiki.example.com/" },
      dashboards: { enabled: true, labels: { grafana_dashboard: "yes" } },
    };
    const { objects, text } = render({ monitoring });
    const rules = objects.filter(({ kind }) => kind === "PrometheusRule");
    const dashboards = objects.filter(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name.includes("-dashboard-"),
    );
    expect(rules.length).toBeGreaterThan(0);
    expect(dashboards.length).toBeGreaterThan(0);
    for (const { metadata } of rules) expect(metadata.labels).toMatchObject({ release: "prometheus" });
    for (const { metadata } of dashboards) expect(metadata.labels).toMatchObject({ grafana_dashboard: "yes" });
    for (const { data } of dashboards) for (const json of Object.values(Object(data))) JSON.parse(String(json));
    expect(text).not.toContain("https://workflow-compiler.dev/runbooks/");
    expect(text).toContain("https://wiki.example.com/");
  });
});

describe("helm test", () => {
  const compiling = (values: Values) => list(render(values).get("Pod", "-test-compile"), "spec", "containers")[0] ?? {};

  test("compiles a definition through the service", () => {
    expect(compiling({}).args).toEqual(["node", "scripts/smoke.ts", "docs/examples/refund/workflow.yaml"]);
    expect(compiling({}).env).toEqual([{ name: "WFOPS_SERVER", value: "workflow-compiler.apps.svc:50051" }]);
    expect(render({ tests: { enabled: false } }).has("Pod", "-test-compile")).toBe(false);
  });

  test("with TLS, client certificates and tokens", () => {
    const folder = "/etc/workflow-compiler";
    const value = (values: Values, name: string): unknown =>
      list(compiling(values), "env").find((entry) => entry.name === name)?.value;
    const tls = { existingSecret: "tls" };
    expect(value({ tls }, "WFOPS_CA")).toBe(`${folder}/tls/tls.crt`);
    expect(value({ tls }, "WFOPS_CERT")).toBeUndefined();
    const mutual = { ...tls, clientCa: true };
    expect(value({ tls: mutual }, "WFOPS_CA")).toBe(`${folder}/tls/ca.crt`);
    expect(value({ tls: mutual }, "WFOPS_CERT")).toBe(`${folder}/tls/tls.crt`);
    expect(value({ tls: mutual, tests: { clientSecret: "c" } }, "WFOPS_KEY")).toBe(`${folder}/client/tls.key`);
    expect(compiling({ tests: { tokenSecret: "t" } }).env).toContainEqual({
      name: "WFOPS_TOKEN",
      valueFrom: { secretKeyRef: { name: "t", key: "token" } },
    });
  });
});
