import { status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { refused } from "../grpc/call-error.ts";
import { normalise } from "../grpc/serve.ts";
import type { TransportParts } from "../grpc/transport.ts";
import { plainAddress } from "./address.ts";
import { type Call, unknownMethod } from "./call.ts";
import { type Chain, createChain, type EndListener, type Step } from "./chain.ts";
import { createConnectionGate } from "./connections.ts";
import { createDeadline } from "./deadline.ts";
import { createDraining } from "./draining.ts";
import { createFaultLog, type PeerFault } from "./faults.ts";
import { createRateLimit, type RateLimiter } from "./rate-limit.ts";
import { type MessageGate, openMessageGate } from "./stream-messages.ts";

export interface AdmissionParts {
  readonly log: Pick<Logger, "warn" | "error">;
  readonly limiter: RateLimiter;
  /** Open at once. */
  readonly maxConnections: number;
  /** Of a call that has none of its own, and of each message of a stream, in milliseconds. */
  readonly deadlineMs: number;
  /** Of any unary call, in milliseconds. */
  readonly maxDeadlineMs: number;
  /** Whether new calls are sent to other replicas. */
  readonly isDraining: () => boolean;
  /** Authentication and authorisation. None: everybody may call. */
  readonly identity?: readonly Step[];
  /** Audit, metrics, log line: told of each call's end, in this order. */
  readonly onEnd?: readonly EndListener[];
  /** Told of each message of a stream. */
  readonly onMessage?: (direction: "received" | "sent") => void;
  /** Told of each call and message that a rate refused. */
  readonly onLimited?: (method: string) => void;
  readonly onFault?: (fault: PeerFault) => void;
  /** The trace of the span that is active when a handler begins; "" where there is none. */
  readonly traceId?: () => string;
}

/** How calls come in and go out, for one server. */
export interface Admission extends Chain {
  /** For the messages of one call that is a stream. */
  openStream(call: Call): MessageGate;
  readonly transport: TransportParts;
  /** Counts and logs what a peer did wrong. */
  readonly onPeerFault: (fault: PeerFault, address: string) => void;
  /** How many connections are open. */
  connections(): number;
}

/** The order is drawn in docs/architecture.md, with the status that each step can give. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { limiter, isDraining, deadlineMs, maxDeadlineMs } = parts;
  const onPeerFault = createFaultLog(parts);
  const connections = createConnectionGate({ limiter, maxConnections: parts.maxConnections, onFault: onPeerFault });
  const chain = createChain({
    ...parts,
    steps: [
      connections.step,
      createDraining(isDraining),
      createDeadline({ deadlineMs, maxDeadlineMs }),
      ...(parts.identity ?? []),
      createRateLimit(parts),
      knownMethod(onPeerFault),
    ],
    onEnd: parts.onEnd ?? [],
    onFault: onPeerFault,
    normalise: (fault, method) => normalise(fault, method, parts.log),
  });
  return {
    ...chain,
    openStream: (call) => openMessageGate(call, parts),
    transport: {
      open: (address, socket) => connections.open(plainAddress(address), socket),
      onFault: onPeerFault,
      unknownPath: `/${unknownMethod}`,
    },
    onPeerFault,
    connections: () => connections.size,
  };
}

/** After the rates, so that asking for methods at random is limited as well. */
function knownMethod(onFault: (fault: PeerFault, address: string) => void): Step {
  return {
    name: "method",
    admit({ method, address }) {
      if (method !== unknownMethod) return;
      onFault("unknown_method", address);
      throw refused(status.UNIMPLEMENTED, "UNKNOWN_METHOD", "this server does not have the method that was called");
    },
  };
}
