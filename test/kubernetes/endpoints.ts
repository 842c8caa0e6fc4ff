import { isReady, ownerOf, type Pod, type Service, selects } from "./objects.ts";
import { type Resource, resourceOf } from "./resources.ts";
import { listOf, type Storage } from "./storage.ts";

const pods = resourceOf("Pod");
const endpoints = resourceOf("Endpoints");
const endpointSlices = resourceOf("EndpointSlice");

/** Which ready pods a service leads to, for whoever reads them; `service-proxy.ts` looks at the pods themselves. */
export function reconcileEndpoints(storage: Storage, service: Service): void {
  const { selector } = service.spec;
  if (selector === undefined || Object.keys(selector).length === 0) return;
  const { namespace = "", name } = service.metadata;
  const addresses = podsOf(storage, service).map((pod) => ({ ip: pod.status?.podIP ?? "", pod: pod.metadata.name }));
  const ports = (service.spec.ports ?? []).map(({ name: portName, port, targetPort = port }) => ({
    ...(portName === undefined ? {} : { name: portName }),
    port: typeof targetPort === "number" ? targetPort : port,
    protocol: "TCP",
  }));
  const subset = {
    addresses: addresses.map(({ ip, pod }) => ({ ip, targetRef: { kind: "Pod", name: pod, namespace } })),
    ports,
  };
  put(storage, endpoints, service, { subsets: addresses.length === 0 ? [] : [subset] });
  put(storage, endpointSlices, service, {
    addressType: "IPv4",
    endpoints: addresses.map(({ ip, pod }) => ({
      addresses: [ip],
      conditions: { ready: true },
      targetRef: { kind: "Pod", name: pod, namespace },
    })),
    ports,
    name,
  });
}

function put(storage: Storage, resource: Resource, service: Service, content: object): void {
  const { namespace = "", name, labels = {} } = service.metadata;
  const object = {
    apiVersion: "",
    kind: "",
    metadata: {
      name,
      labels: { ...labels, "kubernetes.io/service-name": name },
      ownerReferences: [ownerOf(service)],
    },
    ...content,
  };
  if (storage.get(resource, namespace, name) === undefined) storage.create(resource, namespace, object);
  else storage.update(resource, namespace, name, object);
}

/** The pods that a service leads to: ready, and not on their way out. */
export function podsOf(storage: Storage, service: Service): readonly Pod[] {
  const selector = service.spec.selector ?? {};
  if (Object.keys(selector).length === 0) return [];
  return listOf<Pod>(storage, pods, service.metadata.namespace).filter(
    (pod) =>
      selects({ matchLabels: selector }, pod.metadata.labels) &&
      (isReady(pod) || service.spec.publishNotReadyAddresses === true) &&
      pod.status?.podIP !== undefined,
  );
}
