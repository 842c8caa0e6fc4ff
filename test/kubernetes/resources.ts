/** A kind of object and where the API has it. */
export interface Resource {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly scale: boolean;
}

function table(
  group: string,
  version: string,
  rows: readonly (readonly [kind: string, plural: string, shortNames?: string, options?: string])[],
): readonly Resource[] {
  return rows.map(([kind, plural, shortNames = "", options = ""]) => ({
    group,
    version,
    kind,
    plural,
    namespaced: !options.includes("cluster"),
    shortNames: shortNames === "" ? [] : shortNames.split(","),
    scale: options.includes("scale"),
  }));
}

/** What every cluster has. */
export const builtInResources: readonly Resource[] = [
  ...table("", "v1", [
    ["Namespace", "namespaces", "ns", "cluster"],
    ["Node", "nodes", "no", "cluster"],
    ["Pod", "pods", "po"],
    ["Service", "services", "svc"],
    ["Endpoints", "endpoints", "ep"],
    ["ConfigMap", "configmaps", "cm"],
    ["Secret", "secrets"],
    ["ServiceAccount", "serviceaccounts", "sa"],
    ["PersistentVolumeClaim", "persistentvolumeclaims", "pvc"],
    ["Event", "events", "ev"],
  ]),
  ...table("apps", "v1", [
    ["Deployment", "deployments", "deploy", "scale"],
    ["ReplicaSet", "replicasets", "rs", "scale"],
    ["StatefulSet", "statefulsets", "sts", "scale"],
  ]),
  ...table("batch", "v1", [
    ["Job", "jobs"],
    ["CronJob", "cronjobs", "cj"],
  ]),
  ...table("autoscaling", "v2", [["HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa"]]),
  ...table("policy", "v1", [["PodDisruptionBudget", "poddisruptionbudgets", "pdb"]]),
  ...table("networking.k8s.io", "v1", [
    ["NetworkPolicy", "networkpolicies", "netpol"],
    ["Ingress", "ingresses", "ing"],
  ]),
  ...table("rbac.authorization.k8s.io", "v1", [
    ["Role", "roles"],
    ["RoleBinding", "rolebindings"],
    ["ClusterRole", "clusterroles", "", "cluster"],
    ["ClusterRoleBinding", "clusterrolebindings", "", "cluster"],
  ]),
  ...table("discovery.k8s.io", "v1", [["EndpointSlice", "endpointslices"]]),
  ...table("scheduling.k8s.io", "v1", [["PriorityClass", "priorityclasses", "pc", "cluster"]]),
  ...table("coordination.k8s.io", "v1", [["Lease", "leases"]]),
  ...table("apiextensions.k8s.io", "v1", [["CustomResourceDefinition", "customresourcedefinitions", "crd", "cluster"]]),
];

/** What operators install; a cluster has those that it is made with. */
export const optionalResources: readonly Resource[] = [
  ...table("monitoring.coreos.com", "v1", [
    ["ServiceMonitor", "servicemonitors", "smon"],
    ["PodMonitor", "podmonitors", "pmon"],
    ["PrometheusRule", "prometheusrules", "promrule"],
  ]),
  ...table("gateway.networking.k8s.io", "v1", [
    ["Gateway", "gateways", "gtw"],
    ["GRPCRoute", "grpcroutes"],
  ]),
  ...table("argoproj.io", "v1alpha1", [
    ["Rollout", "rollouts", "ro"],
    ["AnalysisTemplate", "analysistemplates", "at"],
  ]),
  ...table("external-secrets.io", "v1", [["ExternalSecret", "externalsecrets", "es"]]),
  ...table("cert-manager.io", "v1", [["Certificate", "certificates", "cert"]]),
];

export function groupVersion({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** One that every cluster has. */
export function resourceOf(kind: string): Resource {
  const resource = builtInResources.find((entry) => entry.kind === kind);
  if (resource === undefined) throw new Error(`there is no resource of kind ${kind}`);
  return resource;
}
