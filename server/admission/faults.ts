/** What peers do wrong below the level of a request, by mistake or on purpose. Bounded: these are labels of a metric. */
export type PeerFault =
  /** A message larger than the server receives, before or after it was decompressed. */
  | "oversized_message"
  | "bad_compression"
  | "bad_timeout"
  /** None, or more than one, where a method takes one. */
  | "message_count"
  /** Bytes that are not the protobuf message that the method takes. */
  | "malformed_message"
  /** Values of headers that are not ASCII, or more of them than the server takes. */
  | "bad_metadata"
  | "unknown_method"
  /** Does not take its answer. */
  | "slow_reader"
  /** Connects and does not speak HTTP/2 in time. */
  | "no_preface"
  /** Breaks the rules of HTTP/2. */
  | "protocol"
  | "tls_handshake"
  | "ping_flood"
  | "settings_flood"
  | "connection_limit"
  | "connection_rate";

export interface FaultLogParts {
  readonly log: { warn(fields: object, message: string): void };
  /** Counts. */
  readonly onFault?: (fault: PeerFault) => void;
  /** In milliseconds, always forward. Default: `performance.now`. */
  readonly now?: () => number;
}

/** How often each fault is a line in the log at most, in milliseconds. Whoever makes them in masses must not fill the disk. */
const LINE_EACH_MS = 10_000;

/** Counts each fault; logs the first of its kind, and after that one line in ten seconds with how many there were. */
export function createFaultLog({ log, onFault, now = () => performance.now() }: FaultLogParts) {
  const kinds = new Map<PeerFault, { nextLineAt: number; unlogged: number }>();
  return (fault: PeerFault, address: string): void => {
    onFault?.(fault);
    const at = now();
    const kind = kinds.get(fault) ?? { nextLineAt: at, unlogged: 0 };
    kinds.set(fault, kind);
    if (at < kind.nextLineAt) {
      kind.unlogged++;
      return;
    }
    log.warn({ fault, address, unlogged: kind.unlogged }, "peer fault");
    kind.nextLineAt = at + LINE_EACH_MS;
    kind.unlogged = 0;
  };
}
