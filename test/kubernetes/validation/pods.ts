import {
  amountOf,
  dnsLabel,
  dnsSubdomain,
  type Faults,
  type Fields,
  fieldsAt,
  labelValue,
  listAt,
  portName,
  portNumber,
  qualifiedName,
  quantity,
  valueAt,
  variableName,
} from "./syntax.ts";

/**
 * What the API server refuses of a pod, as k8s.io/kubernetes/pkg/apis/core/validation has it; lists that are maps by their key must
 * have each key once, which server-side apply asks for (`x-kubernetes-list-map-keys` in the OpenAPI of core/v1).
 */
export function checkPodSpec(spec: Fields, path: string, faults: Faults): void {
  const inits = listAt(spec, "initContainers");
  const containers = listAt(spec, "containers");
  const volumes = listAt(spec, "volumes");
  faults.want(containers.length > 0, `${path}.containers`, "there must be one");
  faults.once(
    `${path}.containers`,
    [...inits, ...containers].map(({ name }) => name),
  );
  faults.once(
    `${path}.volumes`,
    volumes.map(({ name }) => name),
  );
  for (const volume of volumes) {
    faults.hold(`${path}.volumes.name`, dnsLabel, volume.name);
    faults.want(Object.keys(volume).length === 2, `${path}.volumes`, `${volume.name} must have one source`);
    const sizeLimit = valueAt(volume, "emptyDir", "sizeLimit");
    if (sizeLimit !== undefined) faults.hold(`${path}.volumes.${volume.name}`, quantity, sizeLimit);
  }
  for (const container of inits) checkContainer(container, spec, `${path}.initContainers`, faults);
  for (const container of containers) checkContainer(container, spec, `${path}.containers`, faults);
  for (const { name } of listAt(spec, "imagePullSecrets")) faults.hold(`${path}.imagePullSecrets`, dnsSubdomain, name);
  if (spec.serviceAccountName !== undefined)
    faults.hold(`${path}.serviceAccountName`, dnsSubdomain, spec.serviceAccountName);
  checkSpread(spec, `${path}.topologySpreadConstraints`, faults);
  for (const [key, value] of Object.entries(fieldsAt(spec, "nodeSelector"))) {
    faults.hold(`${path}.nodeSelector`, qualifiedName, key);
    faults.hold(`${path}.nodeSelector.${key}`, labelValue, value);
  }
}

function checkContainer(container: Fields, spec: Fields, parent: string, faults: Faults): void {
  const path = `${parent}[${container.name}]`;
  faults.hold(`${path}.name`, dnsLabel, container.name);
  const { image } = container;
  faults.want(typeof image === "string" && /^\S+$/.test(image), `${path}.image`, "there must be one");
  const env = listAt(container, "env");
  faults.once(
    `${path}.env`,
    env.map(({ name }) => name),
  );
  for (const { name, value, valueFrom } of env) {
    faults.hold(`${path}.env`, variableName, name);
    faults.want(value === undefined || typeof value === "string", `${path}.env`, `${name} must be text`);
    faults.want(!value || valueFrom === undefined, `${path}.env`, `${name} has two values`);
  }
  checkPorts(container, path, faults);
  const mounts = listAt(container, "volumeMounts");
  faults.once(
    `${path}.volumeMounts`,
    mounts.map(({ mountPath }) => mountPath),
  );
  const volumes = [...listAt(spec, "volumes")].map(({ name }) => name);
  for (const { name } of mounts)
    faults.want(volumes.includes(name), `${path}.volumeMounts`, `there is no volume ${name}`);
  checkResources(container, path, faults);
  checkProbes(container, path, faults);
  const sleep = valueAt(container, "lifecycle", "preStop", "sleep", "seconds");
  const grace = Number(spec.terminationGracePeriodSeconds ?? 30);
  const fits = sleep === undefined || (Number(sleep) > 0 && Number(sleep) <= grace);
  faults.want(fits, `${path}.lifecycle.preStop.sleep`, `must be in the grace of ${grace} s`);
  checkSecurity(container, spec, path, faults);
}

