import { connect } from "node:net";
import { type Client, credentials, makeClientConstructor } from "@grpc/grpc-js";
import {
  HealthCheckResponse_ServingStatus,
  HealthService,
} from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import type { Container, Probe } from "./objects.ts";
import { namedPort } from "./service-proxy.ts";

/** Whether a pod at an address passes a probe now. */
export async function passes(probe: Probe, container: Container, address: string): Promise<boolean> {
  const portOf = (port: number | string): number =>
    typeof port === "number" ? port : (namedPort([container], port) ?? 0);
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000;
  if (probe.grpc) return healthy(`${address}:${portOf(probe.grpc.port)}`, probe.grpc.service ?? "", timeoutMs);
  if (probe.httpGet) {
    const { port, path = "/" } = probe.httpGet;
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`http://${address}:${portOf(port)}${path}`, { signal }).catch(() => null);
    await answer?.body?.cancel();
    return answer?.ok ?? false;
  }
  return probe.tcpSocket === undefined || accepts(address, portOf(probe.tcpSocket.port));
}

const HealthClient = makeClientConstructor(HealthService, "grpc.health.v1.Health");

function healthy(address: string, service: string, timeoutMs: number): Promise<boolean> {
  const client: Client = new HealthClient(address, credentials.createInsecure());
  return new Promise((resolve) => {
    const { path, requestSerialize, responseDeserialize } = HealthService.check;
    const deadline = Date.now() + timeoutMs;
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { service },
      { deadline },
      (_error, answer) => {
        client.close();
        resolve(answer?.status === HealthCheckResponse_ServingStatus.SERVING);
      },
    );
  });
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("close", () => socket.destroy());
  });
}
