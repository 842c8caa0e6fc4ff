import { once } from "node:events";
import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  MethodDefinition,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { toServiceError } from "./call-error.ts";
import type { Decoded } from "./method.ts";
import { type CallContext, type Edge, failed, received } from "./serve.ts";

/** A method as the contract defines it. */
type Method<Request, Response> = MethodDefinition<Request, Response>;

/**
 * Makes a handler of a method that answers one request with many messages. Asks `produce` for the next one when the last
 * has left, so that a client that does not read has nothing pile up here; ends it where the client leaves.
 */
export function producing<Request, Response, Call extends CallContext>(
  method: Method<Request, Response>,
  edge: Edge<Call>,
  produce: (request: Request, call: Call) => AsyncIterable<Response>,
): handleServerStreamingCall<Decoded<Request>, Buffer> {
  return (handled) => {
    const call = edge.callOf(handled);
    const send = async (): Promise<void> => {
      const request = received(handled.request, call, edge);
      for await (const response of produce(request, call)) {
        call.signal.throwIfAborted();
        if (!handled.write(method.responseSerialize(response))) await drained(handled, call.signal);
      }
    };
    send().then(
      () => handled.end(),
      (fault: unknown) => handled.emit("error", toServiceError(failed(fault, call, method.path, edge))),
    );
  };
}

/** Makes a handler of a method that answers many messages with one. Reads no faster than `consume` asks for them. */
export function consuming<Request, Response, Call extends CallContext>(
  method: Method<Request, Response>,
  edge: Edge<Call>,
  consume: (requests: AsyncIterable<Request>, call: Call) => Promise<Response>,
): handleClientStreamingCall<Decoded<Request>, Buffer> {
  return (handled, callback) => {
    const call = edge.callOf(handled);
    const answer = async (): Promise<Buffer> => {
      const requests = decodedOf(handled, (request: Decoded<Request>) => received(request, call, edge));
      return method.responseSerialize(await consume(requests, call));
    };
    answer().then(
      (bytes) => callback(null, bytes),
      (fault: unknown) => callback(toServiceError(failed(fault, call, method.path, edge))),
    );
  };
}

async function* decodedOf<Sent, Request>(
  messages: AsyncIterable<Sent>,
  decode: (message: Sent) => Request,
): AsyncGenerator<Request> {
  for await (const message of messages) yield decode(message);
}

/** Rejects with the reason of `signal` where the client leaves first. */
async function drained(handled: ServerWritableStream<unknown, Buffer>, signal: AbortSignal): Promise<void> {
  try {
    await once(handled, "drain", { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
