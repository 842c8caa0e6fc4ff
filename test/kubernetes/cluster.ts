import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startApiServer } from "./api-server.ts";
import { startControllers } from "./controllers.ts";
import { startGateways } from "./gateway.ts";
import { type Kubelet, startKubelet } from "./kubelet.ts";
import { claimNetwork } from "./network.ts";
import type { Gateway, KubeObject, Service } from "./objects.ts";
import { builtInResources, optionalResources, resourceOf } from "./resources.ts";
import { startServiceProxy } from "./service-proxy.ts";
import { createStorage, listOf, type Storage } from "./storage.ts";
import { kubernetesTools } from "./tools.ts";

/**
 * A cluster in this process for the real `helm` and `kubectl`: its pods are processes of this machine, its services sockets,
 * so that a rollout in a test is a rollout. It is no Kubernetes: it neither validates nor schedules nor isolates.
 */
export interface Cluster {
  readonly storage: Storage;
  readonly kubelet: Kubelet;
  /** For tools of others: a kubeconfig file. */
  readonly kubeconfig: string;
  /** Gives stdout; rejects with stderr. */
  helm(...args: readonly string[]): Promise<string>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** Puts an object into the namespace `default`, as it is. */
  create(object: KubeObject): void;
  get<T extends KubeObject>(kind: string, name: string, namespace?: string): T | undefined;
  list<T extends KubeObject>(kind: string, namespace?: string): readonly T[];
  /** `address:port` of a service's port, by number or name. */
  addressOf(service: string, port: number | string, namespace?: string): string;
  /** `address:port` of a Gateway's first listener; undefined until it has one. */
  gatewayAddress(name: string): string | undefined;
  close(): Promise<void>;
}

export interface ClusterOptions {
  /** Groups of `optionalResources` that are installed. Default: none. */
  readonly groups?: readonly string[];
  /** Added to the environment of all pods, and counts before what they ask for. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly imageRoot?: (image: string) => string;
  readonly trace?: (line: string) => void;
}

const root = new URL("../../", import.meta.url).pathname;
const run = promisify(execFile);

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { helm, kubectl } = kubernetesTools();
  const installed = optionalResources.filter(({ group }) => options.groups?.includes(group));
  const resources = [...builtInResources, ...installed];
  const storage = createStorage(resources);
  for (const name of ["default", "kube-system"]) {
    storage.create(resourceOf("Namespace"), "", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const network = await claimNetwork();
  const kubelet = startKubelet({
    storage,
    network,
    imageRoot: options.imageRoot ?? (() => root),
    environment: options.environment ?? {},
    probeMs: 100,
  });
  const proxy = startServiceProxy(storage, network);
  const gateways = startGateways(storage, network);
  const controllers = startControllers(storage);
  const api = await startApiServer({
    storage,
    resources,
    logsOf: ({ metadata }, container) => kubelet.logsOf(metadata.name, container),
    ...(options.trace === undefined ? {} : { trace: options.trace }),
  });
  const folder = mkdtempSync(join(tmpdir(), "cluster-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, JSON.stringify(configFor(api.url)));
  const environment = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(folder, "helm-cache"),
    HELM_CONFIG_HOME: join(folder, "helm-config"),
    HELM_DATA_HOME: join(folder, "helm-data"),
    HOME: folder,
  };
  const call = async (program: string, args: readonly string[]): Promise<string> => {
    const { stdout } = await run(program, args, { env: environment, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
  const cluster: Cluster = {
    storage,
    kubelet,
    kubeconfig,
    helm: (...args) => call(helm, args),
    kubectl: (...args) => call(kubectl, args),
    create: (object) => void storage.create(resourceIn(object.kind), "default", object),
    get: <T extends KubeObject>(kind: string, name: string, namespace = "default") =>
      storage.get(resourceIn(kind), namespace, name) as T | undefined,
    list: <T extends KubeObject>(kind: string, namespace = "default") =>
      listOf<T>(storage, resourceIn(kind), namespace),
    addressOf(name, port, namespace = "default") {
      const service = cluster.get<Service>("Service", name, namespace);
      const entry = service?.spec.ports?.find((candidate) => candidate.port === port || candidate.name === port);
      if (service?.spec.clusterIP === undefined || entry === undefined) throw new Error(`no service ${name}:${port}`);
      return `${service.spec.clusterIP}:${entry.port}`;
    },
    gatewayAddress(name) {
      const { spec, status } = cluster.get<Gateway>("Gateway", name) ?? {};
      const address = status?.addresses?.[0]?.value;
      return address === undefined ? undefined : `${address}:${spec?.listeners[0]?.port}`;
    },
    async close() {
      controllers.stop();
      await kubelet.close();
      await gateways.close();
      await proxy.close();
      await api.close();
      await network.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const resourceIn = (kind: string) => {
    const resource = resources.find((entry) => entry.kind === kind);
    if (resource === undefined) throw new Error(`the cluster has no kind ${kind}`);
    return resource;
  };
  return cluster;
}

function configFor(server: string) {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server } }],
    users: [{ name: "test", user: { token: "test" } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "default" } }],
    "current-context": "test",
  };
}
