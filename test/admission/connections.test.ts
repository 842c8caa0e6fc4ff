import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ClientHttp2Session } from "node:http2";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { credentials, status } from "@grpc/grpc-js";
import { HealthService } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import {
  CompilerServiceClient,
  CompilerServiceService as Contract,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, describe, expect, test } from "vitest";
import { createRateLimiter, type Rates } from "../../server/admission/rate-limit.ts";
import { openTls } from "../../server/grpc/credentials.ts";
import { type Harness, noRates, call as send, startHarness } from "../service/harness.ts";
import { createAuthority } from "../tls/certificates.ts";
import { connectRaw, connectSocket, frame, rawCall } from "./raw-call.ts";

let harness: Harness;
const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await harness.stop();
});

async function start(rates: Partial<Rates>, maxConnections = 1_000) {
  const faults: string[] = [];
  const limiter = createRateLimiter({ ...noRates, ...rates });
  harness = await startHarness({}, { admission: { limiter, maxConnections, onFault: (fault) => faults.push(fault) } });
  return { faults, limiter };
}

function open(localAddress?: string): ClientHttp2Session {
  const session = connectRaw(harness.address, localAddress);
  sessions.push(session);
  return session;
}

const health = { path: HealthService.check.path, frames: [frame(Buffer.alloc(0))] };
const hourly = (burst: number) => ({ count: 1, perMs: 3_600_000, burst });

describe("the rate of new connections of an address", () => {
  test("lets those over it ask for health only; other addresses are not concerned", async () => {
    const { faults } = await start({ connection: hourly(2) });
    const codes = async (session: ClientHttp2Session) => [
      (await rawCall(session)).grpcStatus,
      (await rawCall(session, health)).grpcStatus,
    ];
    expect([await codes(open()), await codes(open())]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const over = open();
    expect(await codes(over)).toEqual([status.RESOURCE_EXHAUSTED, 0]);
    const refused = await rawCall(over);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(3_000);
    expect(refused.rich?.details.map(({ typeUrl }) => typeUrl.replace(/.*rpc\./, "")).toSorted()).toEqual([
      "ErrorInfo",
      "QuotaFailure",
      "RetryInfo",
    ]);
    expect(await codes(open("127.0.0.2"))).toEqual([0, 0]);
    expect(faults).toEqual(["connection_rate"]);
  });

  test("serves a connection that was over it as soon as it allows", async () => {
    const { limiter } = await start({ connection: hourly(1) });
    await rawCall(open());
    const over = open();
    expect((await rawCall(over)).grpcStatus).toBe(8);
    limiter.set("connection", hourly(1));
    expect((await rawCall(over)).grpcStatus).toBe(0);
    // It has taken the token.
    expect((await rawCall(open())).grpcStatus).toBe(8);
  });

  test("closes those that are far over it at once", async () => {
    const { faults } = await start({ connection: hourly(1) });
    const kept = [open(), ...Array.from({ length: 8 }, () => open())];
    for (const session of kept) expect((await rawCall(session, health)).grpcStatus).toBe(0);
    const socket = connectSocket(harness.address);
    socket.resume();
    await once(socket, "close");
    expect(faults).toEqual(Array(9).fill("connection_rate"));
    kept[1]?.destroy();
    await untilAnswered(() => rawCall(open(), health));
  });
});

test("no more connections than there may be at once", async () => {
  const { faults } = await start({}, 3);
  const kept = [open(), open(), open()];
  for (const session of kept) expect((await rawCall(session)).grpcStatus).toBe(0);
  const socket = connectSocket(harness.address);
  socket.resume();
  await once(socket, "close");
  expect(faults).toEqual(["connection_limit"]);
  kept[0]?.destroy();
  await untilAnswered(() => rawCall(open()));
});

describe("over TLS", () => {
  test("calls are served and limited, and a peer that speaks no TLS is closed and counted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wfc-tls-"));
    const authority = await createAuthority("authority");
    const pair = await authority.issue({ use: "server", names: [{ type: "dns", value: "localhost" }] });
    writeFileSync(join(folder, "cert.pem"), pair.cert);
    writeFileSync(join(folder, "key.pem"), pair.key);
    const tls = openTls({ cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), clientCa: "" });
    const { faults } = await start({ connection: hourly(2) });
    try {
      const address = await harness.service.listen("127.0.0.1:0", tls.credentials);
      const port = Number(address.split(":")[1]);
      const client = new CompilerServiceClient(`localhost:${port}`, credentials.createSsl(Buffer.from(authority.cert)));
      const { code } = await send(client, Contract.explainDiagnostic, { code: "WF_TYPE_001" });
      expect(code).toBe("WF_TYPE_001");
      client.close();

      const plain = connectSocket(address);
      plain.resume();
      plain.write("GET / HTTP/1.1\r\n\r\n");
      await once(plain, "close");
      expect(faults).toEqual(["tls_handshake"]);

      const over = connectHttp2(`https://localhost:${port}`, {
        createConnection: () =>
          connectTls({ host: "127.0.0.1", port, ca: authority.cert, servername: "localhost", ALPNProtocols: ["h2"] }),
      });
      sessions.push(over);
      expect((await rawCall(over)).grpcStatus).toBe(8);
      expect((await rawCall(over, health)).grpcStatus).toBe(0);
    } finally {
      tls.close();
      rmSync(folder, { recursive: true });
    }
  });
});

/** The server hears of a connection's end a little later than the client. */
async function untilAnswered(work: () => Promise<{ readonly grpcStatus: number | null }>): Promise<void> {
  while ((await work()).grpcStatus !== 0) await new Promise((resolve) => setTimeout(resolve, 10));
}
