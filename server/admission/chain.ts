import { constants, type ServerHttp2Stream } from "node:http2";
import type { PeerCertificate } from "node:tls";
import {
  Metadata,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { CallError, refused, toServiceError } from "../grpc/call-error.ts";
import { streamOf } from "../grpc/internals.ts";
import { type Call, type CallEnd, isHealth, type Principal } from "./call.ts";
import { tellEnd } from "./end.ts";
import type { PeerFault } from "./faults.ts";
import { type FollowedCall, followCall } from "./followed-call.ts";
import { createLingering } from "./lingering.ts";
import { explainStatus } from "./transport-status.ts";

/** A call on its way in. Authentication says who it is; nothing else changes. */
export interface Arrival extends Call {
  principal: Principal;
  /** What the caller sent. */
  readonly metadata: Metadata;
  /** Whether it takes or gives more than one message. */
  readonly streaming: boolean;
  /** Of the caller, in milliseconds since 1970; Infinity where it set none. */
  readonly deadline: number;
  readonly connection: Connection;
  /** What the caller showed in the TLS handshake, where a known authority signed it. */
  peerCertificate(): PeerCertificate | null;
  /** Ends the call with an error unless it has ended within so many milliseconds. At most once a call. */
  endAfter(delayMs: number, error: () => CallError): void;
}

/** The two ends of the connection that a call came over. */
export type Connection = ReturnType<ServerInterceptingCallInterface["getConnectionInfo"]>;

/** One question that a call must pass. */
export interface Step {
  readonly name: string;
  /** Also asks `grpc.health.v1.Health`, which passes all other steps unasked. */
  readonly forHealth?: true;
  /**
   * Throws the CallError that the caller gets; whatever else it throws becomes INTERNAL. Return nothing rather than a
   * promise where nothing has to be waited for.
   */
  admit(call: Arrival): void | Promise<void>;
}

/** Told of each call once, however it ended. The answer waits for it, but not for long, and does not fail because of it. */
export type EndListener = (call: Call, end: CallEnd) => void | Promise<void>;

export interface ChainParts {
  /** In the order in which they are asked. */
  readonly steps: readonly Step[];
  /** In the order in which they are told. */
  readonly onEnd: readonly EndListener[];
  /** Makes an error of whatever a step or a listener threw that was not meant for the caller, and logs it. */
  readonly normalise: (fault: unknown, method: string) => CallError;
  /** Told of each message of a stream as it passes. */
  readonly onMessage?: (direction: "received" | "sent") => void;
  /** Told of what callers do wrong below the level of their request. */
  readonly onFault: (fault: PeerFault, address: string) => void;
  /** The trace of the span that is active when a handler begins. */
  readonly traceId?: () => string;
}

export interface Chain {
  readonly interceptor: ServerInterceptor;
  /** The call that a handler of grpc-js was given. */
  callOf(handled: { readonly metadata: Metadata }): Call;
}

/** The listener of a call inside of grpc-js. */
type Listener = Parameters<ServerInterceptingCallInterface["start"]>[0];
type Status = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/** A caller gives up by its own clock, which started a little before the server's. */
const DEADLINE_SKEW_MS = 50;

/**
 * Follows each call of a server from its headers to its end.
 *
 * grpc-js ends some calls by itself (deadline, message too large, answer that does not encode), and what it sends then
 * passes no interceptor: it calls its own `sendStatus`. Therefore this replaces the methods of the call that is nearest to
 * the wire rather than wrapping it, so that every status goes one way; it must be the server's only interceptor. It also
 * costs less than a wrapper, through which each message passes twice.
 */
export function createChain(parts: ChainParts): Chain {
  const steps = [parts.steps, parts.steps.filter(({ forHealth }) => forHealth)] as const;
  const calls = new WeakMap<Metadata, FollowedCall["arrival"]>();
  const lingering = createLingering((address) => parts.onFault("slow_reader", address));

  const interceptor: ServerInterceptor = (method, wire) => {
    const { start, sendMetadata, sendMessage, sendStatus } = wire;
    const call = followCall(method.path.slice(1), method.requestStream || method.responseStream, wire);
    const { arrival } = call;
    let inner: Listener | null = null;
    let headersSent = false;

    const told = (code: status): void | Promise<void> => {
      call.over();
      const end = {
        code: status[code] ?? "UNKNOWN",
        durationMs: Math.round((performance.now() - call.startedAt) * 100) / 100,
        errorCode: arrival.errorCode,
      };
      return tellEnd(parts, arrival, end);
    };
    const explained = (given: Status): CallError =>
      explainStatus(
        given,
        (fault) => parts.onFault(fault, arrival.address),
        () => parts.normalise(new Error(given.details), arrival.method),
      );
    /** Every answer of every kind passes here, the first one counts. */
    const answer = (given: Status): void => {
      if (call.ended) return;
      const error = isRich(given) ? null : explained(given);
      if (error !== null) arrival.errorCode = error.reason;
      if (given.code !== status.OK) call.stop(error ?? failedElsewhere);
      const final = error === null ? given : toServiceError(error);
      const transmit = (): void => {
        // Headers of their own before an error would keep clients from trying again: gRFC A6, "when retries are valid".
        sendStatus.call(wire, headersSent ? final : withRequestId(final, arrival.requestId));
        const stream = streamOf(wire);
        if (stream !== null) release(stream, final.code);
      };
      const waiting = told(final.code);
      if (waiting === undefined) transmit();
      else waiting.then(transmit, transmit);
    };
    /** Sees to it that a stream that has been answered does not stay. */
    const release = (stream: ServerHttp2Stream, code: status): void => {
      // RFC 9113, section 8.1: the rest of a request that has been answered is not asked for.
      if (!headersSent) stream.close(constants.NGHTTP2_NO_ERROR);
      else if (code !== status.DEADLINE_EXCEEDED || arrival.streaming) lingering.add(stream, arrival.address);
      else {
        // The answer was on its way, and was not taken in time.
        parts.onFault("slow_reader", arrival.address);
        stream.close(constants.NGHTTP2_CANCEL);
      }
    };
    const refuse = (fault: unknown): void => {
      if (call.ended) return;
      const error = fault instanceof CallError ? fault : parts.normalise(fault, arrival.method);
      arrival.errorCode = error.reason;
      call.stop(error);
      answer(toServiceError(error));
    };
    const admitTo = (listener: Listener): void => {
      const asked = steps[isHealth(arrival) ? 1 : 0];
      let index = 0;
      const next = (): void => {
        try {
          for (let step = asked[index++]; step !== undefined; step = asked[index++]) {
            if (call.ended) return;
            const waiting = step.admit(arrival);
            if (waiting !== undefined) return void waiting.then(next, refuse);
          }
        } catch (fault) {
          return refuse(fault);
        }
        if (call.ended) return;
        inner = listener;
        listener.onReceiveMetadata(arrival.metadata);
      };
      next();
    };

    call.onExpiry = refuse;
    wire.start = (listener) =>
      start.call(wire, {
        onReceiveMetadata(metadata) {
          call.arrive(metadata);
          calls.set(metadata, arrival);
          admitTo(listener);
        },
        onReceiveMessage(message) {
          if (arrival.streaming) parts.onMessage?.("received");
          listener.onReceiveMessage(message);
        },
        onReceiveHalfClose: () => listener.onReceiveHalfClose(),
        // Said at the end of every call, long after `answer` where there was one.
        onCancel() {
          if (!call.ended) {
            const error = leftBy(arrival.deadline);
            arrival.errorCode = error.reason;
            call.stop(error);
            void told(error.code);
          }
          inner?.onCancel();
        },
      });
    wire.sendMetadata = (metadata) => {
      if (call.ended && !headersSent) return;
      headersSent = true;
      metadata.set("x-request-id", arrival.requestId);
      sendMetadata.call(wire, metadata);
    };
    wire.sendMessage = (message, sent) => {
      if (call.ended) return;
      if (arrival.streaming) parts.onMessage?.("sent");
      sendMessage.call(wire, message, sent);
    };
    wire.sendStatus = answer;
    // grpc-js's type asks for its class, its code for the methods of the interface only.
    return wire as ServerInterceptingCall;
  };

  return {
    interceptor,
    callOf({ metadata }) {
      const call = calls.get(metadata);
      if (call === undefined) throw new Error("the handler's server does not have this chain");
      if (parts.traceId) call.traceId = parts.traceId();
      return call;
    },
  };
}

/** For what is still done for a call whose handler has failed in another part. */
const failedElsewhere = refused(status.CANCELLED, "CALL_OVER", "the call has ended");

/** Whether our own words are in it: grpc-js's own failures have a code and a text only. */
function isRich({ code, metadata }: Status): boolean {
  return code === status.OK || (metadata?.get("grpc-status-details-bin").length ?? 0) > 0;
}

function withRequestId(given: Status, requestId: string): Status {
  const metadata = given.metadata ?? new Metadata();
  metadata.set("x-request-id", requestId);
  return { code: given.code, details: given.details, metadata };
}

function leftBy(deadline: number): CallError {
  if (deadline - DEADLINE_SKEW_MS <= Date.now())
    return refused(status.DEADLINE_EXCEEDED, "CALLER_DEADLINE", "the caller's deadline passed");
  return refused(status.CANCELLED, "CALLER_LEFT", "the caller left");
}
