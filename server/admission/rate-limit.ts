import type { Rate } from "../config/syntax.ts";
import { type CallError, overQuota } from "../grpc/call-error.ts";
import { addressGroup } from "./address.ts";
import { afterTaking, createBuckets, waitMs } from "./buckets.ts";
import type { Call } from "./call.ts";
import type { Step } from "./chain.ts";

const descriptions = {
  call: "Calls of one principal (without authentication: one address) to one method.",
  connection: "New connections of one address. One over it may ask for health only.",
  stream: "Messages of one stream.",
  global: "Calls of all callers together.",
} as const;

export type LimitName = keyof typeof descriptions;

/** What each limit allows; null: off. */
export type Rates = Readonly<Record<LimitName, Rate | null>>;

export interface NamedLimit {
  readonly name: LimitName;
  readonly description: string;
  /** null: off. */
  readonly rate: Rate | null;
  /** What the settings say. */
  readonly configured: Rate | null;
  /** How many were refused since the start. */
  readonly refused: number;
}

/** Why there is no token, and when there will be one. */
export interface Refusal {
  readonly limit: LimitName;
  readonly rate: Rate;
  /** Whose quota it is: `principal:…`, `address:…`, or `everybody`. */
  readonly subject: string;
  readonly retryAfterMs: number;
}

/** All rates of a replica. Every question costs about a microsecond and waits for nothing; null is a yes. */
export interface RateLimiter {
  takeCall(call: Pick<Call, "principal" | "address" | "method">): Refusal | null;
  takeConnection(address: string): Refusal | null;
  /** For one stream: asked with each of its messages. */
  openStream(): () => Refusal | null;
  limits(): readonly NamedLimit[];
  /** From now on, for callers that are known already too; their buckets are filled. null: off. */
  set(name: LimitName, rate: Rate | null): void;
  /** Fills the buckets of a principal, or an address, or with nothing given all buckets. With sharing, on all replicas. */
  reset(who?: string): void;
}

/** Makes replicas count together. It must never hold up an answer. */
export interface Sharing {
  /** A token of `key` was taken here. `learn` is told how long until the shared bucket is full. */
  taken(key: string, rate: Rate, learn: (fullInMs: number) => void): void;
  /** Fills the shared buckets of keys, and tells other replicas to fill theirs. */
  filled(who: string | undefined, keys: readonly string[]): void;
  /** Told of what other replicas filled; gives the keys that it filled here. */
  onFilled(listener: (who: string | undefined) => readonly string[]): void;
}

export interface RateLimiterOptions {
  readonly sharing?: Sharing | null;
  /** In milliseconds, always forward. Default: `performance.now`. */
  readonly now?: () => number;
  /** How many callers are told apart. Default: 16,384. */
  readonly capacity?: number;
}

