import { hash } from "node:crypto";
import { compressed, decompressed } from "./compression.ts";
import type { Engine, Row, Statement } from "./engine.ts";
import type { StoreEvent } from "./store.ts";

/**
 * Encoded answers, so that a restarted process need not compile again what any replica has compiled. It is a cache: where
 * it cannot answer it says null, and never fails.
 */
export interface ArtifactStore {
  /** By cache key. */
  get(key: string): Promise<Uint8Array | null>;
  /** The answer that holds the artifact of this digest; of several, the one that was used last. */
  getByDigest(digest: string): Promise<Uint8Array | null>;
  /**
   * @param digest of the artifact, in hexadecimal; "" for answers without one.
   * @param reply is kept as it is, compressed. Longer than 8 MiB, it is not kept.
   */
  put(key: string, digest: string, reply: Uint8Array): Promise<void>;
  /** Gives how many there were; null where the store is away. */
  clear(): Promise<number | null>;
  stats(): Promise<ArtifactStats>;
}

export interface ArtifactStats {
  readonly count: number;
  /** As they are kept. */
  readonly bytes: number;
  readonly capacityBytes: number;
}

export interface ArtifactParts {
  readonly engine: Engine;
  /** 0: nothing is kept. */
  readonly capacityBytes: number;
  readonly now: () => number;
  readonly onEvent: (event: StoreEvent) => void;
}

export interface OwnedArtifactStore extends ArtifactStore {
  /** Makes room; gives how many were deleted. */
  evict(): Promise<number>;
  /** Writes down what was used. */
  flush(): Promise<void>;
}

const MAX_REPLY_BYTES = 8 * 1024 * 1024;
/** Uses are written down together: an order that is this many reads old is good enough to decide what goes. */
const MAX_USES = 256;
/** Of the capacity: so that not every `put` must make room. */
const LEAVE = 0.9;

const columns = "key, digest, sha256, content_bytes, stored_bytes, created_at, used_at, content";

export function createArtifactStore({ engine, capacityBytes, now, onEvent }: ArtifactParts): OwnedArtifactStore {
  const uses = new Map<string, number>();
  let lastTime = 0;
  /** Bytes put by this process since it last asked the database, plus what that said; null: ask. */
  let total: number | null = null;

  /** Never the same twice, so that what was used last is known even within a millisecond. */
  function tick(): number {
    lastTime = Math.max(now(), lastTime + 1);
    return lastTime;
  }

  async function quietly<T>(what: string, fallback: T, work: () => Promise<T>): Promise<T> {
    if (capacityBytes === 0) return fallback;
    try {
      return await work();
    } catch (error) {
      onEvent({ kind: "failed", what, reason: error instanceof Error ? error.message : String(error) });
      return fallback;
    }
  }

  async function find(where: string, value: string): Promise<Uint8Array | null> {
    const sql = `SELECT ${columns} FROM artifacts WHERE ${where} = ? ORDER BY used_at DESC LIMIT 1`;
    const [row] = await engine.read(sql, [value]);
    if (row === undefined) return null;
    const key = String(row.key);
    const reply = await replyOf(row);
    if (reply === null) {
      onEvent({ kind: "artifact-damaged", key });
      total = null;
      await engine.write([{ sql: "DELETE FROM artifacts WHERE key = ?", params: [key] }]);
      return null;
    }
    uses.set(key, tick());
    if (uses.size >= MAX_USES) await flush();
    return reply;
  }

  async function flush(): Promise<void> {
    if (uses.size === 0) return;
    const sql = "UPDATE artifacts SET used_at = ? WHERE key = ? AND used_at < ?";
    const statements = [...uses].map(([key, time]) => ({ sql, params: [time, key, time] }));
    uses.clear();
    await engine.write(statements);
  }

  async function put(key: string, digest: string, reply: Uint8Array): Promise<void> {
    if (reply.length > MAX_REPLY_BYTES) return;
    const content = await compressed(reply);
    if (content.length > capacityBytes) return;
    const time = tick();
    await engine.write([
      {
        sql: `INSERT INTO artifacts (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
          digest = excluded.digest, sha256 = excluded.sha256, content_bytes = excluded.content_bytes,
          stored_bytes = excluded.stored_bytes, used_at = excluded.used_at, content = excluded.content`,
        params: [key, digest, hash("sha256", reply), reply.length, content.length, time, time, content],
      },
    ]);
    total = (total ?? (await totalBytes()) - content.length) + content.length;
    if (total > capacityBytes) await evict();
  }

  async function totalBytes(): Promise<number> {
    const [row] = await engine.read("SELECT COALESCE(SUM(stored_bytes), 0) AS bytes FROM artifacts");
    return Number(row?.bytes ?? 0);
  }

  async function evict(): Promise<number> {
    await flush();
    total = await totalBytes();
    let count = 0;
    while (total > capacityBytes) {
      const oldest = await engine.read("SELECT key, stored_bytes FROM artifacts ORDER BY used_at, key LIMIT 64");
      const doomed: Statement[] = [];
      for (const { key, stored_bytes } of oldest) {
        if (total <= capacityBytes * LEAVE) break;
        total -= Number(stored_bytes);
        doomed.push({ sql: "DELETE FROM artifacts WHERE key = ?", params: [String(key)] });
      }
      if (doomed.length === 0) break;
      await engine.write(doomed);
      count += doomed.length;
    }
    return count;
  }

  return {
    get: (key) => quietly("reading an artifact", null, () => find("key", key)),
    getByDigest: (digest) => quietly("reading an artifact", null, () => find("digest", digest)),
    put: (key, digest, reply) => quietly("keeping an artifact", undefined, () => put(key, digest, reply)),
    clear: () =>
      quietly("clearing artifacts", null, async () => {
        const { count } = await countOf(engine);
        await engine.write([{ sql: "DELETE FROM artifacts" }]);
        total = 0;
        uses.clear();
        return count;
      }),
    async stats() {
      return { ...(await countOf(engine)), capacityBytes };
    },
    evict,
    flush,
  };
}

async function countOf(engine: Engine): Promise<{ readonly count: number; readonly bytes: number }> {
  const [row] = await engine.read("SELECT COUNT(*) AS count, COALESCE(SUM(stored_bytes), 0) AS bytes FROM artifacts");
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}

/** null where it is not what was put: a miss, never a wrong answer. */
async function replyOf({ content, content_bytes, sha256 }: Row): Promise<Uint8Array | null> {
  if (!(content instanceof Uint8Array)) return null;
  try {
    const reply = await decompressed(content, Math.min(Number(content_bytes), MAX_REPLY_BYTES));
    return hash("sha256", reply) === sha256 ? reply : null;
  } catch {
    return null;
  }
}
