import { status } from "@grpc/grpc-js";
import { ErrorInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import {
  type CaptureProfileRequest,
  ProfileKind,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf } from "../service/harness.ts";
import { all } from "../tls/calls.ts";
import { type OperationsHarness, startOperations } from "./harness.ts";

let running: OperationsHarness;
beforeAll(async () => {
  running = await startOperations();
});
afterAll(() => running.stop());

const request = (kind: ProfileKind, durationMs = 100): CaptureProfileRequest => ({
  kind,
  durationMs,
  interval: 0,
  reason: "slow",
});

async function capture(kind: ProfileKind): Promise<{ readonly fileName: string; readonly text: string }> {
  const parts = (await all(running.client.captureProfile(request(kind)))).map(({ part }) => part);
  const [header] = parts;
  if (header?.$case !== "header") throw new Error("there is no header");
  const chunks = parts.flatMap((part) => (part?.$case === "chunk" ? [part.value] : []));
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
  return { fileName: header.value.fileName, text: Buffer.concat(chunks).toString() };
}

test("of the processor", async () => {
  const { fileName, text } = await capture(ProfileKind.PROFILE_KIND_CPU);
  expect(fileName).toMatch(/^replica-1-[\dTZ-]+\.cpuprofile$/);
  expect(JSON.parse(text)).toMatchObject({ nodes: expect.any(Array), samples: expect.any(Array) });
});

test("of allocations", async () => {
  const { fileName, text } = await capture(ProfileKind.PROFILE_KIND_ALLOCATIONS);
  expect(fileName).toMatch(/\.heapprofile$/);
  expect(JSON.parse(text)).toHaveProperty("head");
});

test("of the heap", async () => {
  const { fileName, text } = await capture(ProfileKind.PROFILE_KIND_HEAP_SNAPSHOT);
  expect(fileName).toMatch(/\.heapsnapshot$/);
  expect(text.startsWith('{"snapshot":')).toBe(true);
  expect(text.trimEnd().endsWith("}")).toBe(true);
});

test("one at a time, and a client that leaves ends it", async () => {
  const first = running.client.captureProfile(request(ProfileKind.PROFILE_KIND_CPU, 60_000));
  const ended = new Promise((resolve) => first.on("error", resolve));
  await new Promise((resolve) => first.once("data", resolve));
  const second = await failureOf(all(running.client.captureProfile(request(ProfileKind.PROFILE_KIND_CPU))));
  const info = ErrorInfo.decode(second.rich.get("ErrorInfo") ?? new Uint8Array());
  expect([second.code, info.reason]).toEqual([status.RESOURCE_EXHAUSTED, "PROFILE_RUNNING"]);
  first.cancel();
  await ended;
  await expect.poll(async () => (await capture(ProfileKind.PROFILE_KIND_CPU)).text.length).toBeGreaterThan(0);
});

test("what cannot be recorded is refused", async () => {
  for (const wrong of [
    request(ProfileKind.PROFILE_KIND_UNSPECIFIED),
    request(ProfileKind.PROFILE_KIND_CPU, 1),
    request(ProfileKind.PROFILE_KIND_CPU, 60_001),
    { ...request(ProfileKind.PROFILE_KIND_CPU), interval: 5 },
    { ...request(ProfileKind.PROFILE_KIND_CPU), reason: "\n" },
  ])
    expect((await failureOf(all(running.client.captureProfile(wrong)))).code).toBe(status.INVALID_ARGUMENT);
});
