import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JWKSCacheInput,
  jwksCache,
  type RemoteJWKSet,
} from "jose";

export type KeysState = { readonly kind: "fetched" } | { readonly kind: "away"; readonly reason: string };

/** Keys are fetched again at this age, beside the calls; meanwhile the old ones count. */
const FRESH_MS = 10 * 60_000;

/** Keys older than this count no more, however long their server is away: a stolen one must end some time. */
const MAX_AGE_MS = 24 * 3_600_000;

/** After a fetch, whether it failed or a token names a key that is not among those fetched. Tokens can be made up. */
const COOL_DOWN_MS = 30_000;
const FAILED_COOL_DOWN_MS = 5_000;

/** How long a caller should wait before the keys are asked for again. */
export const KEYS_RETRY_MS = FAILED_COOL_DOWN_MS;

const FETCH_LIMIT_MS = 5_000;
const MAX_KEYS_BYTES = 1024 * 1024;

export interface Keys {
  /** Rejects with KeysAway where there are none that count. */
  current(): Promise<RemoteJWKSet>;
  /** When they were last fetched, in milliseconds since 1970 (null: never), and why they could not be since. */
  state(): { readonly fetchedAt: number | null; readonly away: string | null };
  warm(): Promise<void>;
}

/**
 * jose fetches keys that are too old while a call waits, and fails the call where that fails. Here they do not age by
 * jose's clock: they are fetched again beside the calls, and only where there are none, or ancient ones, a call waits.
 */
export function createKeys(jwksUrl: string, onKeys?: (state: KeysState) => void): Keys {
  const cache = emptyCache();
  let triedAt = Number.NEGATIVE_INFINITY;
  let away: string | null = null;

  const fetchKeys = async (url: string, init: RequestInit): Promise<Response> => {
    if (Date.now() - triedAt < FAILED_COOL_DOWN_MS) throw new KeysAway();
    triedAt = Date.now();
    try {
      const response = await fetch(url, init);
      if (response.status !== 200) throw new Error(`the answer has status ${response.status}`);
      const body = await bounded(response);
      if (!isKeySet(body)) throw new Error("the answer is not a set of keys (JWKS)");
      if (away !== null) onKeys?.({ kind: "fetched" });
      away = null;
      return new Response(body);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== away) onKeys?.({ kind: "away", reason });
      away = reason;
      throw new KeysAway();
    }
  };
  const set = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: COOL_DOWN_MS,
    timeoutDuration: FETCH_LIMIT_MS,
    [jwksCache]: cache,
    [customFetch]: fetchKeys,
  });
  const fetchedAt = (): number => cache.uat ?? Number.NEGATIVE_INFINITY;
  const reload = (): Promise<void> => set.reload().catch(() => {});
  return {
    async current() {
      if (Date.now() - fetchedAt() > MAX_AGE_MS) await reload();
      else if (Date.now() - fetchedAt() > FRESH_MS) void reload();
      if (Date.now() - fetchedAt() > MAX_AGE_MS) throw new KeysAway();
      return set;
    },
    state: () => ({ fetchedAt: cache.uat ?? null, away }),
    warm: reload,
  };
}

class KeysAway extends Error {}

function emptyCache(): JWKSCacheInput {
  return {};
}

function isKeySet(body: string): boolean {
  try {
    createLocalJWKSet(JSON.parse(body));
    return true;
  } catch {
    return false;
  }
}

/** The body, which must not be endless. */
async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_KEYS_BYTES) throw new Error(`the answer is larger than ${MAX_KEYS_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Of a failed fetch: Node tells the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
