import type { PeerCertificate } from "node:tls";
import type { ServerInterceptingCallInterface } from "@grpc/grpc-js";
import { streamOf } from "./internals.ts";

/** By connection: Node reads a certificate anew for each that asks, which costs 50 microseconds. */
const known = new WeakMap<object, PeerCertificate | null>();

/**
 * What the peer showed in the handshake, where an authority that the listener knows had signed it; else null. It stays what
 * it was at the handshake for as long as the connection lives, which its age bounds.
 */
export function peerCertificateOf(call: ServerInterceptingCallInterface): PeerCertificate | null {
  const session = streamOf(call)?.session;
  const found = session && known.get(session);
  if (found !== undefined) return found;
  const certificate = call.getAuthContext().sslPeerCertificate ?? null;
  if (session) known.set(session, certificate);
  return certificate;
}
