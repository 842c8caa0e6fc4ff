import { constants, type Http2SecureServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import {
  type handleBidiStreamingCall,
  type Server,
  ServerCredentials,
  type ServerOptions,
  setLogger,
  status,
} from "@grpc/grpc-js";
import { guardSession } from "./flood-guard.ts";
import { lastHttp2Server } from "./internals.ts";
import { mendHeaders } from "./mended-headers.ts";

/** Who may connect, and who hears of what goes wrong below the level of calls. */
export interface TransportParts {
  /** Asked of each new connection; null: it is closed at once. */
  readonly open: (address: string, socket: Socket) => { readonly restricted: boolean; closed(): void } | null;
  readonly onFault: (fault: TransportFault, address: string) => void;
  /** The path under which calls of methods that there are not go on. */
  readonly unknownPath: `/${string}`;
  /** How long a connection may take to say that it speaks HTTP/2, TLS included, in milliseconds. Default: 10,000. */
  readonly prefaceMs?: number;
}

export type TransportFault =
  | "no_preface"
  | "protocol"
  | "tls_handshake"
  | "ping_flood"
  | "settings_flood"
  | "bad_metadata";

/**
 * Sockets of a grpc-js server. They are accepted here and then handed over, because grpc-js itself has no limit for
 * connections, waits for ever for those that say nothing, and does not say who is connected.
 */
export interface Transport {
  /** @param address `host:port`; port 0 picks one. Gives it with the port as bound. */
  listen(address: string, credentials?: ServerCredentials): Promise<string>;
  /**
   * Takes no new connections, tells those that are open to go (GOAWAY), and waits for their calls. What is still open
   * after `limitMs` milliseconds is cut off.
   */
  close(limitMs: number): Promise<void>;
}

export interface TransportLimits {
  readonly maxMessageBytes: number;
  readonly keepaliveMs: number;
  readonly connectionAgeMs: number;
  /** Of the longest unary call, in milliseconds: a connection at its age's end waits a little longer. */
  readonly maxDeadlineMs: number;
}

/** Calls at once on one connection. grpc-js has no limit of its own. */
const MAX_STREAMS = 256;

/** Headers of one call, in bytes with 32 for each: what gRPC's own implementations take at most. */
const MAX_HEADER_BYTES = 16_384;

/** Of one connection, in megabytes. New calls over it are refused. grpc-js has no limit of its own. */
const MAX_SESSION_MEGABYTES = 64;

/** After a ping, in milliseconds. */
const KEEPALIVE_TIMEOUT_MS = 20_000;

/** How long a connection that may ask for health only may stay, in milliseconds. */
const RESTRICTED_MS = 30_000;

/** For `new Server(…)`. */
export function transportOptions(limits: TransportLimits): ServerOptions {
  return {
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.max_concurrent_streams": MAX_STREAMS,
    "grpc-node.max_session_memory": MAX_SESSION_MEGABYTES,
    "grpc.keepalive_time_ms": limits.keepaliveMs,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc.max_connection_age_ms": limits.connectionAgeMs,
    "grpc.max_connection_age_grace_ms": limits.maxDeadlineMs + 10_000,
    // Its statistics cost each call something and are read by nobody.
    "grpc.enable_channelz": 0,
  };
}

interface Peer {
  readonly address: string;
  readonly socket: Socket;
  spoke: boolean;
  session: ServerHttp2Session | null;
}

export function createTransport(server: Server, parts: TransportParts): Transport {
  const { open, onFault, unknownPath, prefaceMs = 10_000 } = parts;
  const listeners: NetServer[] = [];
  const peers = new Map<string, Peer>();
  let onEmpty = ignore;
  silenceLibrary(onFault);
  registerUnknown(server, unknownPath);

  const accept = (socket: Socket, inject: (socket: Socket) => void): void => {
    // Whatever becomes of it, an error of a socket must not end the process.
    socket.on("error", ignore);
    const address = socket.remoteAddress ?? "unknown";
    const admitted = socket.remoteAddress === undefined ? null : open(address, socket);
    if (admitted === null) return void socket.destroy();
    const key = keyOf(socket);
    const peer: Peer = { address, socket, spoke: false, session: null };
    peers.set(key, peer);
    const preface = setTimeout(() => {
      if (peer.spoke) return;
      onFault("no_preface", address);
      cut(peer);
    }, prefaceMs).unref();
    const restriction = admitted.restricted
      ? setTimeout(() => {
          if (admitted.restricted) peer.session?.close();
        }, RESTRICTED_MS).unref()
      : undefined;
    socket.once("close", () => {
      clearTimeout(preface);
      clearTimeout(restriction);
      peers.delete(key);
      admitted.closed();
      if (peers.size === 0) onEmpty();
    });
    inject(socket);
  };

  const watchSessions = (http2Server: Http2Server | Http2SecureServer): void => {
    http2Server.updateSettings({ maxHeaderListSize: MAX_HEADER_BYTES });
    http2Server.on("session", (session: ServerHttp2Session) => {
      const peer = peers.get(keyOf(session.socket));
      const address = peer?.address ?? "unknown";
      if (peer) {
        peer.session = session;
        session.once("remoteSettings", () => {
          peer.spoke = true;
        });
      }
      guardSession(session, (fault) => onFault(fault, address));
      session.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code?.startsWith("ERR_HTTP2")) onFault("protocol", address);
      });
    });
    http2Server.on("tlsClientError", (_error: Error, socket: Socket) =>
      onFault("tls_handshake", socket.remoteAddress ?? "unknown"),
    );
    mendHeaders(http2Server, server, unknownPath);
  };

  return {
    async listen(address, credentials = ServerCredentials.createInsecure()) {
      const { host, port } = splitAddress(address);
      const injector = server.createConnectionInjector(credentials);
      watchSessions(lastHttp2Server(server));
      const listener = createServer({ noDelay: true }, (socket) =>
        accept(socket, (accepted) => injector.injectConnection(accepted)),
      );
      const bound = await listenOn(listener, host, port);
      listeners.push(listener);
      return address.replace(/\d+$/, String(bound));
    },
    close(limitMs) {
      for (const listener of listeners) listener.close();
      for (const peer of peers.values()) if (!peer.spoke) cut(peer);
      server.tryShutdown(ignore);
      return new Promise((resolve) => {
        // Not by tryShutdown's own word: it counts only connections that it has accepted itself.
        const timer = setTimeout(() => {
          for (const peer of peers.values()) cut(peer);
          resolve();
        }, limitMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
        if (peers.size === 0) onEmpty();
      });
    },
  };
}

