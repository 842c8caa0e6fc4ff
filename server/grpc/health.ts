import { type Server, type ServerWritableStream, status } from "@grpc/grpc-js";
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthServer,
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import { CallError, notFound, toServiceError, unavailable } from "./call-error.ts";

type Watcher = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

/**
 * `grpc.health.v1.Health`. Written here and not taken from grpc-health-check because its Watch streams never end, and
 * an orderly shutdown waits for every stream.
 */
export interface Health {
  addTo(server: Server): void;
  /** Sets all services and "" at once, and tells the watchers. At the start nothing serves. */
  setServing(serving: boolean): void;
  /** Ends all Watch streams with UNAVAILABLE; their clients come back to another replica. */
  close(): void;
}

/** More watchers than this on one server are a mistake or an attack. */
const MAX_WATCHERS = 1_000;

export function createHealth(services: readonly string[]): Health {
  const known = new Set(["", ...services]);
  const watchers = new Map<Watcher, string>();
  let serving = false;
  const statusOf = (service: string): HealthCheckResponse => {
    if (!known.has(service)) return { status: ServingStatus.SERVICE_UNKNOWN };
    return { status: serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING };
  };

  const implementation: HealthServer = {
    check(call, callback) {
      if (known.has(call.request.service)) callback(null, statusOf(call.request.service));
      else callback(toServiceError(unknownService(call.request.service)));
    },
    list(_call, callback) {
      callback(null, { statuses: new Map([...known].map((service) => [service, statusOf(service)])) });
    },
    watch(call) {
      if (watchers.size >= MAX_WATCHERS) {
        call.emit("error", toServiceError(new CallError(status.RESOURCE_EXHAUSTED, "too many watchers")));
        return;
      }
      watchers.set(call, call.request.service);
      call.on("cancelled", () => watchers.delete(call));
      call.write(statusOf(call.request.service));
    },
  };

  return {
    addTo: (server) => server.addService(HealthService, implementation),
    setServing(value) {
      if (serving === value) return;
      serving = value;
      for (const [call, service] of watchers) if (known.has(service)) call.write(statusOf(service));
    },
    close() {
      for (const call of watchers.keys()) call.emit("error", toServiceError(unavailable(1_000)));
      watchers.clear();
    },
  };
}

function unknownService(service: string): CallError {
  const name = service.slice(0, 200);
  return notFound(`there is no service \`${name}\` here`, "UNKNOWN_SERVICE", new Map([["service", name]]));
}
