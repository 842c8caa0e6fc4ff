import { fields } from "./layout.ts";
import { showBytes, showCount, showDuration } from "./measures.ts";
import type { Terminal } from "./terminal.ts";

export interface LoadResult {
  readonly measured: {
    readonly servers: readonly string[];
    readonly method: string;
    readonly cached: boolean;
    readonly definitions: number;
    readonly definitionBytes: number;
    readonly concurrency: number;
    /** 0: no limit. */
    readonly ratePerSecond: number;
    readonly startedAt: Date;
    readonly durationMs: number;
    /** Of this process: where it is near 1, it is us who are slow. */
    readonly ownCpuCores: number;
  };
  readonly calls: number;
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly answeredPerSecond: number;
  readonly latencyMs: Latencies;
  readonly histogram: readonly Bucket[];
  readonly failures: Readonly<Record<string, number>>;
  readonly cache: Readonly<Record<string, number>>;
}

interface Latencies {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly calls: number;
}

/** All 0 where nothing was answered. Percentiles are nearest-rank. */
export function latenciesOf(unsorted: readonly number[]): Latencies {
  const sorted = [...unsorted].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const sum = sorted.reduce((total, ms) => total + ms, 0);
  return {
    min: sorted[0] ?? 0,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: sorted.at(-1) ?? 0,
    mean: sorted.length === 0 ? 0 : sum / sorted.length,
  };
}

const MAX_BUCKETS = 20;

/** Buckets that grow by the square root of 2, so that a long tail and a sharp peak both show. */
export function histogramOf(latencies: readonly number[]): readonly Bucket[] {
  const { min, max } = latenciesOf(latencies);
  if (latencies.length === 0) return [];
  const buckets: { fromMs: number; toMs: number; calls: number }[] = [];
  let growth = Math.SQRT2;
  while (Math.log(max / min) / Math.log(growth) > MAX_BUCKETS - 1) growth *= Math.SQRT2;
  for (let fromMs = min; buckets.length === 0 || fromMs <= max; fromMs *= growth)
    buckets.push({ fromMs, toMs: fromMs * growth, calls: 0 });
  for (const ms of latencies) {
    const bucket = buckets.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs) ?? buckets.at(-1);
    if (bucket !== undefined) bucket.calls += 1;
  }
  return buckets;
}

export function loadText(result: LoadResult, { style, columns }: Terminal): string {
  const { measured, latencyMs, failures, cache } = result;
  const source = measured.cached ? "cached where known" : "each compiled";
  const what = measured.method === "compile" ? `Compile, ${source}` : "Validate";
  const rate = measured.ratePerSecond === 0 ? "as fast as they are answered" : `at most ${measured.ratePerSecond}/s`;
  const words = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, calls]) => `${calls.toLocaleString("en")} ${name}`)
      .join(", ");
  const own = measured.ownCpuCores > 0.8 ? style("warning", ": this process was the limit, not the server") : "";
  const summary = fields(
    [
      ["measured", `${what}, closed loop of ${showCount(measured.concurrency, "caller")}, ${rate}`],
      ["at", measured.servers.join(", ")],
      ["definitions", `${measured.definitions} (${showBytes(measured.definitionBytes)})`],
      ["took", showDuration(measured.durationMs)],
      ["own load", `${measured.ownCpuCores.toFixed(2)} cores${own}`],
      ["answered", `${result.answered.toLocaleString("en")}, ${result.answeredPerSecond.toFixed(1)} a second`],
      ["refused", result.refused === 0 ? "none" : style("warning", result.refused.toLocaleString("en"))],
      ["failed", result.failed === 0 ? "none" : style("bad", result.failed.toLocaleString("en"))],
      ["why", words(failures)],
      ["cache", words(cache)],
    ],
    columns,
    "",
  );
  if (result.answered === 0) return summary;
  const { min, p50, p90, p95, p99, max, mean } = latencyMs;
  const percentiles = Object.entries({ min, p50, p90, p95, p99, max, mean }).map(
    ([name, ms]) => [name, showDuration(ms)] as const,
  );
  const blocks = [summary, style("bold", "latency"), fields(percentiles, columns), plot(result.histogram, columns)];
  return blocks.join("\n\n").replace("latency\n\n", "latency\n");
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** One bar for each bucket, as wide as the terminal lets it be. */
function plot(histogram: readonly Bucket[], columns: number): string {
  const most = Math.max(...histogram.map(({ calls }) => calls));
  const labels = histogram.map(({ toMs }) => `< ${showDuration(toMs)}`);
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const countWidth = String(most).length;
  const width = Math.max(8, Math.min(60, columns - labelWidth - countWidth - 6));
  return histogram
    .map(({ calls }, index) => {
      const length = (calls / most) * width;
      const bar = "█".repeat(Math.floor(length)) + (eighths[Math.floor((length % 1) * 8)] ?? "");
      const shown = bar === "" && calls > 0 ? "▏" : bar;
      return `  ${(labels[index] ?? "").padStart(labelWidth)}  ${String(calls).padStart(countWidth)}  ${shown}`.trimEnd();
    })
    .join("\n");
}
