import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Metadata, Server, ServerCredentials, type ServerUnaryCall } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { startTracing, type Tracing } from "../../server/telemetry/tracing.ts";
import { type Collector, type ReceivedSpan, startCollector } from "./collector.ts";

const stopping: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0).reverse()) await stop();
});

/** Tracing instruments clients of its process too. That of a test is to send just what the test says. */
const unpatched = Client.prototype.makeUnaryRequest;

type Handler = (
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: (error: object | null, answer?: Buffer) => void,
) => void;

interface Setup {
  readonly tracing: Tracing;
  readonly sent: { exported: number; lost: number };
  call(metadata?: Record<string, string>, deadlineMs?: number): Promise<Buffer>;
  /** Ends the tracing, so that everything has been sent. */
  spans(): Promise<readonly ReceivedSpan[]>;
}

async function setUp(share: number, handler: (tracing: Tracing) => Handler, path = "/test.Service/Do"): Promise<Setup> {
  const collector: Collector = await startCollector();
  stopping.push(collector.stop);
  const sent = { exported: 0, lost: 0 };
  const tracing = await startTracing({
    url: collector.url,
    share,
    version: "1.2.3",
    slot: "blue",
    instanceId: "replica-1",
    onSpans: (outcome, count) => {
      sent[outcome] += count;
    },
  });
  stopping.push(() => tracing.close(1_000));
  const server = new Server();
  const bytes = (buffer: Buffer): Buffer => buffer;
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService({ do: { path, requestStream: false, responseStream: false, ...codec } }, { do: handler(tracing) });
  stopping.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  client.makeUnaryRequest = unpatched;
  stopping.push(() => client.close());
  return {
    tracing,
    sent,
    call: (headers = {}, deadlineMs = 10_000) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        const options = { deadline: Date.now() + deadlineMs };
        client.makeUnaryRequest(path, bytes, bytes, Buffer.from("x"), metadata, options, (error, answer) =>
          answer === undefined ? reject(error) : resolve(answer),
        );
      }),
    async spans() {
      await tracing.close(5_000);
      return collector.spans;
    },
  };
}

/** A service that was there before the tracing, and answers with the `traceparent` that it got. */
async function startEcho(): Promise<{ call(): Promise<string> }> {
  const bytes = (buffer: Buffer): Buffer => buffer;
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  const server = new Server();
  server.addService(
    { echo: { path: "/test.Echo/Echo", requestStream: false, responseStream: false, ...codec } },
    {
      echo: ((call, callback) =>
        callback(null, Buffer.from(String(call.metadata.get("traceparent"))))) satisfies Handler,
    },
  );
  stopping.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  stopping.push(() => client.close());
  return {
    call: () =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest("/test.Echo/Echo", bytes, bytes, Buffer.from("x"), (error, answer) =>
          answer === undefined ? reject(error) : resolve(answer.toString()),
        );
      }),
  };
}

/** Kinds of spans in OTLP. */
const SERVER = 2;
const CLIENT = 3;

const traceId = "0af7651916cd43dd8448eb211c80319c";
const sampled = `00-${traceId}-b7ad6b7169203331-01`;
const unsampled = `00-${traceId}-b7ad6b7169203331-00`;

const echoTrace =
  (tracing: Tracing): Handler =>
  (_call, callback) =>
    callback(null, Buffer.from(tracing.traceId()));

test("a call of a caller's recorded trace goes on in it, whatever our share is", async () => {
  const { call, spans } = await setUp(0, echoTrace);
  expect((await call({ traceparent: sampled })).toString()).toBe(traceId);
  const [span, ...others] = await spans();
  expect(others).toEqual([]);
  expect(span).toMatchObject({ traceId, name: "grpc.test.Service/Do", kind: SERVER });
  expect(Object.fromEntries(span?.attributes ?? [])).toEqual({
    "rpc.system": "grpc",
    "rpc.service": "test.Service",
    "rpc.method": "Do",
    "rpc.grpc.status_code": "0",
  });
  expect(Object.fromEntries(span?.resource ?? [])).toEqual({
    "service.name": "workflow-compiler",
    "service.version": "1.2.3",
    "service.instance.id": "replica-1",
    "workflow.slot": "blue",
  });
});

