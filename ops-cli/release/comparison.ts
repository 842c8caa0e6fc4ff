import { CliError } from "../exit.ts";
import { showCount, showDuration, showShare } from "../measures.ts";
import { at, list, textAt } from "./json.ts";
import type { Slot } from "./rollout.ts";
import type { SlotHealth } from "./slots.ts";

/** Whether a new slot is worse than the old one. */
export type Verdict =
  | { readonly kind: "good"; readonly why: string }
  | { readonly kind: "worse"; readonly why: string }
  /** Too little is known to tell. */
  | { readonly kind: "open"; readonly why: string };

/** Of the calls of a slot, by Prometheus. */
export interface SlotCalls {
  readonly count: number;
  /** Share of the calls that failed for a reason of ours, 0 to 1. */
  readonly failed: number;
  /** 99th percentile of Compile, in milliseconds; null where there were none. */
  readonly p99Ms: number | null;
}

/** With fewer calls a percentile and a share are chance. */
const MIN_CALLS = 50;
/** What a share of failures may be above the old slot's: half of the objective that alerts watch, 0.5 %. */
const MAX_MORE_FAILED = 0.0025;
/** A p99 that is longer by both is worse: buckets are coarse, and a cold cache costs tens of milliseconds. */
const MAX_SLOWER_FACTOR = 1.5;
const MAX_SLOWER_MS = 100;

/** Pods that are not ready, or were started again. `restartsBefore`: of the slot when the step began. */
export function judgeHealth(health: SlotHealth | undefined, slot: Slot, restartsBefore: number): Verdict {
  if (health === undefined) return { kind: "worse", why: `slot ${slot} does not run` };
  const { ready, wanted, restarts } = health;
  const more = restarts - restartsBefore;
  if (more > 0) return { kind: "worse", why: `slot ${slot} was started again ${showCount(more, "time")}` };
  if (ready < wanted) return { kind: "worse", why: `slot ${slot} has ${ready} of ${wanted} replicas ready` };
  return { kind: "good", why: `slot ${slot} has all ${showCount(wanted, "replica")} ready` };
}

export function judgeCalls(old: SlotCalls, fresh: SlotCalls): Verdict {
  if (fresh.count < MIN_CALLS) {
    return { kind: "open", why: `${showCount(Math.round(fresh.count), "call")}: too few to compare` };
  }
  const said = `${showShare(fresh.failed)} of ${showCount(Math.round(fresh.count), "call")} failed (old slot: ${showShare(old.failed)})`;
  if (fresh.failed > old.failed + MAX_MORE_FAILED) return { kind: "worse", why: said };
  if (fresh.p99Ms === null || old.p99Ms === null) return { kind: "good", why: said };
  const times = `p99 is ${showDuration(fresh.p99Ms)} (old slot: ${showDuration(old.p99Ms)})`;
  const slower = fresh.p99Ms > old.p99Ms * MAX_SLOWER_FACTOR && fresh.p99Ms > old.p99Ms + MAX_SLOWER_MS;
  return { kind: slower ? "worse" : "good", why: slower ? times : `${said}, ${times}` };
}

/** Prometheus needs two scrapes for a rate, and may scrape each 15 or 30 seconds. */
const MIN_WINDOW_MS = 60_000;
const MAX_WINDOW_MS = 600_000;

/** Which pods: those of this release, whichever way they are scraped. */
interface Scope {
  readonly namespace: string;
  /** Of the chart's objects: the name of the main service. */
  readonly name: string;
}

/** @throws CliError where Prometheus cannot be asked. */
export async function measureSlots(
  prometheus: string,
  { namespace, name }: Scope,
  sinceMs: number,
  signal: AbortSignal,
): Promise<Readonly<Record<Slot, SlotCalls>>> {
  const window = `${Math.ceil(Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, sinceMs)) / 1_000)}s`;
  const pods = `namespace="${namespace}", pod=~"${name}-[ab]-.+"`;
  const bySlot = (series: string, matchers: string): string =>
    `increase(${series}{${pods}, ${matchers}}[${window}]) * on (namespace, pod) group_left (slot) max by (namespace, pod, slot) (workflow_build_info{${pods}})`;
  const methods = 'method!~".*/.*|other"';
  const failures = `${methods}, code=~"INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED|UNKNOWN|DATA_LOSS"`;
  const [calls, failed, p99] = await Promise.all([
    query(prometheus, `sum by (slot) (${bySlot("workflow_requests_total", methods)})`, signal),
    query(prometheus, `sum by (slot) (${bySlot("workflow_requests_total", failures)})`, signal),
    query(
      prometheus,
      `histogram_quantile(0.99, sum by (slot, le) (${bySlot("workflow_request_duration_seconds_bucket", 'method="Compile"')}))`,
      signal,
    ),
  ]);
  const of = (slot: Slot): SlotCalls => {
    const count = calls.get(slot) ?? 0;
    const seconds = p99.get(slot);
    return {
      count,
      failed: count === 0 ? 0 : (failed.get(slot) ?? 0) / count,
      p99Ms: seconds === undefined || Number.isNaN(seconds) ? null : seconds * 1_000,
    };
  };
  return { a: of("a"), b: of("b") };
}

const QUERY_TIMEOUT_MS = 10_000;

async function query(base: string, expression: string, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const url = `${base.replace(/\/+$/, "")}/api/v1/query`;
  let answer: unknown;
  try {
    const response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ query: expression }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(QUERY_TIMEOUT_MS)]),
    });
    answer = await response.json();
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unasked(base, cause instanceof Error ? cause.message : String(cause));
  }
  if (textAt(answer, "status") !== "success") throw unasked(base, textAt(answer, "error") || "it is no Prometheus");
  return new Map(
    list(at(answer, "data", "result")).map((sample) => {
      const { value } = sample;
      return [textAt(sample, "metric", "slot"), Number(Array.isArray(value) ? value[1] : Number.NaN)];
    }),
  );
}

function unasked(base: string, why: string): CliError {
  return new CliError("prometheus", `Prometheus at ${base} cannot be asked: ${why}`, [
    "--prometheus and WFOPS_PROMETHEUS name it; without one only the health of replicas is compared.",
  ]);
}
