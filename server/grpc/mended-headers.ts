import { constants, type Http2SecureServer, type Http2Server } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { handlerPaths } from "./internals.ts";

/** Changes headers before grpc-js reads them, where it would not do what it should. */
export function mendHeaders(http2Server: Http2Server | Http2SecureServer, server: Server, unknownPath: string): void {
  const known = handlerPaths(server);
  http2Server.prependListener("stream", (_stream, headers) => {
    const path = headers[constants.HTTP2_HEADER_PATH];
    // Its own answer to these passes no interceptor.
    if (typeof path !== "string" || !known.has(path)) headers[constants.HTTP2_HEADER_PATH] = unknownPath;
    const timeout = headers["grpc-timeout"];
    // It counts in 32 bits: 1000H would be over at once.
    if (typeof timeout === "string" && isBeyondTimers(timeout)) headers["grpc-timeout"] = "500H";
  });
}

const timeoutUnitsMs = new Map([
  ["H", 3_600_000],
  ["M", 60_000],
  ["S", 1_000],
]);

function isBeyondTimers(timeout: string): boolean {
  const [, digits, unit = ""] = /^(\d{1,8})([HMS])$/.exec(timeout) ?? [];
  return Number(digits) * (timeoutUnitsMs.get(unit) ?? 0) > 0x7fff_ffff;
}
