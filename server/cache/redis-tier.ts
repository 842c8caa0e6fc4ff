import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RedisConnection } from "../dependencies/redis.ts";
import { redisScript } from "../dependencies/redis-script.ts";
import { MAX_ENVELOPE_BYTES, open, seal } from "./envelope.ts";
import { fromShared, type Kept, toShared } from "./kept.ts";

/** Answers in Redis, for all replicas. Whatever is wrong with Redis, the worst that comes of it is a compile more. */
export interface SharedTier {
  /** Rejects only with the reason of `signal`. */
  find(key: string, signal: AbortSignal): Promise<Found>;
  /** Keeps an answer that was compiled whatever others do. */
  keep(key: string, kept: Kept): void;
  /** From now on all that was kept before counts as absent, on all replicas. Rejects where Redis is away. */
  clear(): Promise<void>;
  /** When others have cleared. */
  onCleared(listener: () => void): void;
  /** Waits until what is being kept is kept; each of them is bounded by the connection's timeout. */
  settle(): Promise<void>;
}

export type Found =
  /** `waited`: another replica made it meanwhile. */
  | { readonly kind: "answer"; readonly kept: Kept; readonly waited: boolean }
  /** It is ours to compile; others wait for it. Exactly one of the two must be called. */
  | { readonly kind: "lease"; keep(kept: Kept): void; release(): void }
  /** Redis is away, or the other replica takes too long. */
  | { readonly kind: "nothing" };

export interface SharedTierOptions {
  /**
   * How long a replica that compiles may keep others waiting, and so how long one that died does, in milliseconds. Default:
   * 2,000, which nearly all compiles are done in.
   */
  readonly leaseMs?: number;
  /** How long an answer is kept, in milliseconds. Default: a day. */
  readonly keepMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 100;

const GENERATION = "wfc:generation";
const CHANNEL = "wfc:cleared";

/**
 * Generations only grow, and are times, so that they grow also over a Redis that has lost its data. A script that reads the
 * generation first raises it to the one that the replica knows.
 */
const readGeneration = `
local generation = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if generation < tonumber(ARGV[1]) then
  generation = tonumber(ARGV[1])
  redis.call('SET', KEYS[1], string.format('%d', generation))
end
`;

/** Gives { generation, the answer | 1 for a lease | 0 for a lease that another has }. */
const findScript = redisScript(`${readGeneration}
if ARGV[5] ~= 'ignore' and redis.call('STRLEN', KEYS[2]) <= tonumber(ARGV[4]) then
  local answer = redis.call('GET', KEYS[2])
  if answer and tonumber(string.sub(answer, 5, 20)) == generation then return { generation, answer } end
end
if redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then return { generation, 1 } end
return { generation, 0 }
`);

const releaseScript = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

/** An answer of an older generation was cleared before it was kept. */
const keepScript = redisScript(`${readGeneration}
if redis.call('GET', KEYS[3]) == ARGV[2] then redis.call('DEL', KEYS[3]) end
if generation == tonumber(ARGV[1]) then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
return generation
`);

const clearScript = redisScript(`${readGeneration}
generation = math.max(generation + 1, tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%d', generation))
redis.call('PUBLISH', ARGV[3], string.format('%d', generation))
return generation
`);

export function createSharedTier(redis: RedisConnection, options: SharedTierOptions): SharedTier {
  const { leaseMs = 2_000, keepMs = DAY_MS, now } = options;
  const listeners: (() => void)[] = [];
  const beingKept = new Set<Promise<void>>();
  /** The newest that this replica knows; null before Redis has told the first. */
  let generation: number | null = null;

  function learn(newest: number): void {
    const known = generation;
    if (!Number.isSafeInteger(newest) || (known !== null && newest <= known)) return;
    generation = newest;
    if (known !== null) for (const listener of listeners) listener();
  }

  async function lookUp(key: string, token: string, ignore: boolean): Promise<Buffer | "ours" | "taken"> {
    const keys = [GENERATION, valueKey(key), leaseKey(key)];
    const asked = [`${generation ?? 0}`, token, `${leaseMs}`, `${MAX_ENVELOPE_BYTES}`, ignore ? "ignore" : ""];
    const reply = await redis.script(findScript, keys, asked);
    if (!Array.isArray(reply)) throw new Error("the script gave no list");
    learn(Number(reply[0]));
    if (Buffer.isBuffer(reply[1])) return reply[1];
    return reply[1] === 1 ? "ours" : "taken";
  }

  async function lookUpWhole(key: string, token: string): Promise<Kept | "ours" | "taken"> {
    const found = await lookUp(key, token, false);
    if (!Buffer.isBuffer(found)) return found;
    const answer = await open(key, generation ?? 0, found);
    const kept = answer && fromShared(answer);
    if (kept !== null) return kept;
    // What is damaged, or was never ours, will be written over.
    const again = await lookUp(key, token, true);
    return again === "ours" ? "ours" : "taken";
  }

  function keep(key: string, token: string, madeIn: number, kept: Kept): void {
    const work = async (): Promise<void> => {
      const sealed = await seal(key, madeIn, toShared(kept));
      if (sealed === null) return release(key, token);
      const keys = [GENERATION, valueKey(key), leaseKey(key)];
      learn(Number(await redis.script(keepScript, keys, [`${madeIn}`, token, sealed, `${keepMs}`])));
    };
    inBackground(work());
  }

  async function release(key: string, token: string): Promise<void> {
    await redis.script(releaseScript, [leaseKey(key)], [token]);
  }

  function inBackground(work: Promise<void>): void {
    const settled = work.catch(() => {}).then(() => void beingKept.delete(settled));
    beingKept.add(settled);
  }

  redis.subscribe(CHANNEL, (message) => learn(Number(message)));
  // What was said while the connection was away was not heard.
  redis.onReady(() =>
    inBackground(redis.command("GET", GENERATION).then((newest) => learn(newest === null ? 0 : Number(newest)))),
  );

  return {
    async find(key, signal) {
      const token = randomUUID();
      const giveUpAt = now() + leaseMs;
      for (let pause = FIRST_POLL_MS, waited = false; ; pause = Math.min(LONGEST_POLL_MS, pause * 2), waited = true) {
        const found = await lookUpWhole(key, token).catch(() => null);
        signal.throwIfAborted();
        if (found === null) return { kind: "nothing" };
        if (typeof found === "object") return { kind: "answer", kept: found, waited };
        if (found === "ours") {
          const madeIn = generation ?? 0;
          return {
            kind: "lease",
            keep: (kept) => keep(key, token, madeIn, kept),
            release: () => inBackground(release(key, token)),
          };
        }
        if (now() >= giveUpAt) return { kind: "nothing" };
        await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
    keep: (key, kept) => keep(key, "", generation ?? 0, kept),
    async clear() {
      const known = `${generation ?? 0}`;
      learn(Number(await redis.script(clearScript, [GENERATION], [known, `${now()}`, CHANNEL])));
    },
    onCleared: (listener) => void listeners.push(listener),
    async settle() {
      await Promise.all(beingKept);
    },
  };
}

/** The number is that of the envelope's form. */
function valueKey(key: string): string {
  return `wfc:1:${key}`;
}

function leaseKey(key: string): string {
  return `wfc:1:${key}:lease`;
}