/** A socket that an HTTP/2 session has taken over does not close by itself. */
function cut({ session, socket }: Peer): void {
  session?.destroy(undefined, constants.NGHTTP2_CANCEL);
  socket.destroy();
}

/** Calls of methods that there are not. An interceptor answers them; this is for servers that have none. */
function registerUnknown(server: Server, path: string): void {
  const answer: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    call.emit("error", { code: status.UNIMPLEMENTED, details: "this server does not have the method that was called" });
  };
  const asItIs = (bytes: Buffer): Buffer => bytes;
  server.register(path, answer, asItIs, asItIs, "bidi");
}

/** Its lines repeat what callers send. The one that callers can provoke is counted instead. */
function silenceLibrary(onFault: TransportParts["onFault"]): void {
  const heard = (line: unknown): void => {
    if (typeof line === "string" && line.startsWith("Failed to add metadata entry")) onFault("bad_metadata", "unknown");
  };
  setLogger({ error: heard, info: ignore, debug: ignore });
}

function listenOn(listener: NetServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen({ host, port }, () => {
      listener.off("error", reject);
      listener.on("error", ignore);
      const bound = listener.address();
      resolve(isInternet(bound) ? bound.port : port);
    });
  });
}

function isInternet(bound: AddressInfo | string | null): bound is AddressInfo {
  return typeof bound === "object" && bound !== null;
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

type Ends = Pick<Socket, "remoteAddress" | "remotePort" | "localAddress" | "localPort">;

/** No two open connections have both ends alike. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Ends): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function ignore(): void {}
