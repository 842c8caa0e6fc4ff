import type { Http2SecureServer, Http2Server, ServerHttp2Stream } from "node:http2";
import type { Server, ServerInterceptingCallInterface } from "@grpc/grpc-js";

/**
 * What we need of grpc-js 1.14 and it keeps to itself. Whoever changes its version finds out here, at the start, and from
 * test/admission.
 */

/** The HTTP/2 server that a connection injector belongs to: the last one that was made. */
export function lastHttp2Server(server: Server): Http2Server | Http2SecureServer {
  const servers: unknown = Reflect.get(server, "http2Servers");
  if (!(servers instanceof Map)) throw changed("http2Servers");
  const last: unknown = [...servers.keys()].at(-1);
  if (!isHttp2Server(last)) throw changed("http2Servers");
  return last;
}

/** Whether a handler is registered for a path such as `/workflow.compiler.v1.CompilerService/Compile`. */
export function handlerPaths(server: Server): { has(path: string): boolean } {
  const handlers: unknown = Reflect.get(server, "handlers");
  if (!(handlers instanceof Map)) throw changed("handlers");
  return handlers;
}

/** The stream under a call; null where the call is not the one nearest to the wire. */
export function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream | null {
  const stream: unknown = Reflect.get(call, "stream");
  return isStream(stream) ? stream : null;
}

function isHttp2Server(value: unknown): value is Http2Server {
  return value instanceof Object && "on" in value && "updateSettings" in value;
}

function isStream(value: unknown): value is ServerHttp2Stream {
  return value instanceof Object && "rstCode" in value && "close" in value;
}

function changed(what: string): Error {
  return new Error(`grpc-js no longer has \`${what}\` as this service knows it`);
}
