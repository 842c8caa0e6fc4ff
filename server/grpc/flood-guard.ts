import { constants, type ServerHttp2Session } from "node:http2";

/**
 * Frames that cost a peer nothing and us an answer. Node bounds what queues up, and how fast streams are reset (1,000 and
 * 33 a second: nghttp2's defaults against rapid reset), but not these where their answers are taken. Far above what
 * clients do: they ping to measure the path while data flows, at most once in a round trip.
 */
const floods = [
  { event: "ping", fault: "ping_flood", perSecond: 200, burst: 2_000 },
  { event: "remoteSettings", fault: "settings_flood", perSecond: 10, burst: 100 },
] as const;

/** Ends a session that floods. */
export function guardSession(
  session: ServerHttp2Session,
  onFlood: (fault: (typeof floods)[number]["fault"]) => void,
): void {
  for (const { event, fault, perSecond, burst } of floods) {
    let tokens: number = burst;
    let filledAt = performance.now();
    const count = (): void => {
      const now = performance.now();
      tokens = Math.min(burst, tokens + ((now - filledAt) * perSecond) / 1_000) - 1;
      filledAt = now;
      if (tokens >= 0 || session.destroyed) return;
      onFlood(fault);
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    if (event === "ping") session.on("ping", count);
    else session.on("remoteSettings", count);
  }
}
