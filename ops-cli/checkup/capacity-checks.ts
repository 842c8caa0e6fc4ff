import { showBytes, showCount, showDuration, showShare } from "../measures.ts";
import { type Check, each, isLoopback, judged, skipped } from "./check.ts";

const HEAP_FULL = 0.92;
const HEAP_HIGH = 0.8;
const LATE_MS = 250;
const LATELY_MS = 600_000;

export const capacityChecks: readonly Check[] = [
  {
    id: "heap",
    category: "capacity",
    good: "the heap is below 80 % of its limit",
    hint: "See docs/runbooks: high-memory. `wfops profile heap` tells what is in it; a smaller WFC_CACHE_BYTES helps at the next start.",
    link: "docs/operations.md#profiles",
    judge: ({ replicas }) => {
      const used = (from: number, to: number): readonly string[] =>
        each(replicas, ({ status: { load } }) => {
          if (load === undefined || load.heapLimitBytes === 0n) return "";
          const share = Number(load.heapUsedBytes) / Number(load.heapLimitBytes);
          return share < from || share >= to ? "" : `${showShare(share)} of ${showBytes(load.heapLimitBytes)}`;
        });
      return judged(used(HEAP_FULL, Number.POSITIVE_INFINITY), used(HEAP_HIGH, HEAP_FULL));
    },
  },
  {
    id: "event-loop",
    category: "capacity",
    good: "the serving thread comes to its work in time",
    hint: "Has the machine enough processors? `wfops profile cpu` tells where time goes.",
    link: "docs/operations.md#profiles",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { load } }) =>
          load === undefined || load.eventLoopDelayP99Ms < LATE_MS
            ? ""
            : `late by ${showDuration(load.eventLoopDelayP99Ms)} (p99 of the last minute)`,
        ),
      ),
  },
  {
    id: "work-waits",
    category: "capacity",
    good: "definitions do not wait for a worker",
    hint: "More replicas (`wfops scale`), or more WFC_WORKERS where there are processors.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { load } }) =>
          load === undefined || load.compilationsQueued <= load.workers * 4
            ? ""
            : `${load.compilationsQueued} wait for ${showCount(load.workers, "worker")}`,
        ),
      ),
  },
  {
    id: "recent-errors",
    category: "capacity",
    good: "no call failed for a reason of ours in the last 10 minutes",
    hint: "See `wfops status`, and look for the request ids in the log: `wfops logs --request-id ID`.",
    link: "docs/telemetry.md#what-to-look-at",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { recentErrors, now } }) => {
          const since = (now?.getTime() ?? 0) - LATELY_MS;
          const late = recentErrors.filter(({ time }) => (time?.getTime() ?? 0) > since);
          const codes = new Set(late.map(({ code }) => code));
          return late.length === 0 ? "" : `${showCount(late.length, "call")}: ${[...codes].join(", ")}`;
        }),
      ),
  },
  {
    id: "replicas",
    category: "capacity",
    good: "one replica can go away",
    hint: "Run two or more: `wfops scale 2`.",
    link: "docs/operations.md",
    judge: ({ replicas, target }) =>
      target.operations.every(isLoopback)
        ? skipped("only this machine is asked")
        : judged([], replicas.length === 1 ? ["there is one"] : []),
  },
];
