import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Any } from "@workflow-compiler/proto/gen/google/protobuf/any.ts";
import { BadRequest, ErrorInfo, RetryInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import { Status } from "@workflow-compiler/proto/gen/google/rpc/status.ts";

/** Names the service in ErrorInfo, as google.rpc asks: a name that no other service uses. */
const DOMAIN = "workflow-compiler.dev";

/** `grpc-status-details-bin` travels in trailers, which peers bound: Python's grpcio lost the status at 8 KB. */
const MAX_STATUS_BYTES = 4_096;
const MAX_MESSAGE = 500;
const MAX_VIOLATIONS = 20;

/** Why a call could not be served: a gRPC status with details of the google.rpc error model. What it says is sent. */
export class CallError extends Error {
  readonly code: status;
  readonly details: readonly Any[];

  constructor(code: status, message: string, details: readonly Any[] = []) {
    super(message);
    this.name = "CallError";
    this.code = code;
    this.details = details;
  }
}

/** A field of the request and what is wrong with it. `field` is its path, such as `source.content`. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

export function invalidArgument(violations: readonly Violation[]): CallError {
  const fieldViolations = violations.slice(0, MAX_VIOLATIONS).map(({ field, description }) => ({
    field,
    description: sendable(description),
    reason: "",
    localizedMessage: undefined,
  }));
  const message = violations.map(({ field, description }) => (field === "" ? description : `${field}: ${description}`));
  const value = Buffer.from(BadRequest.encode({ fieldViolations }).finish());
  return new CallError(status.INVALID_ARGUMENT, message.join("; "), [packed("BadRequest", value)]);
}

export function notFound(message: string, reason: string, metadata: ReadonlyMap<string, string>): CallError {
  return new CallError(status.NOT_FOUND, message, [errorInfo(reason, metadata)]);
}

export function deadlineExceeded(limitMs: number): CallError {
  return new CallError(
    status.DEADLINE_EXCEEDED,
    `the answer was not ready within the server's limit of ${limitMs} ms`,
    [errorInfo("SERVER_DEADLINE", new Map([["limit_ms", String(limitMs)]]))],
  );
}

export function unavailable(retryAfterMs: number): CallError {
  const retryDelay = { seconds: BigInt(Math.floor(retryAfterMs / 1_000)), nanos: (retryAfterMs % 1_000) * 1_000_000 };
  const value = Buffer.from(RetryInfo.encode({ retryDelay }).finish());
  return new CallError(status.UNAVAILABLE, "this replica is shutting down", [packed("RetryInfo", value)]);
}

/** For our own faults. Says nothing of the inside: the id finds the cause in the log. */
export function internal(correlationId: string): CallError {
  return new CallError(status.INTERNAL, `internal error; correlation id ${correlationId}`, [
    errorInfo("INTERNAL", new Map([["correlation_id", correlationId]])),
  ]);
}

/** The form that answers within a stream carry. Details that would not fit are left out, last ones first. */
export function toStatus(error: CallError): Status {
  const message = sendable(error.message);
  const details = [...error.details];
  const build = (): Status => ({ code: error.code, message, details });
  while (details.length > 0 && Status.encode(build()).finish().length > MAX_STATUS_BYTES) details.pop();
  return build();
}

/** The form that ends a call. The metadata stands on the error itself: interceptors drop a callback's third argument. */
export function toServiceError(error: CallError): ServiceError {
  const metadata = new Metadata();
  const rich = toStatus(error);
  metadata.set("grpc-status-details-bin", Buffer.from(Status.encode(rich).finish()));
  return Object.assign(new Error(rich.message), { code: error.code, details: rich.message, metadata });
}

function errorInfo(reason: string, metadata: ReadonlyMap<string, string>): Any {
  return packed(
    "ErrorInfo",
    Buffer.from(ErrorInfo.encode({ reason, domain: DOMAIN, metadata: new Map(metadata) }).finish()),
  );
}

function packed(type: string, value: Buffer): Any {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value };
}

/** Bounded, and of whole characters: grpc-js throws in a later turn on half of one, which ends the process. */
function sendable(text: string): string {
  return text.slice(0, MAX_MESSAGE).toWellFormed();
}
