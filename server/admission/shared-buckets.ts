import type { RedisConnection } from "../dependencies/redis.ts";
import { redisScript } from "../dependencies/redis-script.ts";
import type { Sharing } from "./rate-limit.ts";

/**
 * Counts calls together with other replicas, through Redis.
 *
 * No call waits for Redis: a check must cost microseconds, and a round trip costs some hundreds of them, and a thread's
 * time for each. A replica decides by what it knows, and ten times a second it adds what it has let in to the shared
 * buckets and learns how full they are, all in one script. Therefore together they may let in more than the limit, but
 * only within a tenth of a second, and each replica no more than one burst; what was let in too much is owed, so that over
 * a longer time the limit holds. While Redis is away, each replica limits for itself.
 */
export interface SharedBuckets extends Sharing {
  /** Tells and learns now. Never rejects. */
  sync(): Promise<void>;
  close(): void;
}

const SYNC_MS = 100;

/** Of one script; the rest waits for the next one. */
const MAX_KEYS = 1_000;

/** One slot of a cluster for all keys, because one script names many. */
const PREFIX = "{wfc-rate}";
const FILLED = "wfc-rate-filled";

/**
 * KEYS: buckets. ARGV: for each the milliseconds that its new tokens take to come back, and those that it takes to fill.
 * Gives for each the milliseconds until it is full. By the clock of Redis, so that those of the replicas need not agree.
 */
const script = redisScript(`
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answers = {}
for i, key in ipairs(KEYS) do
  local full = math.max(tonumber(redis.call("GET", key) or "0"), now)
  full = math.min(full + tonumber(ARGV[2 * i - 1]), now + 2 * tonumber(ARGV[2 * i]))
  local ms = math.ceil(full - now)
  redis.call("SET", key, string.format("%.3f", full), "PX", math.max(ms, 1))
  answers[i] = ms
end
return answers
`);

interface Taken {
  addMs: number;
  fillMs: number;
  learn: (fullInMs: number) => void;
}

export function shareBuckets(redis: RedisConnection): SharedBuckets {
  const taken = new Map<string, Taken>();
  let timer: NodeJS.Timeout | null = null;
  const listeners: ((who: string | undefined) => readonly string[])[] = [];

  const sync = async (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = [...taken].slice(0, MAX_KEYS);
    for (const [key] of batch) taken.delete(key);
    if (taken.size > 0) later();
    if (batch.length === 0) return;
    try {
      const keys = batch.map(([key]) => PREFIX + key);
      const answers = await redis.script(
        script,
        keys,
        batch.flatMap(([, { addMs, fillMs }]) => [String(addMs), String(fillMs)]),
      );
      learn(batch, answers);
    } catch {
      // What Redis has not counted stays counted here. Its guard tells of its being away.
    }
  };
  const later = (): void => {
    timer ??= setTimeout(sync, SYNC_MS).unref();
  };
  /** What was taken while the answer was on its way comes on top of it. */
  const learn = (batch: readonly (readonly [string, Taken])[], answers: unknown): void => {
    if (!Array.isArray(answers)) return;
    for (const [index, [key, entry]] of batch.entries()) {
      const fullInMs = Number(answers[index]);
      if (Number.isFinite(fullInMs)) entry.learn(fullInMs + (taken.get(key)?.addMs ?? 0));
    }
  };

  const remove = (keys: readonly string[]): void => {
    for (const key of keys) taken.delete(key);
    for (let start = 0; start < keys.length; start += MAX_KEYS) {
      const some = keys.slice(start, start + MAX_KEYS).map((key) => PREFIX + key);
      redis.command("DEL", ...some).catch(ignore);
    }
  };

  redis.subscribe(FILLED, (who) => {
    for (const listener of listeners) remove(listener(who === "" ? undefined : who));
  });
  return {
    taken(key, { count, perMs, burst }, learnFull) {
      const tokenMs = perMs / count;
      const before = taken.get(key)?.addMs ?? 0;
      taken.set(key, { addMs: before + tokenMs, fillMs: burst * tokenMs, learn: learnFull });
      later();
    },
    filled(who, keys) {
      remove(keys);
      redis.command("PUBLISH", FILLED, who ?? "").catch(ignore);
    },
    onFilled: (listener) => void listeners.push(listener),
    sync,
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Redis is away: nothing is shared. */
function ignore(): void {}
