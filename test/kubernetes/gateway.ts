import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { podsOf } from "./endpoints.ts";
import type { Network } from "./network.ts";
import type { Gateway, GrpcRoute, Service } from "./objects.ts";
import { optionalResources, type Resource, resourceOf } from "./resources.ts";
import { targetPort } from "./service-proxy.ts";
import type { Storage } from "./storage.ts";
import { listOf } from "./storage.ts";

/**
 * What implementations of the Gateway API do with GRPCRoutes: each Gateway gets an address and listens there, and each call goes to
 * a backend by its weight, over HTTP/2 without TLS (https://gateway-api.sigs.k8s.io/guides/traffic-splitting/). Of rules only the
 * first is read, and neither matches nor filters.
 */
export interface Gateways {
  close(): Promise<void>;
}

type Backend = NonNullable<GrpcRoute["spec"]["rules"]>[number]["backendRefs"][number];

const group = "gateway.networking.k8s.io";
const services = resourceOf("Service");

export function startGateways(storage: Storage, network: Network): Gateways {
  const [gateways, routes] = [kind("Gateway"), kind("GRPCRoute")];
  const servers = new Map<string, Http2Server>();
  const sessions = new Map<string, ClientHttp2Session>();
  const callers = new Set<ServerHttp2Session>();
  const credits = new Map<string, number>();
  let turn = 0;

  function routeOf(gateway: Gateway): GrpcRoute | undefined {
    const { name, namespace } = gateway.metadata;
    return listOf<GrpcRoute>(storage, routes, namespace).find(({ spec }) =>
      spec.parentRefs?.some((parent) => parent.name === name),
    );
  }

  /** The backend whose turn it is: each earns its weight, and pays for the call with all that was earned. */
  function choose(backends: readonly Backend[]): Backend | undefined {
    const total = backends.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const earning = backends.filter(({ weight = 1 }) => weight > 0);
    for (const { name, weight = 1 } of earning) credits.set(name, (credits.get(name) ?? 0) + weight);
    const credit = ({ name }: Backend): number => credits.get(name) ?? 0;
    const chosen = earning.toSorted((one, other) => credit(other) - credit(one))[0];
    if (chosen !== undefined) credits.set(chosen.name, credit(chosen) - total);
    return chosen;
  }

  /** A connection to one of the backend's pods, kept for the calls to come. */
  function sessionTo(backend: Backend, namespace: string): ClientHttp2Session | null {
    const service = listOf<Service>(storage, services, namespace).find(
      ({ metadata }) => metadata.name === backend.name,
    );
    const pods = service === undefined ? [] : podsOf(storage, service);
    const pod = pods[turn++ % Math.max(1, pods.length)];
    const port = service === undefined || pod === undefined ? undefined : targetPort(service, pod, backend.port);
    if (port === undefined) return null;
    const address = `http://${pod?.status?.podIP}:${port}`;
    const kept = sessions.get(address);
    if (kept !== undefined && !kept.closed && !kept.destroyed) return kept;
    const session = connect(address);
    session.on("error", () => session.destroy());
    session.on("goaway", () => session.close());
    sessions.set(address, session);
    return session;
  }

  function forward(call: ServerHttp2Stream, headers: IncomingHttpHeaders, gateway: Gateway): void {
    const backend = choose(routeOf(gateway)?.spec.rules?.[0]?.backendRefs ?? []);
    const session = backend === undefined ? null : sessionTo(backend, gateway.metadata.namespace ?? "");
    if (session === null) {
      // As the specification wants it where no backend is there: gRPC's UNAVAILABLE.
      call.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "14" }, { endStream: true });
      return;
    }
    relay(call, headers, session);
  }

  function sync(): void {
    for (const gateway of listOf<Gateway>(storage, gateways)) {
      const { name, namespace = "" } = gateway.metadata;
      const key = `${namespace}/${name}`;
      if (servers.has(key)) continue;
      const address = network.serviceAddress();
      const server = createServer();
      servers.set(key, server);
      server.on("session", (session) => {
        callers.add(session);
        session.on("close", () => callers.delete(session));
      });
      server.on("stream", (call, headers) => forward(call, headers, gateway));
      server.listen(gateway.spec.listeners[0]?.port ?? 80, address, () => {
        const live = storage.get(gateways, namespace, name);
        const status = { addresses: [{ type: "IPAddress", value: address }] };
        if (live !== undefined) storage.update(gateways, namespace, name, { ...live, status });
      });
    }
  }

  const stop = storage.watch(0, ({ resource }) => {
    if (resource === gateways) setImmediate(sync);
  });
  return {
    async close() {
      stop();
      for (const session of [...sessions.values(), ...callers]) session.destroy();
      await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function kind(name: string): Resource {
  const found = optionalResources.find((resource) => resource.group === group && resource.kind === name);
  if (found === undefined) throw new Error(`there is no resource of kind ${name}`);
  return found;
}

/** A call, its answer and the trailers behind it; what ends one half ends the other. */
function relay(call: ServerHttp2Stream, headers: IncomingHttpHeaders, session: ClientHttp2Session): void {
  const onward = session.request({ ...headers, ":authority": undefined });
  let trailers: IncomingHttpHeaders = {};
  call.pipe(onward);
  onward.on("response", (answer, flags) => {
    if (call.closed) return;
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    call.respond(answer, endStream ? { endStream } : { waitForTrailers: true });
    if (!endStream) onward.pipe(call);
  });
  onward.on("trailers", (sent) => {
    trailers = sent;
  });
  call.on("wantTrailers", () => call.sendTrailers(trailers));
  // A stream that was refused was not served: who called may send it again (RFC 9113 §8.7).
  onward.on("error", () => call.close(onward.rstCode || constants.NGHTTP2_REFUSED_STREAM));
  call.on("error", () => onward.close(constants.NGHTTP2_CANCEL));
  call.on("aborted", () => onward.close(constants.NGHTTP2_CANCEL));
}
