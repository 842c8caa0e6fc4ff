import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { chartOwned, configSchema, schemaFile, settingsFile, settingsMap } from "../../scripts/chart.ts";
import { readConfig } from "../../server/config/read.ts";
import { settings } from "../../server/config/settings.ts";
import { at, refusal, render, type Values } from "./render.ts";

const variables = Object.values(settings).map(({ variable }) => variable);

test("the chart knows exactly the service's settings", () => {
  expect(JSON.parse(readFileSync(settingsFile, "utf8"))).toEqual(settingsMap());
  expect(JSON.parse(readFileSync(schemaFile, "utf8")).properties.config).toEqual(configSchema());
});

test("every setting of the service can be reached", () => {
  const config = Object.fromEntries(Object.keys(settingsMap()).map((name) => [name, name === "drain" ? "20s" : "x"]));
  const everything: Values = {
    config: { ...config, drainGrace: "1s", store: "sqlite:/data/other.db" },
    components: { "a.yaml": "x" },
    tls: { existingSecret: "tls", clientCa: true },
    redis: { existingSecret: "redis" },
  };
  const { environment } = render(everything);
  expect(
    Object.keys(environment)
      .filter((name) => name.startsWith("WFC_"))
      .sort(),
  ).toEqual([...variables].sort());
  expect(environment.WFC_RATE_LIMIT).toBe("x");
  expect(Object.keys(chartOwned).filter((name) => !variables.some((variable) => variable === name))).toEqual([]);
});

test("what the chart sets by itself is allowed, and fits the pod", () => {
  const { environment, pod } = render({ service: { ports: { grpc: 6001, operations: 6002, http: 6003 } } });
  expect(environment).toMatchObject({
    WFC_GRPC_ADDR: "0.0.0.0:6001",
    WFC_OPERATIONS_ADDR: "127.0.0.1:6002",
    WFC_HTTP_ADDR: "0.0.0.0:6003",
    WFC_DRAIN_GRACE: "5s",
    WFC_STORE: "sqlite:/data/workflow-compiler.db",
    WFC_SLOT: "a",
  });
  const known = Object.entries(environment).filter(([name, value]) => name.startsWith("WFC_") && value !== "(ref)");
  expect(readConfig(Object.fromEntries(known))).toMatchObject({ faults: [], warnings: [] });
  const [server] = [at(pod, "spec", "containers")].flat();
  expect(at(server, "ports")).toEqual([
    { name: "grpc", containerPort: 6001 },
    { name: "operations", containerPort: 6002 },
    { name: "http", containerPort: 6003 },
  ]);
});

test("values arrive as they were written", () => {
  const config = {
    maxSourceBytes: 16777216,
    workers: 2,
    traceShare: 0.25,
    operators: ["ann", "bob"],
    rateLimit: "off",
  };
  expect(render({ config }).environment).toMatchObject({
    WFC_MAX_SOURCE_BYTES: "16777216",
    WFC_WORKERS: "2",
    WFC_TRACE_SHARE: "0.25",
    WFC_OPERATORS: "ann,bob",
    WFC_RATE_LIMIT: "off",
  });
  expect(render({}, "--set", "config.cacheBytes=67108864").environment.WFC_CACHE_BYTES).toBe("67108864");
});

test("a setting that is not there is refused, by the schema and by the template", () => {
  expect(refusal({ config: { rateLimits: "off" } })).toContain(
    "'/config': additional properties 'rateLimits' not allowed",
  );
  const said = refusal({ config: { rateLimits: "off" } }, "--skip-schema-validation");
  expect(said).toContain("config.rateLimits is not a setting that can be made here; there are: artifactBytes,");
});

test("a change of the settings changes the pods, a new version of the chart alone does not", () => {
  const checksum = (values: Values, name = "settings"): unknown =>
    at(render(values).pod, "metadata", "annotations", `checksum/${name}`);
  expect(checksum({ config: { workers: 2 } })).not.toBe(checksum({}));
  expect(checksum({ replicaCount: 9, image: { tag: "2" } })).toBe(checksum({}));
  const [one, two] = ["x", "y"].map((text) => checksum({ components: { "a.yaml": text } }, "components"));
  expect(one).not.toBe(two);
});

test("components are files of the pod", () => {
  const rendered = render({ components: { "mail.yaml": "kind: Component\nname: mail\n" } });
  expect(at(rendered.get("ConfigMap", "-components"), "data", "mail.yaml")).toBe("kind: Component\nname: mail\n");
  expect(rendered.environment.WFC_COMPONENTS_DIR).toBe("/etc/workflow-compiler/components");
  expect(JSON.stringify(rendered.pod)).toContain(
    '{"name":"components","mountPath":"/etc/workflow-compiler/components"',
  );
  expect(render().has("ConfigMap", "-components")).toBe(false);
});