test("the caller's decision not to record counts before our share; without one the share decides", async () => {
  const all = await setUp(1, echoTrace);
  expect((await all.call({ traceparent: unsampled })).toString()).toBe("");
  expect((await all.call({ traceparent: "rubbish" })).toString()).toMatch(/^[0-9a-f]{32}$/);
  expect(await all.spans()).toHaveLength(1);
});

test("a share of none records nothing that no caller asked for", async () => {
  const none = await setUp(0, echoTrace);
  for (let i = 0; i < 20; i++) expect((await none.call()).toString()).toBe("");
  expect(await none.spans()).toEqual([]);
});

test("health checks and reflection are not traced", async () => {
  const { call, spans } = await setUp(1, echoTrace, "/grpc.health.v1.Health/Check");
  expect((await call({ traceparent: sampled })).toString()).toBe("");
  expect(await spans()).toEqual([]);
});

test("stages become spans inside of their call, one after the other, after the wait for a worker", async () => {
  const { call, spans } = await setUp(0, (tracing) => (_call, callback) => {
    const startedAt = Date.now() - 100;
    tracing.stages(
      [
        { name: "source", durationMs: 10 },
        { name: "typecheck", durationMs: 30 },
      ],
      startedAt,
    );
    tracing.note({ "workflow.request_id": "r-1", "workflow.valid": true });
    tracing.span("cache", async () => Buffer.from("found")).then((answer) => callback(null, answer));
  });
  expect((await call({ traceparent: sampled })).toString()).toBe("found");
  const received = await spans();
  const byName = new Map(received.map((span) => [span.name, span]));
  const server = byName.get("grpc.test.Service/Do");
  expect([...byName.keys()].sort()).toEqual([
    "cache",
    "grpc.test.Service/Do",
    "stage.queue",
    "stage.source",
    "stage.typecheck",
  ]);
  for (const span of received) if (span !== server) expect(span.parentSpanId).toBe(server?.spanId);
  const [queue, source, typecheck] = ["queue", "source", "typecheck"].map((name) => byName.get(`stage.${name}`));
  expect(source?.startMs).toBe(queue?.endMs);
  expect(typecheck?.startMs).toBe(source?.endMs);
  expect((typecheck?.endMs ?? 0) - (typecheck?.startMs ?? 0)).toBeCloseTo(30, 0);
  expect(server?.attributes.get("workflow.request_id")).toBe("r-1");
  expect(server?.attributes.get("workflow.valid")).toBe(true);
});

test("calls that the service makes itself carry the context on", async () => {
  const inner = await startEcho();
  const { call, spans } = await setUp(0, () => (_call, callback) => {
    inner.call().then((header) => callback(null, Buffer.from(header)));
  });
  const header = (await call({ traceparent: sampled })).toString();
  expect(header).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  const client = (await spans()).find(({ kind }) => kind === CLIENT);
  expect(header.split("-")[2]).toBe(client?.spanId);
});

test("a call that nobody waits for any more ends its span", async () => {
  const { call, spans } = await setUp(0, () => () => {});
  await expect(call({ traceparent: sampled }, 200)).rejects.toMatchObject({ code: 4 });
  // The server hears of it a moment after the client has given up.
  await sleep(100);
  const [span] = await spans();
  expect(span?.attributes.get("rpc.grpc.status_code")).toBe("1");
});

test("a failing call says its status", async () => {
  const { call, spans } = await setUp(0, () => (_call, callback) => callback({ code: 8, details: "too much" }));
  await expect(call({ traceparent: sampled })).rejects.toMatchObject({ code: 8 });
  const [span] = await spans();
  expect(span?.attributes.get("rpc.grpc.status_code")).toBe("8");
});

test("without a collector there is no tracing at all", async () => {
  const register = Server.prototype.register;
  const tracing = await startTracing({
    url: null,
    share: 1,
    version: "1",
    slot: "",
    instanceId: "x",
    onSpans: () => {},
  });
  expect(Server.prototype.register).toBe(register);
  expect(tracing.traceId()).toBe("");
  expect(await tracing.span("cache", async () => 7)).toBe(7);
  await tracing.close(10);
});

test("a collector that is away loses spans and nothing else", async () => {
  const register = Server.prototype.register;
  const { call, tracing, sent } = await setUp(0, echoTrace);
  stopping.splice(0, 1)[0]?.();
  expect((await call({ traceparent: sampled })).toString()).toBe(traceId);
  await tracing.close(5_000);
  expect(sent.exported).toBe(0);
  expect(Server.prototype.register).toBe(register);
});
