import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { HealthBoard, HealthReport } from "./health.ts";
import type { Exposition } from "./telemetry/exposition.ts";

export interface HttpParts {
  readonly health: Pick<HealthBoard, "report" | "latest">;
  readonly metrics: { scrape(format: Exposition["format"]): Promise<Exposition> };
  readonly version: string;
  /** Told of a fault while answering: its cause is not sent. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/** `/metrics` and `/health`, for scrapers and platforms. Plain HTTP, read only. */
export interface Http {
  /** @param address `host:port`; port 0 picks one. Gives it with the port as bound. */
  listen(address: string): Promise<string>;
  /** Takes no new connections, finishes answers under way, and cuts off what is left after `limitMs`. */
  close(limitMs: number): Promise<void>;
}

/** Scrapers and probes send a few hundred bytes. */
const MAX_HEADER_BYTES = 8_192;
const MAX_CONNECTIONS = 128;
/** In milliseconds, from a connection's start or its last answer to the end of the next request's headers. */
const HEADERS_LIMIT_MS = 5_000;
const REQUEST_LIMIT_MS = 10_000;
const IDLE_LIMIT_MS = 15_000;
const SANE_ID = /^[!-~]{1,128}$/;

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = (request: IncomingMessage) => Reply | Promise<Reply>;

export function createHttp(parts: HttpParts): Http {
  const routes = routesOf(parts);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: IDLE_LIMIT_MS,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    (request, response) => void answer(request, response, routes, parts.onFault),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Silence in either direction: a peer that does not read its answer is cut off too.
  server.setTimeout(IDLE_LIMIT_MS);
  server.on("clientError", refuseBytes);
  return {
    listen: (address) => bind(server, address),
    close(limitMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), limitMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

function routesOf({ health, metrics, version }: HttpParts): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    [
      "/metrics",
      async ({ headers }) => {
        const { contentType, text } = await metrics.scrape(formatFor(headers.accept ?? ""));
        return { status: 200, contentType, text };
      },
    ],
    [
      "/health",
      async () => {
        const report = await health.report();
        return json(report.state === "unhealthy" ? 503 : 200, healthBody(report, version));
      },
    ],
    [
      "/health/ready",
      async () => {
        const report = await health.report();
        const { serving: ready, phase, state } = report;
        return json(ready ? 200 : 503, { status: ready ? "ready" : "not_ready", phase, health: state });
      },
    ],
    [
      "/health/live",
      () => {
        const { live } = health.latest();
        return json(live ? 200 : 503, { status: live ? "live" : "dead" });
      },
    ],
  ]);
}

/** Whoever takes OpenMetrics at all gets it, as Prometheus asks for it first; `q=0` refuses it. */
function formatFor(accept: string): Exposition["format"] {
  const wanted = accept
    .split(",", 20)
    .some((part) => /^\s*application\/openmetrics-text\b(?!.*;\s*q=0(\.0*)?\s*$)/.test(part));
  return wanted ? "openmetrics" : "prometheus";
}

function healthBody({ state, phase, serving, live, components }: HealthReport, version: string): object {
  const entries = components.map(({ component, state: status, essential, latencyMs, message, checkedAt }) => [
    component,
    {
      status,
      essential,
      latency_ms: Math.round(latencyMs * 100) / 100,
      message,
      checked_at: checkedAt === 0 ? null : new Date(checkedAt).toISOString(),
    },
  ]);
  return { status: state, phase, ready: serving, live, version, components: Object.fromEntries(entries) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlyMap<string, Route>,
  onFault: HttpParts["onFault"],
): Promise<void> {
  const given = request.headers["x-request-id"];
  const requestId = typeof given === "string" && SANE_ID.test(given) ? given : randomUUID();
  try {
    send(request, response, requestId, await replyTo(request, routes));
  } catch (fault) {
    onFault(fault, requestId);
    if (!response.headersSent) send(request, response, requestId, problem(500, "internal error"));
    else response.destroy();
  }
}

function replyTo(request: IncomingMessage, routes: ReadonlyMap<string, Route>): Reply | Promise<Reply> {
  const [path = ""] = (request.url ?? "").split("?", 1);
  const route = routes.get(path);
  if (route === undefined) return problem(404, `there is nothing here; try ${[...routes.keys()].join(", ")}`);
  if (request.method === "GET" || request.method === "HEAD") return route(request);
  return { ...problem(405, "only GET and HEAD are served"), headers: { allow: "GET, HEAD" } };
}

function send(request: IncomingMessage, response: ServerResponse, requestId: string, reply: Reply): void {
  const body = Buffer.from(reply.text);
  // A body is not read. What a peer goes on sending must not be taken for its next request.
  const hasBody = request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  response.writeHead(reply.status, {
    "content-type": reply.contentType,
    "content-length": body.length,
    "x-request-id": requestId,
    ...securityHeaders,
    ...reply.headers,
    ...(hasBody ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
  if (hasBody) response.once("finish", () => request.socket.destroySoon());
}

/** Nothing here is a page, and nothing is to be kept or framed. */
const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

function json(status: number, value: object): Reply {
  return { status, contentType: "application/json; charset=utf-8", text: `${JSON.stringify(value)}\n` };
}

function problem(status: number, error: string): Reply {
  return json(status, { error });
}

const byCode = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/** Bytes that are no request, or came too slowly. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const statusLine = byCode.get(error.code ?? "") ?? "400 Bad Request";
  const body = `${JSON.stringify({ error: statusLine.slice(4) })}\n`;
  socket.end(
    `HTTP/1.1 ${statusLine}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `x-content-type-options: nosniff\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

function bind(server: Server, address: string): Promise<string> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port: Number(address.slice(colon + 1)) }, () => {
      server.off("error", reject);
      const bound = server.address();
      resolve(`${address.slice(0, colon)}:${isInfo(bound) ? bound.port : 0}`);
    });
  });
}

function isInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
