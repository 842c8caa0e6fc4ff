import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import {
  type HealthCheckResponse,
  HealthClient,
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import { afterEach, expect, test } from "vitest";
import { failureOf, type Harness, call as send, startHarness } from "./harness.ts";

const compiler = "workflow.compiler.v1.CompilerService";

let harness: Harness;
let client: HealthClient;
afterEach(async () => {
  client.close();
  await harness.stop();
});

async function start(): Promise<void> {
  harness = await startHarness({});
  client = new HealthClient(harness.address, credentials.createInsecure());
}

const check = (service: string) => send(client, HealthService.check, { service });

function watch(service: string) {
  const seen: number[] = [];
  const call = client.watch({ service });
  const ended = new Promise<ServiceError | null>((resolve) => {
    call.on("data", (response: HealthCheckResponse) => seen.push(response.status));
    call.on("end", () => resolve(null));
    call.on("error", resolve);
  });
  return { call, seen, ended };
}

test("the server and its service are checked by name", async () => {
  await start();
  expect((await check("")).status).toBe(ServingStatus.SERVING);
  expect((await check(compiler)).status).toBe(ServingStatus.SERVING);
  expect((await failureOf(check("other.Service"))).code).toBe(status.NOT_FOUND);
  const { statuses } = await send(client, HealthService.list, {});
  expect([...statuses.keys()]).toEqual(["", compiler]);
});

test("watchers see the change, and then their streams end so that shutting down does not wait for them", async () => {
  await start();
  const whole = watch("");
  const one = watch(compiler);
  const unknown = watch("other.Service");
  while (whole.seen.length + one.seen.length + unknown.seen.length < 3)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await harness.service.drain(5_000);
  expect((await whole.ended)?.code).toBe(status.UNAVAILABLE);
  expect((await one.ended)?.code).toBe(status.UNAVAILABLE);
  expect(whole.seen).toEqual([ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  expect(one.seen).toEqual([ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  expect(unknown.seen).toEqual([ServingStatus.SERVICE_UNKNOWN]);
});

test("a watcher that leaves is forgotten", async () => {
  await start();
  const { call, ended } = watch("");
  call.cancel();
  expect((await ended)?.code).toBe(status.CANCELLED);
  await harness.service.drain(5_000);
});
