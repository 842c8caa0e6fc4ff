import { createRequire } from "node:module";

/**
 * gRPC sends a message after five bytes: whether it is compressed, and its length (gRPC over HTTP/2,
 * "Length-Prefixed-Message"). grpc-js copies each message behind them. An answer that is kept has them before it in memory
 * already, so that it is sent without a copy: of a cached answer, copying was a tenth of all CPU, most of it for garbage.
 */
const HEADER_BYTES = 5;

/** A copy of the message with its header before it, in memory of its own. What it gives is the message only. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEADER_BYTES);
  return frame.subarray(HEADER_BYTES);
}

/** The message with its header where that is before it in memory, whoever wrote it; else null. */
function frameOf(message: unknown): Buffer | null {
  if (!Buffer.isBuffer(message) || message.byteOffset < HEADER_BYTES) return null;
  const frame = Buffer.from(message.buffer, message.byteOffset - HEADER_BYTES, HEADER_BYTES + message.length);
  return frame[0] === 0 && frame.readUInt32BE(1) === message.length ? frame : null;
}

type Serialize = (this: object, message: unknown) => Buffer;

/** For all servers of this process whose methods are made by `encodedMethod`. Needs grpc-js 1.14. */
export function sendFramesUncopied(): void {
  const require = createRequire(import.meta.url);
  const { BaseServerInterceptingCall } = require("@grpc/grpc-js/build/src/server-interceptors.js");
  const prototype: unknown = BaseServerInterceptingCall?.prototype;
  if (!isSerializer(prototype)) throw new Error("grpc-js no longer serializes messages as this service knows it");
  const { serializeMessage } = prototype;
  if (serializeMessage.name === "frameOrCopy") return;
  prototype.serializeMessage = function frameOrCopy(message) {
    return frameOf(message) ?? serializeMessage.call(this, message);
  };
}

function isSerializer(value: unknown): value is { serializeMessage: Serialize } {
  return value instanceof Object && "serializeMessage" in value && typeof value.serializeMessage === "function";
}
