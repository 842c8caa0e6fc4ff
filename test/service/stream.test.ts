import { connect as connectHttp2, constants } from "node:http2";
import { type ServiceError, status } from "@grpc/grpc-js";
import {
  CompilerServiceService,
  type CompileStreamResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, expect, test } from "vitest";
import type { Compilation, CompilePool } from "../../server/artifact.ts";
import { emptyCompilation, type Harness, readFailure, sourceOf, startHarness } from "./harness.ts";

let harness: Harness;
afterEach(() => harness.stop());

function openStream() {
  const call = harness.client.compileStream();
  const answers: CompileStreamResponse[] = [];
  const ended = new Promise<ServiceError | null>((resolve) => {
    call.on("data", (answer: CompileStreamResponse) => answers.push(answer));
    call.on("end", () => resolve(null));
    call.on("error", resolve);
  });
  const send = (id: string, text: string) =>
    call.write({ id, source: sourceOf(text, { name: id }), options: undefined });
  return { call, answers, ended, send };
}

/** A pool whose compilations finish when the test says so. */
function heldPool() {
  const held = new Map<string, () => void>();
  let most = 0;
  const pool: Partial<CompilePool> = {
    compile: (source, _options, signal) =>
      new Promise<Compilation>((resolve, reject) => {
        const name = source.name;
        held.set(name, () => {
          held.delete(name);
          resolve(emptyCompilation);
        });
        signal?.addEventListener("abort", () => {
          held.delete(name);
          reject(signal.reason);
        });
        most = Math.max(most, held.size);
      }),
  };
  return { pool, held, most: () => most };
}

test("answers come as they are ready, each with its request's id and index", async () => {
  const { pool, held } = heldPool();
  harness = await startHarness(pool);
  const { call, answers, ended, send } = openStream();
  for (const id of ["a", "b", "c"]) send(id, "x");
  call.end();
  await until(() => held.size === 3);
  for (const id of ["b", "c", "a"]) {
    held.get(id)?.();
    await until(() => answers.some((answer) => answer.id === id));
  }
  expect(await ended).toBeNull();
  expect(answers.map(({ id, index, result }) => [id, index, result?.$case])).toEqual([
    ["b", 1, "response"],
    ["c", 2, "response"],
    ["a", 0, "response"],
  ]);
});

test("one bad request is an answer, and the stream goes on", async () => {
  harness = await startHarness({
    compile: (source) =>
      source.name === "boom" ? Promise.reject(new Error("inside")) : Promise.resolve(emptyCompilation),
  });
  const { call, answers, ended, send } = openStream();
  send("good", "x");
  send("empty", "");
  send("boom", "x");
  send("i".repeat(1_000), "x");
  send("last", "x");
  call.end();
  expect(await ended).toBeNull();
  const outcome = answers
    .toSorted((a, b) => a.index - b.index)
    .map(({ id, result }) => [id, result?.$case === "error" ? status[result.value.code] : result?.$case]);
  expect(outcome).toEqual([
    ["good", "response"],
    ["empty", "INVALID_ARGUMENT"],
    ["boom", "INTERNAL"],
    ["i".repeat(256), "INVALID_ARGUMENT"],
    ["last", "response"],
  ]);
  expect(JSON.stringify(answers.map(({ result }) => result?.$case === "error" && result.value.message))).not.toContain(
    "inside",
  );
});

test("no more than the limit is under way at once, and everything is answered", async () => {
  const { pool, held, most } = heldPool();
  harness = await startHarness(pool, { streamConcurrency: 3 });
  const { call, answers, ended, send } = openStream();
  for (let index = 0; index < 50; index++) send(`r${index}`, "x");
  call.end();
  const release = setInterval(() => {
    for (const finish of [...held.values()]) finish();
  }, 2);
  expect(await ended).toBeNull();
  clearInterval(release);
  expect(answers).toHaveLength(50);
  expect(most()).toBe(3);
  await until(() => harness.log.some((line) => line.requests === 50 && line.code === "OK"));
});

test("a client that does not read is not read from", async () => {
  let compiled = 0;
  const big = { path: "workflow.ts", content: "x".repeat(256 * 1024) };
  const artifact = {
    digest: "",
    compilerVersion: "",
    workflowName: "",
    entrypoint: "",
    files: [big],
    inputSchema: "",
    outputSchema: "",
    activities: [],
  };
  harness = await startHarness({
    compile: async () => {
      compiled++;
      return { ...emptyCompilation, artifact };
    },
  });
  // Over plain HTTP/2, because the client of grpc-js reads ahead without a limit.
  const session = connectHttp2(`http://${harness.address}`);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: CompilerServiceService.compileStream.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  const message = CompilerServiceService.compileStream.requestSerialize({
    id: "",
    source: sourceOf("x"),
    options: undefined,
  });
  const frame = Buffer.concat([Buffer.alloc(5), message]);
  frame.writeUInt32BE(message.length, 1);
  for (let index = 0; index < 200; index++) stream.write(frame);
  let before = -1;
  while (before !== compiled) {
    before = compiled;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  expect(compiled).toBeGreaterThan(0);
  expect(compiled).toBeLessThan(20);
  session.destroy();
});

test("a client that leaves ends the work", async () => {
  const { pool, held } = heldPool();
  harness = await startHarness(pool);
  const { call, ended, send } = openStream();
  send("a", "x");
  send("b", "x");
  await until(() => held.size === 2);
  call.cancel();
  expect((await ended)?.code).toBe(status.CANCELLED);
  await until(() => held.size === 0 && harness.log.some((line) => line.code === "CANCELLED"));
});

test("a stream that is open while the service drains gets its answers; further requests are sent away", async () => {
  const { pool, held } = heldPool();
  harness = await startHarness(pool);
  const { call, answers, ended, send } = openStream();
  send("early", "x");
  await until(() => held.size === 1);
  const stopped = harness.service.drain(5_000);
  send("late", "x");
  await until(() => answers.length === 1);
  held.get("early")?.();
  call.end();
  expect(await ended).toBeNull();
  await stopped;
  const [late, early] = answers;
  expect([late?.id, late?.result?.$case === "error" && late.result.value.code]).toEqual(["late", status.UNAVAILABLE]);
  expect([early?.id, early?.result?.$case]).toEqual(["early", "response"]);
});

test("what is still open at the end of draining is cut off", async () => {
  const { pool, held } = heldPool();
  harness = await startHarness(pool);
  const { ended, send } = openStream();
  send("a", "x");
  await until(() => held.size === 1);
  await harness.service.drain(50);
  const error = await ended;
  expect(error && [status.UNAVAILABLE, status.CANCELLED, status.INTERNAL]).toContain(error && readFailure(error).code);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
