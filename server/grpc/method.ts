import type { handleUnaryCall, MethodDefinition } from "@grpc/grpc-js";
import type { Violation } from "./call-error.ts";
import type { RequestRules } from "./request-rules.ts";

/**
 * A request as the transport gives it to a handler. What does not decode, or breaks the contract's rules, is the caller's
 * mistake, so that the handler answers it: grpc-js itself would call it INTERNAL.
 */
export type Decoded<Request> =
  | { readonly request: Request; readonly violations: readonly Violation[] }
  | { readonly malformed: true };

/**
 * A method whose handlers get `Decoded` requests and give encoded answers. Encoding an answer in the handler keeps its
 * failures there too, and lets an answer be kept as bytes.
 */
export type EncodedMethod<Request> = MethodDefinition<Decoded<Request>, Buffer>;

/** @param rules of the request; default: none. */
export function encodedMethod<Request, Response>(
  method: MethodDefinition<Request, Response>,
  rules: RequestRules = () => [],
): EncodedMethod<Request> {
  return {
    path: method.path,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: () => {
      throw new Error("a server's method does not encode requests");
    },
    requestDeserialize: (bytes) => {
      try {
        return { request: method.requestDeserialize(bytes), violations: rules(bytes) };
      } catch {
        return { malformed: true };
      }
    },
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  };
}

export type UnaryHandler<Request> = handleUnaryCall<Decoded<Request>, Buffer>;
