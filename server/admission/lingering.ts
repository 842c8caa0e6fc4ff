import { constants, type ServerHttp2Stream } from "node:http2";

/**
 * Streams whose end has been given and that are not closed yet. A client that does not take what was sent before it would
 * keep the stream and what waits in it for as long as its connection lives: it has until the second sweep, 30 to 60 seconds.
 */
export interface Lingering {
  add(stream: ServerHttp2Stream, address: string): void;
}

const SWEEP_MS = 30_000;

/** @param onSlow told of each client that did not take its answer. */
export function createLingering(onSlow: (address: string) => void): Lingering {
  let recent = new Map<ServerHttp2Stream, string>();
  let old = new Map<ServerHttp2Stream, string>();
  let timer: NodeJS.Timeout | null = null;
  const sweep = (): void => {
    for (const [stream, address] of old) {
      const unsent = !stream.writableFinished;
      if (unsent) onSlow(address);
      stream.close(unsent ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_NO_ERROR);
    }
    old = recent;
    recent = new Map();
    if (old.size > 0) return;
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  return {
    add(stream, address) {
      if (stream.closed || stream.destroyed) return;
      recent.set(stream, address);
      stream.once("close", () => recent.delete(stream) || old.delete(stream));
      timer ??= setInterval(sweep, SWEEP_MS).unref();
    },
  };
}
