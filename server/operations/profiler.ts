import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapSnapshot } from "node:v8";

/** Records profiles of the thread that calls it, as the JSON text that Chrome's developer tools open. */
export interface Profiler {
  /** V8 has room for one recording only. Gives what ends the reservation; null: there is one already. */
  reserve(): (() => void) | null;
  /** The text in pieces of any size. Rejects where the signal aborts. */
  capture(wish: ProfileWish, signal: AbortSignal): AsyncIterable<string | Uint8Array>;
}

export type ProfileWish =
  | { readonly kind: "cpu"; readonly durationMs: number; readonly intervalMicros: number }
  /** The thread does nothing else while the snapshot is made. */
  | { readonly kind: "heap-snapshot" }
  | { readonly kind: "allocations"; readonly durationMs: number; readonly intervalBytes: number };

export function createProfiler(): Profiler {
  let reserved = false;
  return {
    reserve() {
      if (reserved) return null;
      reserved = true;
      return () => {
        reserved = false;
      };
    },
    capture: record,
  };
}

function record(wish: ProfileWish, signal: AbortSignal): AsyncIterable<string | Uint8Array> {
  switch (wish.kind) {
    case "cpu":
      return inSession((session) => recordCpu(session, wish.durationMs, wish.intervalMicros, signal));
    case "allocations":
      return inSession((session) => recordAllocations(session, wish.durationMs, wish.intervalBytes, signal));
    case "heap-snapshot":
      return getHeapSnapshot();
    default:
      return wish satisfies never;
  }
}

async function* inSession(recording: (session: Session) => Promise<object>): AsyncGenerator<string> {
  const session = new Session();
  session.connect();
  try {
    yield JSON.stringify(await recording(session));
  } finally {
    session.disconnect();
  }
}

async function recordCpu(session: Session, durationMs: number, interval: number, signal: AbortSignal): Promise<object> {
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval });
  await session.post("Profiler.start");
  await sleep(durationMs, undefined, { signal });
  const { profile } = await session.post("Profiler.stop");
  return profile;
}

async function recordAllocations(
  session: Session,
  durationMs: number,
  samplingInterval: number,
  signal: AbortSignal,
): Promise<object> {
  await session.post("HeapProfiler.enable");
  await session.post("HeapProfiler.startSampling", { samplingInterval });
  await sleep(durationMs, undefined, { signal });
  const { profile } = await session.post("HeapProfiler.stopSampling");
  return profile;
}
