import type { Connection, Step } from "./chain.ts";
import type { PeerFault } from "./faults.ts";
import { type RateLimiter, refusedBy } from "./rate-limit.ts";

/**
 * Who may connect. A connection over the rate of its address is let in all the same, and may ask for health only: kubelets
 * probe with a new connection each time. It becomes one like any other as soon as the rate allows.
 */
export interface ConnectionGate {
  /** Asked of each new connection; null: close it at once. */
  open(address: string, ends: Connection): Admitted | null;
  /** Holds calls to what their connection may do. */
  readonly step: Step;
  /** How many are open. */
  readonly size: number;
}

export interface Admitted {
  /** Whether it may ask for health only, as of now. */
  readonly restricted: boolean;
  closed(): void;
}

export interface ConnectionGateParts {
  readonly limiter: RateLimiter;
  /** Open at once, from all addresses. */
  readonly maxConnections: number;
  readonly onFault: (fault: PeerFault, address: string) => void;
}

/** Of one address at once. Probes need one, and each is a place that others do not get. */
const MAX_RESTRICTED = 8;

export function createConnectionGate({ limiter, maxConnections, onFault }: ConnectionGateParts): ConnectionGate {
  const restricted = new Map<string, string>();
  const restrictedBy = new Map<string, number>();
  let size = 0;

  const release = (key: string): void => {
    const address = restricted.get(key);
    if (address === undefined) return;
    restricted.delete(key);
    const left = (restrictedBy.get(address) ?? 1) - 1;
    if (left === 0) restrictedBy.delete(address);
    else restrictedBy.set(address, left);
  };

  return {
    open(address, ends) {
      if (size >= maxConnections) {
        onFault("connection_limit", address);
        return null;
      }
      const key = keyOf(ends);
      if (limiter.takeConnection(address) !== null) {
        onFault("connection_rate", address);
        const count = restrictedBy.get(address) ?? 0;
        if (count >= MAX_RESTRICTED) return null;
        restrictedBy.set(address, count + 1);
        restricted.set(key, address);
      }
      size++;
      return {
        get restricted() {
          return restricted.has(key);
        },
        closed() {
          size--;
          release(key);
        },
      };
    },
    step: {
      name: "connection",
      admit(call) {
        if (restricted.size === 0) return;
        const key = keyOf(call.connection);
        if (!restricted.has(key)) return;
        const refusal = limiter.takeConnection(call.address);
        if (refusal !== null) throw refusedBy(refusal);
        release(key);
      },
    },
    get size() {
      return size;
    },
  };
}

/** No two open connections have both ends alike. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Connection): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
