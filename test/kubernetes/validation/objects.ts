import { isIP } from "node:net";
import { canonical, type KubeObject, type LabelSelector, selects } from "../objects.ts";
import { checkPodSpec } from "./pods.ts";
import {
  amountOf,
  collectFaults,
  configKey,
  dnsLabel,
  dnsLabel1035,
  dnsSubdomain,
  type Faults,
  type Fields,
  type Form,
  fieldsAt,
  intOrPercent,
  labelValue,
  listAt,
  pathSegment,
  portName,
  portNumber,
  qualifiedName,
  quantity,
  valueAt,
} from "./syntax.ts";

const ANNOTATIONS_BYTES = 256 * 1024;
const DATA_BYTES = 1024 * 1024;

/** What a real API server refuses of an object, each with its place; nothing where it takes it. Unknown kinds: of metadata only. */
export function faultsOf(object: KubeObject): readonly string[] {
  const faults = collectFaults();
  checkMetadata(object, faults);
  checks[object.kind]?.(object, faults);
  return faults.found;
}

/** Of an update: what cannot change in the life of an object. */
export function changesRefused(old: KubeObject, next: KubeObject): readonly string[] {
  const fixed = immutable[old.kind] ?? [];
  const changed = fixed.filter((path) => {
    const [before, after] = [old, next].map((object) => valueAt(object, ...path.split(".")));
    // What is not asked for is left as it is.
    return before !== undefined && after !== undefined && canonical(before) !== canonical(after);
  });
  return changed.map((path) => `${path}: field is immutable`);
}

/** https://kubernetes.io/docs/reference/kubernetes-api/: "immutable", "cannot be updated". */
const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  ReplicaSet: ["spec.selector"],
  StatefulSet: ["spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"],
  Job: ["spec.selector", "spec.template"],
  Service: ["spec.clusterIP"],
  PersistentVolumeClaim: ["spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
  PriorityClass: ["value", "preemptionPolicy"],
  Secret: ["type"],
};

/** All others are DNS subdomains. */
const names: Readonly<Record<string, Form>> = {
  Service: dnsLabel1035,
  Namespace: dnsLabel,
  // Both become values of labels of their pods, the latter with a hash of 10 characters behind it.
  Job: dnsLabel,
  StatefulSet: (name) => dnsLabel(name) ?? (String(name).length <= 52 ? null : `${name} is longer than 52 characters`),
  Role: pathSegment,
  RoleBinding: pathSegment,
  ClusterRole: pathSegment,
  ClusterRoleBinding: pathSegment,
};

function checkMetadata({ kind, metadata }: KubeObject, faults: Faults): void {
  faults.hold("metadata.name", names[kind] ?? dnsSubdomain, metadata.name);
  checkLabels(metadata.labels ?? {}, "metadata.labels", faults);
  const annotations = Object.entries(metadata.annotations ?? {});
  for (const [key, value] of annotations) {
    faults.hold("metadata.annotations", qualifiedName, key.toLowerCase());
    faults.want(typeof value === "string", `metadata.annotations.${key}`, "must be text");
  }
  const bytes = annotations.flat().reduce((sum, text) => sum + Buffer.byteLength(String(text)), 0);
  faults.want(bytes <= ANNOTATIONS_BYTES, "metadata.annotations", `${bytes} bytes are too many`);
}

function checkLabels(labels: Fields, path: string, faults: Faults): void {
  for (const [key, value] of Object.entries(labels)) {
    faults.hold(path, qualifiedName, key);
    faults.hold(`${path}.${key}`, labelValue, value);
  }
}

