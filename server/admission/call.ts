/** What admission knows of a call, from its first byte to its end. */
export interface Call {
  /** From the caller's `x-request-id`, else made here; echoed in the answer, in the log and in the audit log. */
  readonly requestId: string;
  /** Without the leading slash: `workflow.compiler.v1.CompilerService/Compile`; `unknownMethod` where there is no such method. */
  readonly method: string;
  /** Of the peer, without its port. */
  readonly address: string;
  /** Who calls; anonymous until authentication has passed. */
  readonly principal: Principal;
  /** When it arrived, in milliseconds since 1970. */
  readonly arrivedAt: number;
  /** Aborts when nobody waits for the answer any more, with the CallError that says why: a deadline passed, the caller left. */
  readonly signal: AbortSignal;
  /** Adds to the call's line in the log. Must not hold anything of a definition but its name. */
  note(fields: Notes): void;
  /** What was noted so far. */
  readonly notes: Notes;
  /** What the call is about, for the audit log: the SHA-256 of the source, the id of a dead letter; "" where nothing. */
  resource: string;
  /** Why an operator changes something, in the operator's words, for the audit log; "" for all other calls. */
  reason: string;
  /** Set where the answer is a diagnostic: the code of the first error. An error status sets its own. */
  errorCode: string;
  /** Of the trace that the call belongs to; "" where it has none. Known once a handler has the call. */
  readonly traceId: string;
}

export type Notes = Readonly<Record<string, string | number | boolean>>;

export interface Principal {
  /** `anonymous`, the SAN of a client certificate, or the subject of a token. */
  readonly name: string;
  readonly kind: "anonymous" | "certificate" | "token";
  readonly roles: ReadonlySet<Role>;
}

/** `caller` may use CompilerService, `operator` OperationsService too. */
export type Role = "caller" | "operator";

/** How a call ended. */
export interface CallEnd {
  /** Name of the gRPC status, such as `OK` or `RESOURCE_EXHAUSTED`. */
  readonly code: string;
  readonly durationMs: number;
  /** The first diagnostic's code of severity "error", else ErrorInfo's reason, else "". */
  readonly errorCode: string;
}

/** Calls of methods that the server does not have go by one name, so that callers cannot make up names in logs and metrics. */
export const unknownMethod = "unknown/Unknown";

/** `grpc.health.v1.Health`: served to anybody, and under any load. */
export function isHealth(call: Pick<Call, "method">): boolean {
  return call.method.startsWith("grpc.health.v1.Health/");
}
