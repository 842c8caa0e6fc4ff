import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Any } from "@workflow-compiler/proto/gen/google/protobuf/any.ts";
import {
  BadRequest,
  ErrorInfo,
  QuotaFailure,
  RetryInfo,
} from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
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
  /** ErrorInfo's reason, for the log; "" where it has none. */
  readonly reason: string;
  /** Sent as `retry-after` too; null: nothing is said of when to try again. */
  readonly retryAfterMs: number | null;

  constructor(code: status, message: string, { details = [], reason = "", retryAfterMs = null }: CallErrorMore = {}) {
    super(message);
    this.name = "CallError";
    this.code = code;
    this.details = details;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

interface CallErrorMore {
  readonly details?: readonly Any[];
  readonly reason?: string;
  readonly retryAfterMs?: number | null;
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
  return new CallError(status.INVALID_ARGUMENT, message.join("; "), { details: [packed("BadRequest", value)] });
}

export function notFound(message: string, reason: string, metadata: ReadonlyMap<string, string>): CallError {
  return refused(status.NOT_FOUND, reason, message, { metadata });
}

/**
 * Any other refusal: `reason` is ErrorInfo's, in capitals with underscores.
 *
 * @param more `retryAfterMs` adds RetryInfo and the metadata `retry-after`; `metadata` goes into ErrorInfo.
 */
export function refused(
  code: status,
  reason: string,
  message: string,
  more: { readonly metadata?: ReadonlyMap<string, string>; readonly retryAfterMs?: number } = {},
): CallError {
  const details = [errorInfo(reason, more.metadata ?? new Map())];
  const { retryAfterMs } = more;
  if (retryAfterMs === undefined) return new CallError(code, message, { details, reason });
  return new CallError(code, message, { details: [...details, retryInfo(retryAfterMs)], reason, retryAfterMs });
}

export function deadlineExceeded(limitMs: number): CallError {
  const message = `the answer was not ready within the server's limit of ${limitMs} ms`;
  const metadata = new Map([["limit_ms", String(limitMs)]]);
  return refused(status.DEADLINE_EXCEEDED, "SERVER_DEADLINE", message, { metadata });
}

/** While this replica shuts down. */
export function unavailable(retryAfterMs: number): CallError {
  return refused(status.UNAVAILABLE, "SHUTTING_DOWN", "this replica is shutting down", { retryAfterMs });
}

/** @param subject whose quota it is, such as `address:10.0.0.1`. */
export function overQuota(subject: string, description: string, retryAfterMs: number): CallError {
  const violation = {
    subject: sendable(subject),
    description: sendable(description),
    apiService: "",
    quotaMetric: "",
    quotaId: "",
    quotaDimensions: new Map<string, string>(),
    quotaValue: 0n,
    futureQuotaValue: undefined,
  };
  const quota = packed("QuotaFailure", Buffer.from(QuotaFailure.encode({ violations: [violation] }).finish()));
  const error = refused(status.RESOURCE_EXHAUSTED, "RATE_LIMITED", description, { retryAfterMs });
  return new CallError(error.code, error.message, { ...error, details: [...error.details, quota] });
}

/** For our own faults. Says nothing of the inside: the id finds the cause in the log. */
export function internal(correlationId: string): CallError {
  const metadata = new Map([["correlation_id", correlationId]]);
  return refused(status.INTERNAL, "INTERNAL", `internal error; correlation id ${correlationId}`, { metadata });
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
  if (error.retryAfterMs !== null) metadata.set("retry-after", String(Math.ceil(error.retryAfterMs / 1_000)));
  return Object.assign(new Error(rich.message), { code: error.code, details: rich.message, metadata });
}

function retryInfo(afterMs: number): Any {
  const wholeMs = Math.ceil(afterMs);
  const retryDelay = { seconds: BigInt(Math.floor(wholeMs / 1_000)), nanos: (wholeMs % 1_000) * 1_000_000 };
  return packed("RetryInfo", Buffer.from(RetryInfo.encode({ retryDelay }).finish()));
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
