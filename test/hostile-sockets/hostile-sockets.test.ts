import { once } from "node:events";
import { type ClientHttp2Session, constants } from "node:http2";
import type { Socket } from "node:net";
import { Server } from "@grpc/grpc-js";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTransport } from "../../server/grpc/transport.ts";
import { connectRaw, connectSocket, frame, rawCall, validateFrame } from "../admission/raw-call.ts";
import { emptyCompilation, type Harness, call as send, sourceOf, startHarness } from "../service/harness.ts";

/** What peers do below the level of calls. After each, the service serves as before. */
let harness: Harness;
let faults: string[];
const sockets: Socket[] = [];
const sessions: ClientHttp2Session[] = [];

beforeEach(async () => {
  faults = [];
  harness = await startHarness(
    { compile: async () => ({ ...emptyCompilation, artifact: bigArtifact }) },
    { admission: { onFault: (fault) => faults.push(fault) } },
  );
});
afterEach(async () => {
  const request = { source: sourceOf("x"), profile: false, allowInlineCode: false, fix: false };
  expect((await send(harness.client, Contract.validate, request)).valid).toBe(true);
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const session of sessions.splice(0)) session.destroy();
  await harness.stop();
});

const bigArtifact = {
  digest: "",
  compilerVersion: "",
  workflowName: "",
  entrypoint: "",
  files: [{ path: "workflow.ts", content: "x".repeat(4 * 1024 * 1024) }],
  inputSchema: "",
  outputSchema: "",
  activities: [],
};

function socket(): Socket {
  const made = connectSocket(harness.address);
  made.resume();
  sockets.push(made);
  return made;
}

function session(): ClientHttp2Session {
  const made = connectRaw(harness.address);
  sessions.push(made);
  return made;
}

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

function http2Frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settings = http2Frame(4, 0, 0);
const ping = http2Frame(6, 0, 0, Buffer.alloc(8));

/** HPACK, RFC 7541 section 6.2.3: literals that are not indexed, without compression. */
function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0x10]), text(name), text(value)]),
  );
}

/** Opens a stream of calls. */
const streamHeaders = headerBlock({
  ":method": "POST",
  ":scheme": "http",
  ":authority": "x",
  ":path": Contract.compileStream.path,
  "content-type": "application/grpc",
});

function closed(target: Socket | ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    target.once("close", resolve);
  });
}

/** Writes without end until the other side closes. */
async function flood(target: Socket, bytes: Buffer): Promise<void> {
  const end = closed(target);
  const chunk = Buffer.concat(Array.from({ length: 500 }, () => bytes));
  const more = (): void => {
    while (!target.destroyed && target.write(chunk));
  };
  target.on("drain", more);
  more();
  await end;
}

describe("floods end their connection", () => {
  test("of pings", async () => {
    const target = socket();
    target.write(Buffer.concat([preface, settings]));
    await flood(target, ping);
    // Whichever limit is reached first: ours for pings, or nghttp2's for answers to them that nobody takes.
    expect(["ping_flood", "protocol"]).toContain(faults[0]);
  });

  test("of settings", async () => {
    const target = socket();
    target.write(preface);
    await flood(target, settings);
    expect(faults).toEqual(["settings_flood"]);
  });

  test("of calls that are reset at once", async () => {
    const target = session();
    await once(target, "connect");
    const end = closed(target);
    const resets = setInterval(() => {
      for (let index = 0; index < 100 && !target.closed && !target.destroyed; index++) {
        const stream = target.request({
          [constants.HTTP2_HEADER_METHOD]: "POST",
          [constants.HTTP2_HEADER_PATH]: Contract.validate.path,
          "content-type": "application/grpc",
        });
        stream.on("error", () => {});
        stream.close(constants.NGHTTP2_CANCEL);
      }
    }, 1);
    await end;
    clearInterval(resets);
    // The client may hear of its end before the server's own event.
    await expect.poll(() => faults).toContain("protocol");
  });

  test("of empty data frames", async () => {
    const target = socket();
    target.write(Buffer.concat([preface, settings, http2Frame(1, 4, 1, streamHeaders)]));
    await flood(target, http2Frame(0, 0, 1));
    expect(faults).toEqual(["protocol"]);
  });
});