/** Workloads: the pods are theirs, and are valid. */
function checkTemplate(object: KubeObject, faults: Faults, restartPolicies: readonly string[]): void {
  const template = fieldsAt(object, "spec", "template");
  const labels = fieldsAt(template, "metadata", "labels");
  checkLabels(labels, "spec.template.metadata.labels", faults);
  const selector = valueAt(object, "spec", "selector") as LabelSelector | undefined;
  if (object.kind !== "Job") {
    const own = Object.keys(selector?.matchLabels ?? {}).length > 0;
    const ours = own && selects(selector, labels as Record<string, string>);
    faults.want(ours, "spec.selector", "does not select the template's own pods");
  }
  const policy = String(valueAt(template, "spec", "restartPolicy") ?? "Always");
  faults.want(restartPolicies.includes(policy), "spec.template.spec.restartPolicy", `${policy} cannot be here`);
  const spec = fieldsAt(template, "spec");
  // A claim of a StatefulSet is a volume of its pods.
  const claims = listAt(object, "spec", "volumeClaimTemplates").map((claim) => ({
    name: valueAt(claim, "metadata", "name"),
    persistentVolumeClaim: {},
  }));
  checkPodSpec({ ...spec, volumes: [...listAt(spec, "volumes"), ...claims] }, "spec.template.spec", faults);
}

const checks: Readonly<Record<string, (object: KubeObject, faults: Faults) => void>> = {
  Pod: (object, faults) => checkPodSpec(fieldsAt(object, "spec"), "spec", faults),
  Deployment(object, faults) {
    checkTemplate(object, faults, ["Always"]);
    const { type, rollingUpdate } = fieldsAt(object, "spec", "strategy");
    faults.want(type !== "Recreate" || !rollingUpdate, "spec.strategy", "Recreate has no rollingUpdate");
    const { maxSurge, maxUnavailable } = fieldsAt(rollingUpdate);
    faults.want(maxSurge !== 0 || maxUnavailable !== 0, "spec.strategy.rollingUpdate", "both are 0");
  },
  ReplicaSet: (object, faults) => checkTemplate(object, faults, ["Always"]),
  StatefulSet(object, faults) {
    checkTemplate(object, faults, ["Always"]);
    for (const claim of listAt(object, "spec", "volumeClaimTemplates")) checkClaim(fieldsAt(claim, "spec"), faults);
  },
  Job: (object, faults) => checkTemplate(object, faults, ["Never", "OnFailure"]),
  ConfigMap: checkData,
  Secret: checkData,
  Service: checkService,
  HorizontalPodAutoscaler: checkAutoscaler,
  PodDisruptionBudget(object, faults) {
    const { minAvailable, maxUnavailable } = fieldsAt(object, "spec");
    faults.want((minAvailable === undefined) !== (maxUnavailable === undefined), "spec", "must have one of the two");
    faults.hold("spec", intOrPercent, minAvailable ?? maxUnavailable);
  },
  NetworkPolicy: checkNetworkPolicy,
  PersistentVolumeClaim: (object, faults) => checkClaim(fieldsAt(object, "spec"), faults),
  PriorityClass(object, faults) {
    const right = Number.isInteger(object.value) && Number(object.value) <= 1_000_000_000;
    faults.want(right, "value", "is not at most 1000000000");
    faults.want(!object.metadata.name.startsWith("system-"), "metadata.name", "system- is the system's");
  },
  RoleBinding(object, faults) {
    for (const { kind, namespace } of listAt(object, "subjects"))
      faults.want(kind !== "ServiceAccount" || Boolean(namespace), "subjects", "a ServiceAccount needs its namespace");
  },
};

function checkData(object: KubeObject, faults: Faults): void {
  const data = Object.entries(fieldsAt(object, "data"));
  for (const [key, value] of data) {
    faults.hold("data", configKey, key);
    faults.want(typeof value === "string", `data.${key}`, "must be text");
  }
  const bytes = data.flat().reduce<number>((sum, text) => sum + Buffer.byteLength(String(text)), 0);
  faults.want(bytes <= DATA_BYTES, "data", `${bytes} bytes are more than 1 MiB`);
}

function checkService(object: KubeObject, faults: Faults): void {
  const { type = "ClusterIP", clusterIP, selector } = fieldsAt(object, "spec");
  const ports = listAt(object, "spec", "ports");
  checkLabels(fieldsAt(selector), "spec.selector", faults);
  faults.want(clusterIP !== "None" || type === "ClusterIP", "spec.clusterIP", `a ${type} is not headless`);
  faults.want(ports.length > 0 || clusterIP === "None", "spec.ports", "there must be one");
  faults.once(
    "spec.ports",
    ports.map(({ port, protocol = "TCP" }) => `${port}/${protocol}`),
  );
  faults.once(
    "spec.ports",
    ports.map(({ name }) => name ?? ""),
  );
  for (const { name, port, targetPort = port, appProtocol } of ports) {
    faults.hold("spec.ports.port", portNumber, port);
    if (name !== undefined) faults.hold("spec.ports.name", dnsLabel, name);
    faults.hold("spec.ports.targetPort", typeof targetPort === "string" ? portName : portNumber, targetPort);
    if (appProtocol !== undefined) faults.hold("spec.ports.appProtocol", qualifiedName, appProtocol);
  }
}

