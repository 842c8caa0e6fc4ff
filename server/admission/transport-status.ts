import { status } from "@grpc/grpc-js";
import { type CallError, refused } from "../grpc/call-error.ts";
import type { PeerFault } from "./faults.ts";

/** What grpc-js 1.14 sends by itself: a code and a text. A test provokes each. */
interface Given {
  readonly code: status;
  readonly details: string;
}

interface Failure {
  readonly given: status;
  readonly begins: string;
  readonly code: status;
  readonly reason: string;
  readonly message: string;
  readonly fault?: PeerFault;
}

/**
 * Where the code that is sent is another one, the caller has made the mistake and grpc-js says INTERNAL. Texts are ours,
 * because some of its own repeat what the caller sent.
 */
const failures: readonly Failure[] = [
  {
    given: status.DEADLINE_EXCEEDED,
    begins: "Deadline exceeded",
    code: status.DEADLINE_EXCEEDED,
    reason: "CALLER_DEADLINE",
    message: "the caller's deadline passed",
  },
  {
    given: status.RESOURCE_EXHAUSTED,
    begins: "Received message",
    code: status.RESOURCE_EXHAUSTED,
    reason: "MESSAGE_TOO_LARGE",
    message: "the message is larger than this server receives",
    fault: "oversized_message",
  },
  {
    given: status.RESOURCE_EXHAUSTED,
    begins: "Sent message",
    code: status.RESOURCE_EXHAUSTED,
    reason: "ANSWER_TOO_LARGE",
    message: "the answer is larger than this server sends",
  },
  {
    given: status.INTERNAL,
    begins: "Invalid grpc-timeout",
    code: status.INVALID_ARGUMENT,
    reason: "BAD_TIMEOUT",
    message: "the header `grpc-timeout` is not a duration as gRPC writes it, such as `30S`",
    fault: "bad_timeout",
  },
  {
    given: status.INTERNAL,
    begins: "Failed to decompress",
    code: status.INVALID_ARGUMENT,
    reason: "BAD_COMPRESSION",
    message: "the message does not decompress with the encoding that `grpc-encoding` names",
    fault: "bad_compression",
  },
  {
    given: status.UNIMPLEMENTED,
    begins: "Received message compressed",
    code: status.UNIMPLEMENTED,
    reason: "UNKNOWN_COMPRESSION",
    message: "this server decompresses gzip and deflate only",
    fault: "bad_compression",
  },
  {
    given: status.UNIMPLEMENTED,
    begins: "Received no request",
    code: status.UNIMPLEMENTED,
    reason: "NO_MESSAGE",
    message: "the call ended before its request came",
    fault: "message_count",
  },
  {
    given: status.UNIMPLEMENTED,
    begins: "Received a second request",
    code: status.UNIMPLEMENTED,
    reason: "SECOND_MESSAGE",
    message: "this method takes one request",
    fault: "message_count",
  },
];

/**
 * @param onFault told where a peer did it.
 * @param ours makes the error of what is ours: a handler that threw, an answer that does not encode.
 */
export function explainStatus(
  { code, details }: Given,
  onFault: (fault: PeerFault) => void,
  ours: () => CallError,
): CallError {
  const known = failures.find(({ given, begins }) => given === code && details.startsWith(begins));
  if (known === undefined) return ours();
  if (known.fault) onFault(known.fault);
  return refused(known.code, known.reason, known.message);
}
