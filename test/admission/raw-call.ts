import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { Status } from "@workflow-compiler/proto/gen/google/rpc/status.ts";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { sourceOf } from "../service/harness.ts";

/** What a client that is only HTTP/2 gets. */
export interface RawAnswer {
  /** Of all blocks of headers, the last one counts. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Blocks of headers: one where the answer is trailers only. */
  readonly blocks: number;
  readonly grpcStatus: number | null;
  readonly rich: Status | null;
  /** Of the stream's end. */
  readonly resetCode: number;
}

export interface RawRequest {
  readonly path?: string;
  /** Each message as it goes on the wire, with its five bytes. */
  readonly frames?: readonly Buffer[];
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Leaves the request unfinished. */
  readonly open?: boolean;
}

/** @param localAddress one of this machine, such as 127.0.0.2: whom the server takes the client for. */
export function connectRaw(address: string, localAddress = "127.0.0.1"): ClientHttp2Session {
  const session = connect(`http://${address}`, { createConnection: () => connectSocket(address, localAddress) });
  session.on("error", () => {});
  return session;
}

export function connectSocket(address: string, localAddress = "127.0.0.1"): Socket {
  const [host = "", port = ""] = address.split(":");
  const socket = connectTcp({ host, port: Number(port), localAddress });
  socket.on("error", () => {});
  return socket;
}

const validatePath = Contract.validate.path;

export const validateFrame = frame(
  Contract.validate.requestSerialize({ source: sourceOf("x"), profile: false, allowInlineCode: false, fix: false }),
);

/** A message of gRPC: a flag, four bytes of length, the message. */
export function frame(message: Uint8Array, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export function rawCall(session: ClientHttp2Session, request: RawRequest = {}): Promise<RawAnswer> {
  const { path = validatePath, frames = [validateFrame], headers = {}, open = false } = request;
  return new Promise((resolve) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let seen: Record<string, unknown> = {};
    let blocks = 0;
    const see = (more: IncomingHttpHeaders): void => {
      seen = { ...seen, ...more };
      blocks++;
    };
    stream.on("response", see);
    stream.on("trailers", see);
    stream.on("error", () => {});
    stream.on("close", () => {
      const code = seen["grpc-status"];
      const details = seen["grpc-status-details-bin"];
      resolve({
        headers: seen,
        blocks,
        grpcStatus: typeof code === "string" ? Number(code) : null,
        rich: typeof details === "string" ? Status.decode(Buffer.from(details, "base64")) : null,
        resetCode: stream.rstCode ?? 0,
      });
    });
    stream.resume();
    for (const bytes of frames) stream.write(bytes);
    if (!open) stream.end();
  });
}
