import { Metadata, type ServerInterceptingCallInterface } from "@grpc/grpc-js";
import type { CallError } from "../grpc/call-error.ts";
import { peerCertificateOf } from "../grpc/peer-certificate.ts";
import { plainAddress } from "./address.ts";
import type { Notes, Principal } from "./call.ts";
import type { Arrival } from "./chain.ts";
import { requestIdOf } from "./request-id.ts";

/** A call as the chain handles it; steps and handlers see its `arrival`. */
export interface FollowedCall {
  readonly arrival: Arrival & { traceId: string };
  /** By `performance.now()`. */
  readonly startedAt: number;
  ended: boolean;
  /** Called with the error that `arrival.endAfter` was given, unless the call is over by then. */
  onExpiry: (error: CallError) => void;
  /** The headers are there. */
  arrive(metadata: Metadata): void;
  /** Its answer is known; nothing more can end it. */
  over(): void;
  /** Aborts what is done for it. */
  stop(error: CallError): void;
}

/** Before authentication. */
const nobody: Principal = { name: "anonymous", kind: "anonymous", roles: new Set() };
const noMetadata = new Metadata();
const noNotes: Notes = {};

export function followCall(method: string, streaming: boolean, wire: ServerInterceptingCallInterface): FollowedCall {
  const connection = wire.getConnectionInfo();
  let requestId = "";
  let received = noMetadata;
  let notes = noNotes;
  let abort: AbortController | null = null;
  let stopped: CallError | null = null;
  let timer: NodeJS.Timeout | null = null;
  const arrival: FollowedCall["arrival"] = {
    get requestId() {
      return requestId;
    },
    get metadata() {
      return received;
    },
    get notes() {
      return notes;
    },
    get deadline() {
      return Number(wire.getDeadline());
    },
    /** Made when it is asked for: an answer from the cache does not. */
    get signal() {
      if (abort === null) {
        abort = new AbortController();
        if (stopped !== null) abort.abort(stopped);
      }
      return abort.signal;
    },
    method,
    streaming,
    connection,
    address: plainAddress(connection.remoteAddress),
    principal: nobody,
    arrivedAt: Date.now(),
    resource: "",
    reason: "",
    errorCode: "",
    traceId: "",
    note(more) {
      notes = notes === noNotes ? more : { ...notes, ...more };
    },
    peerCertificate: () => peerCertificateOf(wire),
    endAfter(delayMs, error) {
      timer = setTimeout(() => call.onExpiry(error()), delayMs);
    },
  };
  const call: FollowedCall = {
    arrival,
    startedAt: performance.now(),
    ended: false,
    onExpiry: () => {},
    arrive(metadata) {
      received = metadata;
      requestId = requestIdOf(metadata);
    },
    over() {
      call.ended = true;
      if (timer !== null) clearTimeout(timer);
    },
    stop(error) {
      stopped ??= error;
      abort?.abort(stopped);
    },
  };
  return call;
}
