import { randomUUID } from "node:crypto";
import { type handleBidiStreamingCall, type MethodDefinition, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { CallError, deadlineExceeded, internal, invalidArgument, toServiceError, unavailable } from "./call-error.ts";
import type { Decoded, UnaryHandler } from "./method.ts";

/** What all calls of a server share. */
export interface Edge {
  readonly log: Logger;
  /** How long an answer may take, in milliseconds; a caller's shorter deadline counts before it. */
  readonly deadlineMs: number;
  /** Whether the server is shutting down: it finishes what it has and takes nothing new. */
  readonly isDraining: () => boolean;
}

/** What a method gets besides its request. */
export interface CallContext {
  /** Aborts when nobody waits for the answer any more: a deadline passed or the caller left. */
  readonly signal: AbortSignal;
  /** Adds to the call's line in the log. Must not hold anything of a definition but its name. */
  note(fields: Readonly<Record<string, string | number | boolean>>): void;
}

/** How long a client should wait before it tries another replica. */
const DRAIN_RETRY_MS = 1_000;

/** A caller gives up by its own clock, which started a little before the server's. */
const DEADLINE_SKEW_MS = 50;

/** A method as the contract defines it. */
type Method<Request, Response> = MethodDefinition<Request, Response>;

/**
 * Makes a handler of a method's logic. grpc-js hangs a call whose handler throws, rejects or answers twice; here every
 * way out of `serve` is exactly one answer, and one line in the log.
 */
export function unary<Request, Response>(
  method: Method<Request, Response>,
  edge: Edge,
  serve: (request: Request, call: CallContext) => Response | Promise<Response>,
): UnaryHandler<Request> {
  return (call, callback) => {
    const record = openRecord(method.path, edge.log);
    withinLimits(edge, callerSignal(call), async (signal) => {
      const request = received(call.request);
      return method.responseSerialize(await serve(request, { signal, note: record.note }));
    }).then(
      (bytes) => {
        record.close(null);
        callback(null, bytes);
      },
      (fault: unknown) => {
        const error = record.close(fault);
        if (!call.cancelled) callback(toServiceError(error));
      },
    );
  };
}

/**
 * Makes a handler of a method whose requests are answered one by one as they finish. Reads no further while
 * `concurrency` of them are under way; one is under way until its answer has left, so that a client that does not read
 * is not read from.
 *
 * @param answer what goes wrong with one request is part of its answer; where it rejects, the whole stream fails.
 */
export function answering<Request, Response>(
  method: Method<Request, Response>,
  edge: Edge,
  concurrency: number,
  answer: (request: Decoded<Request>, index: number, signal: AbortSignal) => Promise<Response>,
): handleBidiStreamingCall<Decoded<Request>, Buffer> {
  return (call) => {
    const record = openRecord(method.path, edge.log);
    const signal = callerSignal(call);
    // Said at the end of every call; one that has ended well is closed by then.
    signal.addEventListener("abort", () => record.close(signal.reason), { once: true });
    const fail = (fault: unknown): void => {
      const error = record.close(fault);
      if (!call.cancelled) call.emit("error", toServiceError(error));
    };
    if (edge.isDraining()) return fail(unavailable(DRAIN_RETRY_MS));
    let count = 0;
    let underWay = 0;
    let allRead = false;
    const finishIfDone = (): void => {
      if (!allRead || underWay > 0) return;
      record.note({ requests: count });
      record.close(null);
      call.end();
    };
    call.on("data", (request: Decoded<Request>) => {
      underWay++;
      if (underWay >= concurrency) call.pause();
      const sent = (): void => {
        underWay--;
        call.resume();
        finishIfDone();
      };
      answer(request, count++, signal)
        .then((response) => call.write(method.responseSerialize(response), sent))
        .catch(fail);
    });
    call.on("end", () => {
      allRead = true;
      finishIfDone();
    });
  };
}

/** The request, or the answer to one that does not decode. */
export function received<Request>(decoded: Decoded<Request>): Request {
  if ("request" in decoded) return decoded.request;
  throw invalidArgument([{ field: "", description: "the message is not the protobuf message that this method takes" }]);
}

/** Runs `work` unless the server is draining, and gives up when the server's deadline passes or `caller` aborts. */
export async function withinLimits<T>(
  edge: Edge,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (edge.isDraining()) throw unavailable(DRAIN_RETRY_MS);
  const stop = new AbortController();
  const callerStops = (): void => stop.abort(caller.reason);
  const timer = setTimeout(() => stop.abort(deadlineExceeded(edge.deadlineMs)), edge.deadlineMs);
  const stopped = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  caller.addEventListener("abort", callerStops, { once: true });
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    clearTimeout(timer);
    caller.removeEventListener("abort", callerStops);
  }
}

/** Makes one of everything that can go wrong: what was meant for the caller stays, our own faults become INTERNAL. */
export function normalise(fault: unknown, path: string, log: Logger): CallError {
  if (fault instanceof CallError) return fault;
  const correlationId = randomUUID();
  log.error({ call: path.slice(1), correlationId, err: fault }, "fault");
  return internal(correlationId);
}

/** What unary and streaming calls have alike. */
interface EndingCall {
  on(event: "cancelled", listener: () => void): unknown;
  getDeadline(): Date | number;
}

/** Aborts when grpc-js says that a call is over: the caller left, its own deadline passed, or it was answered. */
function callerSignal(call: EndingCall): AbortSignal {
  const left = new AbortController();
  call.on("cancelled", () => {
    const past = Number(call.getDeadline()) - DEADLINE_SKEW_MS <= Date.now();
    const code = past ? status.DEADLINE_EXCEEDED : status.CANCELLED;
    left.abort(new CallError(code, past ? "the caller's deadline passed" : "the caller left"));
  });
  return left.signal;
}

interface CallRecord {
  note: CallContext["note"];
  /** Writes the line, once. Gives the error to answer with; OK where `fault` is null. */
  close(fault: unknown): CallError;
}

function openRecord(path: string, log: Logger): CallRecord {
  const start = performance.now();
  const fields: Record<string, string | number | boolean> = {};
  let closed = false;
  return {
    note: (more) => void Object.assign(fields, more),
    close(fault) {
      const error = fault === null ? new CallError(status.OK, "") : normalise(fault, path, log);
      if (!closed) {
        const durationMs = Math.round((performance.now() - start) * 100) / 100;
        log.info({ call: path.slice(1), code: status[error.code], durationMs, ...fields }, "call");
      }
      closed = true;
      return error;
    },
  };
}
