import { createHash } from "node:crypto";

/** Kept apart from the connection, whose library takes 8 MB: those who never connect do not load it. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

/** A script in Lua. What it does is atomic. */
export function redisScript(text: string): RedisScript {
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}
