import { type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfo, RetryInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import { Status } from "@workflow-compiler/proto/gen/google/rpc/status.ts";
import { CliError, exitCodes } from "./exit.ts";
import type { Target } from "./settings.ts";

/** Who calls: how, and with which command. */
export interface Caller {
  readonly target: Target;
  /** Which version of the server the command needs, as a step to take. */
  readonly versionStep: string;
}

/** What a failed call means for the person who made it, and what to do next. */
export function callFailure(error: ServiceError, address: string, path: string, caller: Caller): CliError {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const details = Buffer.isBuffer(bytes) ? Status.decode(bytes).details : [];
  return refusal({ code: error.code, message: error.details, details }, address, path, caller);
}

/** The same of a status that stands in an answer. */
export function refusal({ code, message, details }: Status, address: string, path: string, caller: Caller): CliError {
  const { target } = caller;
  const method = path.split("/").at(-1) ?? path;
  const rich = readDetails(details);
  const said = message === "" ? "" : `: ${message}`;
  switch (code) {
    case status.UNAVAILABLE:
      return unavailable(message, address, target, rich);
    case status.DEADLINE_EXCEEDED:
      return new CliError("deadline", `${address} did not answer ${method} in time`, [
        "Give it more time with --timeout.",
        "See whether the server is overloaded: wfops status.",
      ]);
    case status.UNAUTHENTICATED:
      return new CliError("unauthenticated", `${address} wants to know who you are${said}`, [...identitySteps(target)]);
    case status.PERMISSION_DENIED:
      return new CliError("permission-denied", `you may not call ${method} at ${address}${said}`, [
        path.includes("OperationsService")
          ? "It takes the role operator: WFC_OPERATORS on the server, or the roles claim of your token."
          : "It takes the role caller: a client certificate has it, a token where its roles claim says so.",
      ]);
    case status.UNIMPLEMENTED:
      return new CliError("unimplemented", `${address} does not know ${method}`, [
        caller.versionStep,
        "Its version is older than this wfops, or it is not the right port: --server leads to the compiler (50051), --operations to the operators' service (50052).",
      ]);
    case status.RESOURCE_EXHAUSTED: {
      if (rich.reason === "MESSAGE_TOO_LARGE") {
        return new CliError("too-large", `${address} refused ${method}: it does not receive messages of this size`, [
          "Definitions may be as large as the server's WFC_MAX_SOURCE_BYTES, by default 1 MiB.",
        ]);
      }
      const wait = rich.retryAfterMs === null ? "" : ` in ${Math.ceil(rich.retryAfterMs / 1_000)} s`;
      const step = `Try again${wait}, or look at the limits: wfops ratelimit show.`;
      const refused = `${address} refused ${method}${said}`;
      return new CliError("resource-exhausted", refused, [step], exitCodes.failed, rich.retryAfterMs);
    }
    case status.INTERNAL:
      return new CliError("internal", `${address} failed in ${method}${said}`, [
        rich.correlationId === ""
          ? "Look into the server's log."
          : `Look for ${rich.correlationId} in the server's log: wfops logs --grep ${rich.correlationId}.`,
      ]);
    default:
      return new CliError(
        (status[code] ?? "unknown").toLowerCase().replaceAll("_", "-"),
        `${method} at ${address} failed${said}`,
      );
  }
}

interface Details {
  /** Of ErrorInfo, such as `RATE_LIMITED`; "" for none. */
  readonly reason: string;
  readonly retryAfterMs: number | null;
  readonly correlationId: string;
}

function unavailable(said: string, address: string, target: Target, { retryAfterMs }: Details): CliError {
  if (retryAfterMs !== null) {
    const step = `Try again in ${Math.ceil(retryAfterMs / 1_000)} s, or ask another replica.`;
    const busy = `${address} takes no calls now: ${said}`;
    return new CliError("unavailable", busy, [step], exitCodes.failed, retryAfterMs);
  }
  const reason = whyAway(said);
  return new CliError("unavailable", `${address} cannot be reached${reason === "" ? "" : ` (${reason})`}`, [
    ...connectionSteps(reason, target),
  ]);
}

/** Of what the library says, which changes from release to release: the part for people; "" where there is none. */
function whyAway(said: string): string {
  if (said.startsWith("Name resolution failed")) return "its name is not known here";
  const [, reason = ""] =
    /: (?:Error: )?((?:connect|read|write|getaddrinfo) \w+)/.exec(said) ??
    /: (?:Error: )?([^:]*certificate[^:]*?)(?:\. Resolution|:|$)/.exec(said) ??
    [];
  return reason;
}

/** A certificate that is refused tells that the server is there. */
function connectionSteps(reason: string, { caFile, certFile }: Target): readonly string[] {
  if (/altnames/.test(reason)) {
    return [
      "Its certificate is for another name: set WFOPS_SERVER_NAME to a name that it has, if this is the server that you mean.",
    ];
  }
  if (/certificate/.test(reason)) {
    return [
      "Its certificate is out of date, or not of the authority in WFOPS_CA: see the server's WFC_TLS_CERT, and docs/security.md.",
    ];
  }
  return [
    "Is it running, and is this its address? --server and --operations, or WFOPS_SERVER and WFOPS_OPERATIONS.",
    caFile !== "" || certFile !== ""
      ? "If the server has no TLS, leave WFOPS_CA, WFOPS_CERT and WFOPS_KEY away."
      : "If the server wants TLS, set WFOPS_CA (a file, or `system`).",
  ];
}

/** What was sent, and counts for nothing. */
function identitySteps({ token, certFile }: Target): readonly string[] {
  if (token !== "") return ["Get a new token for WFOPS_TOKEN, or the token of your context."];
  if (certFile === "") return ["Set WFOPS_TOKEN, or WFOPS_CERT and WFOPS_KEY, or the same in your context."];
  return [
    `${certFile} counts as none: it is out of date, not for clients, or of no authority in the server's WFC_TLS_CLIENT_CA.`,
  ];
}

function readDetails(details: Status["details"]): Details {
  let retryAfterMs: number | null = null;
  let correlationId = "";
  let reason = "";
  for (const { typeUrl, value } of details) {
    if (typeUrl.endsWith("google.rpc.RetryInfo")) {
      const { retryDelay } = RetryInfo.decode(value);
      retryAfterMs = Number(retryDelay?.seconds ?? 0n) * 1_000 + (retryDelay?.nanos ?? 0) / 1e6;
    }
    if (typeUrl.endsWith("google.rpc.ErrorInfo")) {
      const info = ErrorInfo.decode(value);
      correlationId = info.metadata.get("correlation_id") ?? "";
      reason = info.reason;
    }
  }
  return { reason, retryAfterMs, correlationId };
}
