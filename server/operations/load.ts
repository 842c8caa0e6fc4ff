import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

/** What the process itself costs. Times in milliseconds. */
export interface ProcessLoad {
  readonly eventLoopDelayMeanMs: number;
  readonly eventLoopDelayP99Ms: number;
  readonly cpuCores: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** 0 where the system does not tell. */
  readonly openFileDescriptors: number;
}

export interface LoadMeter {
  /** Over the last minute; over less of it at the start. */
  read(): ProcessLoad;
  close(): void;
}

const RESOLUTION_MS = 10;
const SLICE_MS = 10_000;
const SLICES = 6;

interface Slice {
  readonly at: number;
  readonly cpuMicros: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** Measures in slices of ten seconds, so that what was a minute ago counts no more. */
export function createLoadMeter(): LoadMeter {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const startedAt = performance.now();
  const startedCpu = cpuMicros();
  let slices: readonly Slice[] = [];

  const measure = (): Slice => ({
    at: performance.now(),
    cpuMicros: cpuMicros(),
    meanMs: delayMs(delay.mean),
    p99Ms: delayMs(delay.percentile(99)),
  });
  const timer = setInterval(() => {
    slices = [...slices, measure()].slice(-SLICES);
    delay.reset();
  }, SLICE_MS);
  timer.unref();

  return {
    read() {
      const now = measure();
      const all = [...slices, now];
      const first = slices.length === SLICES ? slices[0] : undefined;
      const elapsedMs = now.at - (first?.at ?? startedAt);
      const { heap_size_limit: heapLimitBytes } = getHeapStatistics();
      const { rss: residentBytes, heapUsed: heapUsedBytes } = process.memoryUsage();
      return {
        eventLoopDelayMeanMs: all.reduce((sum, { meanMs }) => sum + meanMs, 0) / all.length,
        eventLoopDelayP99Ms: Math.max(...all.map(({ p99Ms }) => p99Ms)),
        cpuCores: elapsedMs > 0 ? (now.cpuMicros - (first?.cpuMicros ?? startedCpu)) / 1_000 / elapsedMs : 0,
        residentBytes,
        heapUsedBytes,
        heapLimitBytes,
        openFileDescriptors: countDescriptors(),
      };
    },
    close() {
      clearInterval(timer);
      delay.disable();
    },
  };
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Node's histogram holds the time between two looks, in nanoseconds, and no number before the first. */
function delayMs(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) : 0;
}

function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