function checkPorts(container: Fields, path: string, faults: Faults): void {
  const ports = listAt(container, "ports");
  faults.once(
    `${path}.ports`,
    ports.map(({ name }) => name),
  );
  faults.once(
    `${path}.ports`,
    ports.map(({ containerPort, protocol = "TCP" }) => `${containerPort}/${protocol}`),
  );
  for (const { name, containerPort } of ports) {
    if (name !== undefined) faults.hold(`${path}.ports.name`, portName, name);
    faults.hold(`${path}.ports.containerPort`, portNumber, containerPort);
  }
}

function checkResources(container: Fields, path: string, faults: Faults): void {
  const limits = fieldsAt(container, "resources", "limits");
  for (const [name, limit] of Object.entries(limits)) faults.hold(`${path}.resources.limits.${name}`, quantity, limit);
  for (const [name, request] of Object.entries(fieldsAt(container, "resources", "requests"))) {
    faults.hold(`${path}.resources.requests.${name}`, quantity, request);
    const fits = limits[name] === undefined || amountOf(request) <= amountOf(limits[name]);
    faults.want(fits, `${path}.resources.requests.${name}`, `${request} is more than the limit`);
  }
}

const handlers = ["exec", "grpc", "httpGet", "tcpSocket"];

function checkProbes(container: Fields, path: string, faults: Faults): void {
  const names = listAt(container, "ports").map(({ name }) => name);
  for (const kind of ["startupProbe", "readinessProbe", "livenessProbe"]) {
    if (container[kind] === undefined) continue;
    const probe = fieldsAt(container, kind);
    const at = `${path}.${kind}`;
    faults.want(handlers.filter((handler) => handler in probe).length === 1, at, "must have one handler");
    const once = kind === "readinessProbe" || Number(probe.successThreshold ?? 1) === 1;
    faults.want(once, `${at}.successThreshold`, "must be 1");
    for (const field of ["timeoutSeconds", "periodSeconds", "failureThreshold"])
      faults.want(Number(probe[field] ?? 1) >= 1, `${at}.${field}`, "must be 1 or more");
    const grpcPort = valueAt(probe, "grpc", "port");
    if (probe.grpc !== undefined) faults.hold(`${at}.grpc.port`, portNumber, grpcPort);
    for (const handler of ["httpGet", "tcpSocket"]) {
      const port = valueAt(probe, handler, "port");
      if (typeof port === "string") faults.want(names.includes(port), `${at}.${handler}`, `there is no port ${port}`);
      else if (probe[handler] !== undefined) faults.hold(`${at}.${handler}.port`, portNumber, port);
    }
  }
}

function checkSecurity(container: Fields, spec: Fields, path: string, faults: Faults): void {
  const own = fieldsAt(container, "securityContext");
  const pod = fieldsAt(spec, "securityContext");
  const escalates = own.allowPrivilegeEscalation === false && own.privileged === true;
  faults.want(!escalates, `${path}.securityContext`, "what is privileged escalates");
  const asRoot = (own.runAsNonRoot ?? pod.runAsNonRoot) === true && (own.runAsUser ?? pod.runAsUser) === 0;
  faults.want(!asRoot, `${path}.securityContext`, "runAsNonRoot as user 0 does not start");
}

function checkSpread(spec: Fields, path: string, faults: Faults): void {
  const constraints = listAt(spec, "topologySpreadConstraints");
  faults.once(
    path,
    constraints.map(({ topologyKey, whenUnsatisfiable }) => `${topologyKey} ${whenUnsatisfiable}`),
  );
  for (const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, matchLabelKeys } of constraints) {
    faults.want(Number(maxSkew) >= 1, `${path}.maxSkew`, "must be 1 or more");
    faults.hold(`${path}.topologyKey`, qualifiedName, topologyKey);
    const known = ["DoNotSchedule", "ScheduleAnyway"].includes(String(whenUnsatisfiable));
    faults.want(known, `${path}.whenUnsatisfiable`, `${whenUnsatisfiable} is not known`);
    const keys = Array.isArray(matchLabelKeys) ? matchLabelKeys : [];
    const selected = Object.keys(fieldsAt(labelSelector, "matchLabels"));
    faults.want(keys.length === 0 || selected.length > 0, `${path}.matchLabelKeys`, "needs a labelSelector");
    for (const key of keys)
      faults.want(!selected.includes(key), `${path}.matchLabelKeys`, `${key} is selected already`);
  }
}