export function createRateLimiter(configured: Rates, options: RateLimiterOptions = {}): RateLimiter {
  const { sharing = null, now = () => performance.now(), capacity } = options;
  const rates: Record<LimitName, Rate | null> = { ...configured };
  const refused: Record<LimitName, number> = { call: 0, connection: 0, stream: 0, global: 0 };
  const calls = createBuckets(capacity);
  const connections = createBuckets(capacity);
  let everybodyFullAt = 0;

  const refusal = (limit: LimitName, rate: Rate, subject: string, retryAfterMs: number): Refusal => {
    refused[limit]++;
    return { limit, rate, subject, retryAfterMs };
  };
  const fill = (who: string | undefined): readonly string[] => {
    const theirs = who === undefined ? null : [`principal:${who}`, `address:${addressGroup(who)}`];
    const isTheirs = (key: string): boolean => theirs === null || theirs.includes(subjectOf(key));
    if (theirs === null) everybodyFullAt = 0;
    connections.forget(isTheirs);
    return calls.forget(isTheirs);
  };
  sharing?.onFilled(fill);

  return {
    takeCall(call) {
      const at = now();
      const subject = subjectOfCall(call);
      const key = `${subject} ${call.method}`;
      const callWaitMs = rates.call === null ? 0 : calls.waitMs(key, rates.call, at);
      if (rates.call !== null && callWaitMs > 0) return refusal("call", rates.call, subject, callWaitMs);
      const allWaitMs = rates.global === null ? 0 : waitMs(everybodyFullAt, rates.global, at);
      if (rates.global !== null && allWaitMs > 0) return refusal("global", rates.global, "everybody", allWaitMs);
      // Only now is either taken: who is refused for what others do keeps the own token.
      if (rates.global !== null) everybodyFullAt = afterTaking(everybodyFullAt, rates.global, at);
      if (rates.call !== null) {
        const used = calls.take(key, rates.call, at);
        sharing?.taken(used, rates.call, (fullInMs) => calls.set(used, fullInMs, now()));
      }
      return null;
    },
    takeConnection(address) {
      if (rates.connection === null) return null;
      const at = now();
      const subject = `address:${addressGroup(address)}`;
      const wait = connections.waitMs(subject, rates.connection, at);
      if (wait > 0) return refusal("connection", rates.connection, subject, wait);
      connections.take(subject, rates.connection, at);
      return null;
    },
    openStream() {
      let fullAt = 0;
      let rate = rates.stream;
      return () => {
        if (rate !== rates.stream) fullAt = 0;
        rate = rates.stream;
        if (rates.stream === null) return null;
        const at = now();
        const wait = waitMs(fullAt, rates.stream, at);
        if (wait > 0) return refusal("stream", rates.stream, "stream", wait);
        fullAt = afterTaking(fullAt, rates.stream, at);
        return null;
      };
    },
    limits() {
      const names: readonly LimitName[] = ["call", "connection", "stream", "global"];
      return names.map((name) => ({
        name,
        description: descriptions[name],
        rate: rates[name],
        configured: configured[name],
        refused: refused[name],
      }));
    },
    set(name, rate) {
      rates[name] = rate;
      // What is missing in a bucket was counted by the rate that it had.
      if (name === "global") everybodyFullAt = 0;
      if (name === "connection") connections.forget(() => true);
      if (name !== "call") return;
      const keys = calls.forget(() => true);
      sharing?.filled(undefined, keys);
    },
    reset(who) {
      const keys = fill(who);
      sharing?.filled(who, keys);
    },
  };
}

/** What a caller is told of it. */
export function refusedBy({ limit, rate, subject, retryAfterMs }: Refusal): CallError {
  const { count, perMs, burst } = rate;
  const text = `${whats[limit]} are limited to ${count} in ${perMs / 1_000} s, at most ${burst} at once`;
  return overQuota(subject, text, retryAfterMs);
}

const whats = {
  call: "calls of one caller to one method",
  connection: "new connections from one address",
  stream: "messages of one stream",
  global: "calls of all callers together",
} as const satisfies Record<LimitName, string>;

export interface RateLimitParts {
  readonly limiter: RateLimiter;
  /** Counts. */
  readonly onLimited?: (method: string) => void;
}

/** Asks for a token for each call. */
export function createRateLimit({ limiter, onLimited }: RateLimitParts): Step {
  return {
    name: "rate limit",
    admit(call) {
      const refusal = limiter.takeCall(call);
      if (refusal === null) return;
      onLimited?.(call.method);
      throw refusedBy(refusal);
    },
  };
}

function subjectOfCall({ principal, address }: Pick<Call, "principal" | "address">): string {
  return principal.kind === "anonymous" ? `address:${addressGroup(address)}` : `principal:${principal.name}`;
}

/** Of a bucket's key: neither names of principals nor addresses have blanks. */
function subjectOf(key: string): string {
  const blank = key.indexOf(" ");
  return blank < 0 ? key : key.slice(0, blank);
}
