import { connect, createServer, type Server, type Socket } from "node:net";
import { podsOf } from "./endpoints.ts";
import type { Network } from "./network.ts";
import type { Container, Pod, Service } from "./objects.ts";
import { resourceOf } from "./resources.ts";
import type { Storage } from "./storage.ts";
import { listOf } from "./storage.ts";

/** What kube-proxy does: a service's address leads each new connection to one of its ready pods. */
export interface ServiceProxy {
  close(): Promise<void>;
}

const services = resourceOf("Service");

/** Gives each service an address of its own, and listens there. */
export function startServiceProxy(storage: Storage, network: Network): ServiceProxy {
  const servers = new Map<string, Server>();
  const sockets = new Set<Socket>();
  const turns = new Map<string, number>();

  function connectTo(service: string, namespace: string, port: number, client: Socket): void {
    const live = listOf<Service>(storage, services, namespace).find(({ metadata }) => metadata.name === service);
    const targets = live === undefined ? [] : podsOf(storage, live);
    const turn = turns.get(service) ?? 0;
    turns.set(service, turn + 1);
    const pod = targets[turn % Math.max(1, targets.length)];
    const target = live === undefined || pod === undefined ? undefined : targetPort(live, pod, port);
    if (pod?.status?.podIP === undefined || target === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(target, pod.status.podIP);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.pipe(client);
  }

  function open(service: Service): void {
    const { name, namespace = "" } = service.metadata;
    for (const { port } of service.spec.ports ?? []) {
      const key = `${namespace}/${name}:${port}`;
      if (servers.has(key) || service.spec.clusterIP === undefined) continue;
      const server = createServer((client) => connectTo(name, namespace, port, client));
      server.on("error", () => servers.delete(key));
      server.listen(port, service.spec.clusterIP);
      servers.set(key, server);
    }
  }

  function sync(): void {
    const present = new Set<string>();
    for (const service of listOf<Service>(storage, services)) {
      const { name, namespace = "" } = service.metadata;
      for (const { port } of service.spec.ports ?? []) present.add(`${namespace}/${name}:${port}`);
      if (service.spec.clusterIP === "None") continue;
      if (service.spec.clusterIP === undefined) {
        const clusterIP = network.serviceAddress();
        const spec = { ...service.spec, clusterIP, clusterIPs: [clusterIP], type: service.spec.type ?? "ClusterIP" };
        storage.update(services, namespace, name, { ...service, spec });
      } else open(service);
    }
    for (const [key, server] of servers) {
      if (present.has(key)) continue;
      server.close();
      servers.delete(key);
    }
  }

  const stop = storage.watch(0, ({ resource }) => {
    if (resource.kind === "Service") setImmediate(sync);
  });
  return {
    async close() {
      stop();
      for (const socket of sockets) socket.destroy();
      await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

export function targetPort(service: Service, pod: Pod, port: number): number | undefined {
  const entry = service.spec.ports?.find((candidate) => candidate.port === port);
  const target = entry?.targetPort ?? port;
  return typeof target === "number" ? target : namedPort(pod.spec.containers, target);
}

export function namedPort(containers: readonly Container[], name: string): number | undefined {
  return containers.flatMap(({ ports = [] }) => ports).find((entry) => entry.name === name)?.containerPort;
}