describe("what says nothing", () => {
  test("a connection without a preface is closed", async () => {
    const server = new Server();
    const seen: string[] = [];
    const transport = createTransport(server, {
      open: () => ({ restricted: false, closed: () => {} }),
      onFault: (fault) => seen.push(fault),
      unknownPath: "/unknown/Unknown",
      prefaceMs: 50,
    });
    const address = await transport.listen("127.0.0.1:0");
    const [silent, slow] = [connectSocket(address), connectSocket(address)];
    slow.resume();
    silent.resume();
    slow.write(preface.subarray(0, 10));
    await Promise.all([once(silent, "close"), once(slow, "close")]);
    expect(seen).toEqual(["no_preface", "no_preface"]);
    await transport.close(1_000);
  });

  test("half-closed sockets do not keep the service from stopping", async () => {
    const target = socket();
    target.end(Buffer.concat([preface, settings]));
    const silent = socket();
    await once(silent, "connect");
    const stopped = await startHarness({});
    const left = connectSocket(stopped.address);
    await once(left, "connect");
    await stopped.stop();
  });
});

describe("what is no HTTP/2", () => {
  test.each([
    ["HTTP/1.1", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["noise", Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7_919) % 256))],
    ["a frame that is too long", Buffer.concat([preface, settings, http2Frame(0, 0, 1, Buffer.alloc(60_000))])],
    ["headers on stream 0", Buffer.concat([preface, settings, http2Frame(1, 4, 0, Buffer.from([0x82]))])],
    ["headers that do not decompress", Buffer.concat([preface, settings, http2Frame(1, 4, 1, Buffer.alloc(20, 0xff))])],
  ])("%s closes the connection, and is counted", async (_what, bytes) => {
    const target = socket();
    target.write(bytes);
    await closed(target);
    expect(faults).toEqual(["protocol"]);
  });

  test("endless headers", async () => {
    const target = socket();
    target.write(Buffer.concat([preface, settings, http2Frame(1, 0, 1, Buffer.from([0x82]))]));
    await flood(target, http2Frame(9, 0, 1, Buffer.alloc(1_000, 0x82)));
  });
});

describe("headers", () => {
  test("that are too large are refused, and the connection stays", async () => {
    const target = session();
    // The limit counts from when the client has heard of it; until then Node's own does, of 64 KB.
    expect((await rawCall(target)).grpcStatus).toBe(0);
    const large = await rawCall(target, { headers: { filler: "x".repeat(20_000) } });
    expect([large.grpcStatus, large.resetCode]).toEqual([null, constants.NGHTTP2_ENHANCE_YOUR_CALM]);
    const many = await rawCall(target, {
      headers: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`filler-${index}`, "x"])),
    });
    expect(many.grpcStatus).toBeNull();
    expect((await rawCall(target)).grpcStatus).toBe(0);
  });

  test("with binary rubbish do no harm", async () => {
    const target = session();
    const latin = await rawCall(target, { headers: { note: "\u00e4\u00ff", "x-request-id": "\u00e4" } });
    expect(latin.grpcStatus).toBe(0);
    expect(faults).toContain("bad_metadata");
    const binary = await rawCall(target, {
      headers: { "trace-bin": "no base64 at all!!", "other-bin": "AAAA,%%%,/w" },
    });
    expect(binary.grpcStatus).toBe(0);
  });
});

describe("slow peers", () => {
  test("a request that never ends is over with its deadline", async () => {
    await harness.stop();
    harness = await startHarness({}, { admission: { deadlineMs: 50, onFault: (fault) => faults.push(fault) } });
    const answer = await rawCall(session(), { frames: [validateFrame.subarray(0, 6)], open: true });
    expect(answer.grpcStatus).toBe(4);
  });

  test("a client that does not take its answer loses it", async () => {
    const target = connectRaw(harness.address);
    sessions.push(target);
    const stream = target.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: Contract.compile.path,
      "content-type": "application/grpc",
      "grpc-timeout": "100m",
    });
    stream.on("error", () => {});
    stream.end(frame(Contract.compile.requestSerialize({ source: sourceOf("x"), options: undefined })));
    // Nothing is read, so that the answer of 4 MB stops at the window of 64 KB.
    const end = new Promise<void>((resolve) => stream.once("close", resolve));
    await until(() => faults.includes("slow_reader"));
    stream.resume();
    await end;
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
