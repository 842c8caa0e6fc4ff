import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createHealthBoard, type HealthBoard, type ProbeResult } from "../../server/health.ts";
import { createHttp, type Http, type HttpParts } from "../../server/http.ts";
import { createMetrics } from "../../server/telemetry/metrics.ts";

let http: Http;
let board: HealthBoard;
const faults: unknown[] = [];
afterEach(async () => {
  await http.close(100);
  board.close();
  faults.length = 0;
});

const well: ProbeResult = { state: "healthy", message: "it works" };

async function start(more: Partial<HttpParts> = {}, find: () => ProbeResult = () => well): Promise<number> {
  board = createHealthBoard(
    [
      { component: "typescript_compiler", essential: true, check: find },
      { component: "redis", essential: false, check: () => ({ ...well, latencyMs: 1.5 }) },
    ],
    { freshMs: 0 },
  );
  http = createHttp({
    health: board,
    metrics: createMetrics({ version: "1.2.3", slot: "", methods: [] }),
    version: "1.2.3",
    onFault: (fault) => faults.push(fault),
    ...more,
  });
  return Number((await http.listen("127.0.0.1:0")).split(":")[1]);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function send(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Sends bytes as they are; gives all that came back until the server closed. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (part) => {
    text += part;
  });
  socket.on("error", () => {});
  socket.write(bytes);
  await once(socket, "close");
  return text;
}

test("health tells each component with its state and latency, and changes with it", async () => {
  let found: ProbeResult = well;
  const port = await start({}, () => found);
  board.setPhase("serving");
  const { status, text, headers } = await send(port, "/health");
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(JSON.parse(text)).toMatchObject({
    status: "healthy",
    phase: "serving",
    ready: true,
    live: true,
    version: "1.2.3",
    components: {
      typescript_compiler: { status: "healthy", essential: true, message: "it works" },
      redis: { status: "healthy", essential: false, latency_ms: 1.5 },
    },
  });
  found = { state: "degraded", message: "slow" };
  expect(JSON.parse((await send(port, "/health")).text).status).toBe("degraded");
  expect((await send(port, "/health")).status).toBe(200);
  found = { state: "unhealthy", message: "gone" };
  expect((await send(port, "/health")).status).toBe(503);
  expect((await send(port, "/health/ready")).status).toBe(503);
  expect((await send(port, "/health/live")).status).toBe(200);
});

test("ready only while it serves", async () => {
  const port = await start();
  const ready = async () => {
    const { status, text } = await send(port, "/health/ready");
    return [status, JSON.parse(text)];
  };
  expect(await ready()).toEqual([503, { status: "not_ready", phase: "starting", health: "healthy" }]);
  board.setPhase("serving");
  expect(await ready()).toEqual([200, { status: "ready", phase: "serving", health: "healthy" }]);
  for (const phase of ["held", "stopping"] as const) {
    board.setPhase(phase);
    expect(await ready()).toEqual([503, { status: "not_ready", phase, health: "healthy" }]);
  }
});

test("metrics come in the format that was asked for", async () => {
  const port = await start();
  const plain = await send(port, "/metrics");
  expect(plain.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(plain.text).toContain("# TYPE workflow_requests_total counter");
  // What Prometheus sends.
  const accept =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const open = await send(port, "/metrics", { headers: { accept } });
  expect(open.headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(open.text.endsWith("# EOF\n")).toBe(true);
  const refused = await send(port, "/metrics", { headers: { accept: "application/openmetrics-text;q=0, text/plain" } });
  expect(refused.headers["content-type"]).toContain("text/plain");
});

test("HEAD has the headers of GET and no body; other methods and paths are told off in JSON", async () => {
  const port = await start();
  const head = await send(port, "/health/live", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, text: "" });
  expect(Number(head.headers["content-length"])).toBeGreaterThan(10);
  const post = await send(port, "/metrics", { method: "POST", body: "x".repeat(100_000) });
  expect(post.status).toBe(405);
  expect(post.headers.allow).toBe("GET, HEAD");
  expect(post.headers.connection).toBe("close");
  expect(JSON.parse(post.text).error).toContain("GET");
  for (const path of ["/", "/health/", "/healthz", "/metrics/..", "/%6detrics", "//metrics"]) {
    const missing = await send(port, path);
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.text).error).toContain("/health/ready");
  }
  expect((await send(port, "/health/live?verbose=1")).status).toBe(200);
});

test("every answer has the headers of a service that is no web page, and the caller's request id", async () => {
  const port = await start();
  for (const path of ["/metrics", "/health", "/nothing"]) {
    const { headers } = await send(port, path, { headers: { "x-request-id": "probe-17" } });
    expect(headers).toMatchObject({
      "x-request-id": "probe-17",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers.server ?? headers["x-powered-by"]).toBeUndefined();
  }
  for (const insane of ["x".repeat(200), "a b", "ä"]) {
    const { headers } = await send(port, "/health/live", { headers: { "x-request-id": insane } });
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test("a fault is answered without its cause", async () => {
  const port = await start({ metrics: { scrape: () => Promise.reject(new Error("secret inside")) } });
  const { status, text } = await send(port, "/metrics");
  expect(status).toBe(500);
  expect(JSON.parse(text)).toEqual({ error: "internal error" });
  expect(faults).toHaveLength(1);
});

test("bytes that are no request, and headers without end, are refused and closed", async () => {
  const port = await start();
  expect(await sendRaw(port, "\x16\x03\x01\x02\x00rubbish\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 .*\{"error":"Bad Request"\}\n$/s,
  );
  const long = `GET /health HTTP/1.1\r\nhost: x\r\nx-long: ${"a".repeat(20_000)}\r\n\r\n`;
  expect(await sendRaw(port, long)).toMatch(/^HTTP\/1\.1 431 /);
  expect(await sendRaw(port, "CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere\r\n\r\n")).toBe("");
  // A body is not read as the next request.
  const smuggled =
    "GET /health/live HTTP/1.1\r\nhost: x\r\ncontent-length: 47\r\n\r\nGET /metrics HTTP/1.1\r\nhost: x\r\n\r\n0123456789012\r\n";
  expect((await sendRaw(port, smuggled)).match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  expect((await send(port, "/health/live")).status).toBe(200);
});

test("a request that never ends is cut off, and connections beyond the limit are closed, while others are answered", async () => {
  const port = await start();
  const slow = sendRaw(port, "GET /health/live HTTP/1.1\r\nhost: x\r\n");
  expect((await send(port, "/health/live")).status).toBe(200);
  expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
  const sockets = Array.from({ length: 200 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  const closed = sockets.map((socket) => once(socket, "close"));
  await Promise.race(closed);
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  expect((await send(port, "/health/live")).status).toBe(200);
});