const targetFields: Readonly<Record<string, string>> = {
  Utilization: "averageUtilization",
  AverageValue: "averageValue",
  Value: "value",
};

/** k8s.io/kubernetes/pkg/apis/autoscaling/validation */
function checkAutoscaler(object: KubeObject, faults: Faults): void {
  const { minReplicas = 1, maxReplicas } = fieldsAt(object, "spec");
  const bounded = Number(minReplicas) >= 1 && Number(maxReplicas) >= Number(minReplicas);
  faults.want(bounded, "spec.maxReplicas", `${minReplicas} to ${maxReplicas} cannot be`);
  for (const metric of listAt(object, "spec", "metrics")) {
    const kind = String(metric.type).toLowerCase();
    const { type, ...target } = fieldsAt(metric, kind, "target");
    const asked = targetFields[String(type)] ?? "";
    faults.want(
      metric[kind] !== undefined && Object.keys(target).join() === asked,
      "spec.metrics",
      `${kind} has no target`,
    );
    if (asked === "averageUtilization")
      faults.want(Number(target[asked]) > 0, "spec.metrics", `${kind}: must be positive`);
    else faults.want(amountOf(target[asked]) > 0, "spec.metrics", `${kind}: ${target[asked]} is no positive quantity`);
  }
  for (const direction of ["scaleUp", "scaleDown"]) {
    const { stabilizationWindowSeconds = 0 } = fieldsAt(object, "spec", "behavior", direction);
    const path = `spec.behavior.${direction}`;
    faults.want(Number(stabilizationWindowSeconds) <= 3_600, path, "is stabilised for more than an hour");
    for (const { value, periodSeconds } of listAt(object, "spec", "behavior", direction, "policies"))
      faults.want(Number(value) > 0 && Number(periodSeconds) > 0 && Number(periodSeconds) <= 1_800, path, "no policy");
  }
}

function checkNetworkPolicy(object: KubeObject, faults: Faults): void {
  for (const direction of ["ingress", "egress"]) {
    for (const rule of listAt(object, "spec", direction)) {
      for (const { port, protocol = "TCP" } of listAt(rule, "ports")) {
        faults.hold(`spec.${direction}.ports`, typeof port === "string" ? portName : portNumber, port);
        faults.want(["TCP", "UDP", "SCTP"].includes(String(protocol)), `spec.${direction}.ports`, `${protocol}?`);
      }
      for (const peer of listAt(rule, direction === "ingress" ? "from" : "to"))
        checkPeer(peer, `spec.${direction}`, faults);
    }
  }
}

function checkPeer(peer: Fields, path: string, faults: Faults): void {
  const kinds = Object.keys(peer);
  faults.want(kinds.length > 0, path, "a peer must be somebody");
  faults.want(!kinds.includes("ipBlock") || kinds.length === 1, path, "an ipBlock stands alone");
  const cidr = valueAt(peer, "ipBlock", "cidr");
  const [address = "", bits = ""] = String(cidr).split("/");
  const isBlock = isIP(address) > 0 && /^\d{1,3}$/.test(bits);
  faults.want(cidr === undefined || isBlock, path, `${cidr} is no CIDR`);
  for (const kind of ["podSelector", "namespaceSelector"])
    checkLabels(fieldsAt(peer, kind, "matchLabels"), `${path}.${kind}`, faults);
}

function checkClaim(spec: Fields, faults: Faults): void {
  faults.want(Array.isArray(spec.accessModes) && spec.accessModes.length > 0, "spec.accessModes", "there must be one");
  const storage = valueAt(spec, "resources", "requests", "storage");
  faults.hold("spec.resources.requests.storage", quantity, storage);
  faults.want(amountOf(storage) > 0, "spec.resources.requests.storage", "must be more than nothing");
}
