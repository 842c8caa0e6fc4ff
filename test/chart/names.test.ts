import { expect, test } from "vitest";
import { faultsOf } from "../kubernetes/validation/objects.ts";
import { at, chart, helm, list, objectsIn, podSpecs, type Values } from "./render.ts";
import { kubernetesSchemas, modelSchema } from "./schemas.ts";

const objectsOf = (release: string, values: Values) =>
  objectsIn(helm(["template", release, chart, "--namespace", "apps", "--values", "-"], values));

/** As much as can be there at once, every name being `name`. */
const everything = (name: string): Values => ({
  image: { tag: "v1", pullSecrets: [name] },
  postgres: {
    enabled: true,
    existingSecret: name,
    key: name,
    passwordKey: name,
    pullSecrets: [name],
    storageClass: name,
  },
  redis: { enabled: true, pullSecrets: [name], maxMemory: "1000000" },
  tls: { existingSecret: name, clientCa: true },
  operations: { enabled: true },
  serviceAccount: { name },
  priorityClass: { create: true, name },
  tests: { clientSecret: name, tokenSecret: name, tokenKey: name },
  rbac: { create: true, operators: [{ kind: "User", name, apiGroup: "rbac.authorization.k8s.io" }] },
  components: { "mail.yaml": "kind: Component" },
  autoscaling: { enabled: true },
  rollout: { strategy: "canary", weight: 50, gateway: { enabled: true, parentRefs: [{ name }] } },
  monitoring: {
    serviceMonitor: { enabled: true },
    podMonitor: { enabled: true },
    rules: { enabled: true },
    dashboards: { enabled: true },
  },
  networkPolicy: { operators: [{ podSelector: { matchLabels: { name } } }] },
});

function faultsIn(release: string, values: Values): readonly string[] {
  const objects = objectsOf(release, values);
  const said = objects.flatMap((object) => {
    const isCustom = object.apiVersion.includes(".com/") || object.apiVersion.startsWith("gateway.");
    const schemas = isCustom ? [modelSchema] : [...kubernetesSchemas.values()];
    return [...faultsOf(object), ...schemas.flatMap((schema) => schema(object))].map(
      (fault) => `${object.kind} ${object.metadata.name}: ${fault}`,
    );
  });
  const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return names.length === new Set(names).size ? said : [...said, "two objects have one name"];
}

test.each(["null", "y", "1e3", "12"])("names that YAML could take for something else stay names: %s", (name) => {
  expect(faultsIn("on", everything(name))).toEqual([]);
});

test.each(["x".repeat(53), `${"long-".repeat(10)}abc`])("names stay short enough with a release %s", (release) => {
  expect(faultsIn(release, everything("name"))).toEqual([]);
  expect(faultsIn(release, { fullnameOverride: "y".repeat(63), nameOverride: "z".repeat(63) })).toEqual([]);
});

test("a release whose name cannot be a service's is refused, unless it is given another one", () => {
  for (const release of ["team.v2", "1st"]) {
    expect(() => objectsOf(release, {})).toThrow("cannot be the name of a service");
    expect(faultsIn(release, { fullnameOverride: "compiler" })).toEqual([]);
    const beside = { fullnameOverride: "compiler", redis: { enabled: true } };
    expect(() => objectsOf(release, beside)).toThrow("services that are named after the release");
  }
});

test("what is beside the service comes from where its image comes from, with its own secrets and resources", () => {
  const resources = { requests: { memory: "1Gi" }, limits: { memory: "2Gi" } };
  const beside = { enabled: true, pullSecrets: ["internal"], resources, networkPolicy: { enabled: false } };
  const objects = objectsOf("wfc", {
    image: { pullSecrets: ["internal"] },
    postgres: { ...beside, existingSecret: "p" },
    redis: { ...beside, maxMemory: "1gb" },
  });
  const specs = podSpecs(objects);
  expect(specs.map(([name]) => name)).toEqual(
    expect.arrayContaining(["Deployment/wfc-redis", "StatefulSet/wfc-postgres"]),
  );
  for (const [name, spec] of specs) {
    expect(spec.imagePullSecrets, name).toEqual([{ name: "internal" }]);
    const [container] = list(spec, "containers");
    if (/redis|postgres/.test(name))
      expect(at(container, "resources", "limits"), name).toMatchObject({ memory: "2Gi" });
  }
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy").map(({ metadata }) => metadata.name);
  expect(policies).toEqual(["wfc-workflow-compiler", "wfc-workflow-compiler-jobs"]);
});
