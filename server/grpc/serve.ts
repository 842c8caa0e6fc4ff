import { randomUUID } from "node:crypto";
import type { handleBidiStreamingCall, Metadata, MethodDefinition } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { CallError, internal, invalidArgument, toServiceError } from "./call-error.ts";
import type { Decoded, UnaryHandler } from "./method.ts";

/** What a method gets besides its request, as far as handlers are concerned. */
export interface CallContext {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Adds to the call's line in the log. Must not hold anything of a definition but its name. */
  note(fields: Readonly<Record<string, string | number | boolean>>): void;
  /** ErrorInfo's reason where the call fails. */
  errorCode: string;
}

/** What all calls of a server share. */
export interface Edge<Call extends CallContext> {
  readonly log: Pick<Logger, "error">;
  /** The call that a handler of grpc-js was given. */
  callOf(handled: { readonly metadata: Metadata }): Call;
  /** Told of bytes that are no message. */
  onMalformed?(call: Call): void;
}

/** A method as the contract defines it. */
type Method<Request, Response> = MethodDefinition<Request, Response>;

/**
 * Makes a handler of a method's logic. grpc-js hangs a call whose handler throws, rejects or answers twice; here every
 * way out of `serve` is exactly one answer. An answer that is given as bytes is sent as it is.
 */
export function unary<Request, Response, Call extends CallContext>(
  method: Method<Request, Response>,
  edge: Edge<Call>,
  serve: (request: Request, call: Call) => Response | Uint8Array | Promise<Response | Uint8Array>,
): UnaryHandler<Request> {
  const answer = async (decoded: Decoded<Request>, call: Call): Promise<Buffer> =>
    encoded(method, await serve(received(decoded, call, edge), call));
  return (handled, callback) => {
    const call = edge.callOf(handled);
    answer(handled.request, call).then(
      (bytes) => callback(null, bytes),
      (fault: unknown) => callback(toServiceError(failed(fault, call, method.path, edge))),
    );
  };
}

/**
 * Makes a handler of a method whose requests are answered one by one as they finish. Reads no further while
 * `concurrency` of them are under way; one is under way until its answer has left, so that a client that does not read
 * is not read from.
 *
 * @param open begins a stream. What it gives answers its requests: what goes wrong with one is part of its answer; where it
 *   rejects, the whole stream fails.
 */
export function answering<Request, Response, Call extends CallContext>(
  method: Method<Request, Response>,
  edge: Edge<Call>,
  concurrency: number,
  open: (call: Call) => (request: Decoded<Request>, index: number) => Promise<Response | Uint8Array>,
): handleBidiStreamingCall<Decoded<Request>, Buffer> {
  return (handled) => {
    const call = edge.callOf(handled);
    const answer = open(call);
    const fail = (fault: unknown): void => {
      handled.emit("error", toServiceError(failed(fault, call, method.path, edge)));
    };
    let count = 0;
    let underWay = 0;
    let allRead = false;
    const finishIfDone = (): void => {
      if (!allRead || underWay > 0) return;
      call.note({ requests: count });
      handled.end();
    };
    handled.on("data", (request: Decoded<Request>) => {
      underWay++;
      if (underWay >= concurrency) handled.pause();
      const sent = (): void => {
        underWay--;
        handled.resume();
        finishIfDone();
      };
      answer(request, count++)
        .then((response) => handled.write(encoded(method, response), sent))
        .catch(fail);
    });
    handled.on("end", () => {
      allRead = true;
      finishIfDone();
    });
  };
}

/** The request. @throws the answer to one that does not decode or breaks the contract's rules. */
export function received<Request, Call extends CallContext>(
  decoded: Decoded<Request>,
  call: Call,
  edge: Edge<Call>,
): Request {
  if ("request" in decoded) {
    if (decoded.violations.length > 0) throw invalidArgument(decoded.violations);
    return decoded.request;
  }
  edge.onMalformed?.(call);
  throw invalidArgument([{ field: "", description: "the message is not the protobuf message that this method takes" }]);
}

/** Makes one of everything that can go wrong: what was meant for the caller stays, our own faults become INTERNAL. */
export function normalise(fault: unknown, method: string, log: Pick<Logger, "error">): CallError {
  if (fault instanceof CallError) return fault;
  const correlationId = randomUUID();
  log.error({ call: method, correlationId, err: fault }, "fault");
  return internal(correlationId);
}

/** As `normalise`, and known to the call. */
export function failed<Call extends CallContext>(
  fault: unknown,
  call: Call,
  path: string,
  edge: Edge<Call>,
): CallError {
  const error = normalise(fault, path.slice(1), edge.log);
  call.errorCode = error.reason;
  return error;
}

function encoded<Request, Response>(method: Method<Request, Response>, answer: Response | Uint8Array): Buffer {
  if (!(answer instanceof Uint8Array)) return method.responseSerialize(answer);
  return Buffer.isBuffer(answer) ? answer : Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
}
