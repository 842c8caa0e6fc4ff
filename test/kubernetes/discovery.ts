import { groupVersion, type Resource } from "./resources.ts";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** What the API says of itself at `path`; undefined where `path` is something else. */
export function discovery(path: string, resources: readonly Resource[]): unknown {
  const groups = [...new Set(resources.map(({ group }) => group))].filter((group) => group !== "");
  switch (path) {
    case "/version":
      return { major: "1", minor: "36", gitVersion: "v1.36.0", platform: "linux/amd64" };
    case "/healthz":
    case "/livez":
    case "/readyz":
      return "ok";
    case "/api":
      return { kind: "APIVersions", versions: ["v1"] };
    case "/apis":
      return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map((group) => groupOf(group, resources)) };
    case "/openapi/v3":
      return {
        paths: Object.fromEntries(pathsOf(resources).map((at) => [at, { serverRelativeURL: `/openapi/v3/${at}` }])),
      };
    case "/openapi/v2":
      return { swagger: "2.0", info: { title: "Kubernetes", version: "v1.36.0" }, paths: {}, definitions: {} };
    default:
  }
  const parts = path.split("/").filter((part) => part !== "");
  if (parts[0] === "openapi" && parts[1] === "v3") return schemaOf(parts.slice(2).join("/"), resources);
  const version = parts[0] === "api" ? parts.slice(1).join("/") : parts.slice(1, 3).join("/");
  if ((parts[0] === "api" && parts.length === 2) || (parts[0] === "apis" && parts.length === 3)) {
    return listing(version, resources);
  }
  return parts[0] === "apis" && parts.length === 2 && groups.includes(parts[1] ?? "")
    ? { kind: "APIGroup", apiVersion: "v1", ...groupOf(parts[1] ?? "", resources) }
    : undefined;
}

function groupOf(name: string, resources: readonly Resource[]) {
  const versions = [...new Set(resources.filter(({ group }) => group === name).map(({ version }) => version))].map(
    (version) => ({ groupVersion: `${name}/${version}`, version }),
  );
  return { name, versions, preferredVersion: versions[0] };
}

function listing(version: string, resources: readonly Resource[]) {
  const own = resources.filter((resource) => groupVersion(resource) === version);
  if (own.length === 0) return undefined;
  const entries = own.flatMap(({ plural, kind, namespaced, shortNames, scale }) => [
    { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs, shortNames },
    { name: `${plural}/status`, singularName: "", namespaced, kind, verbs: ["get", "patch", "update"] },
    ...(scale
      ? [
          {
            name: `${plural}/scale`,
            singularName: "",
            namespaced,
            group: "autoscaling",
            version: "v1",
            kind: "Scale",
            verbs: ["get", "patch", "update"],
          },
        ]
      : []),
  ]);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: version, resources: entries };
}

function pathsOf(resources: readonly Resource[]): readonly string[] {
  return [
    ...new Set(resources.map((resource) => `${resource.group === "" ? "api" : "apis"}/${groupVersion(resource)}`)),
  ];
}

/**
 * A schema that allows anything, for each kind of a group: clients look for the kind, and for the query parameters of its
 * PATCH to learn that the server validates fields and applies.
 */
function schemaOf(at: string, resources: readonly Resource[]) {
  const own = resources.filter(
    (resource) => at === `${resource.group === "" ? "api" : "apis"}/${groupVersion(resource)}`,
  );
  const gvkOf = ({ group, version, kind }: Resource) => ({ group, version, kind });
  const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
    name,
    in: "query",
    schema: { type: "string" },
  }));
  const pathOf = (resource: Resource) =>
    `/${at}/${resource.namespaced ? "namespaces/{namespace}/" : ""}${resource.plural}/{name}`;
  const schemas = own.map((resource) => [
    `workflow.test.${resource.kind}`,
    {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "x-kubernetes-group-version-kind": [gvkOf(resource)],
    },
  ]);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths: Object.fromEntries(
      own.map((resource) => [
        pathOf(resource),
        { patch: { parameters, "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": gvkOf(resource) } },
      ]),
    ),
    components: { schemas: Object.fromEntries(schemas) },
  };
}
