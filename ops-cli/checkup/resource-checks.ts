import {
  type CircuitBreaker,
  CircuitState,
  HealthStatus,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { showBytes, showCount, showDuration, showShare } from "../measures.ts";
import { nameOf } from "../words.ts";
import { type Check, each, isLoopback, judged, skipped } from "./check.ts";
import type { Sight } from "./observation.ts";

const DAY_MS = 86_400_000;
const BACKUP_AGE_MS = 2 * DAY_MS;
const MANY_WAITING = 1_000n;

function component({ status }: Sight, name: string): string {
  const found = status.components.find((one) => one.name === name);
  return found === undefined || found.status === HealthStatus.HEALTH_STATUS_HEALTHY ? "" : found.message;
}

function circuit({ status }: Sight, name: string): string {
  const found: CircuitBreaker | undefined = status.circuitBreakers.find((one) => one.name === name);
  if (found === undefined || found.state === CircuitState.CIRCUIT_STATE_CLOSED) return "";
  return `its circuit is ${nameOf(CircuitState, found.state, "CIRCUIT_STATE_")}`;
}

/** "" where it is the default: a password's mask tells nothing. */
function setting({ settings }: Sight, variable: string): string {
  const found = settings.get(variable);
  return found === undefined || found.isDefault ? "" : found.value;
}

export const storeChecks: readonly Check[] = [
  {
    id: "store-answers",
    category: "store",
    good: "the store answers",
    hint: "Is the database up, and may the service log in? Calls go on without it; audit records wait in memory.",
    link: "docs/store.md",
    judge: ({ replicas }) => judged(each(replicas, (sight) => component(sight, "store") || circuit(sight, "postgres"))),
  },
  {
    id: "store-lasts",
    category: "store",
    good: "what the store holds outlives the process",
    hint: "Set WFC_STORE to a file or to PostgreSQL.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, (sight) => (setting(sight, "WFC_STORE") === "sqlite::memory:" ? "it is in memory" : "")),
      ),
  },
  {
    id: "store-schema",
    category: "store",
    good: "the store's schema is this version's own",
    hint: "After a rollback of the service an older schema is right; else run the migration.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { store } }) =>
          store === undefined || store.schemaVersion === 0 || store.schemaVersion === store.latestSchemaVersion
            ? ""
            : `it is ${store.schemaVersion}, and this version knows ${store.latestSchemaVersion}`,
        ),
      ),
  },
  {
    id: "audit-written",
    category: "store",
    good: "audit records are written, and none were lost",
    hint: "Look at the store. Records of the log tell which time is missing: `wfops audit list`.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      judged(
        each(replicas, ({ status: { store } }) => {
          const lost = store?.auditRecordsLost ?? 0n;
          return lost === 0n ? "" : `${showCount(lost, "record")} lost`;
        }),
        each(replicas, ({ status: { store } }) => {
          const waiting = store?.auditRecordsWaiting ?? 0n;
          return waiting < MANY_WAITING ? "" : `${showCount(waiting, "record")} waiting`;
        }),
      ),
  },
  {
    id: "audit-intact",
    category: "store",
    good: "the audit log is intact",
    hint: "See `wfops audit verify` for the record, and treat it as a security incident.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      replicas.every(({ auditIntact }) => auditIntact === null)
        ? skipped("it is read with --thorough only")
        : judged(each(replicas, ({ auditIntact }) => (auditIntact === false ? "it is not" : ""))),
  },
  {
    id: "dead-letters",
    category: "store",
    good: "no dead letters wait",
    hint: "See `wfops deadletter list --state waiting`; when their cause is mended, `wfops deadletter retry --all`.",
    link: "docs/operations.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ lettersWait }) => (lettersWait === true ? "requests that it failed wait for a retry" : "")),
      ),
  },
  {
    id: "backup-recent",
    category: "store",
    good: "the last backup is younger than 2 days",
    hint: "Make one with `wfops backup create`, and see to it that something does so each day.",
    link: "docs/operations.md#restoring",
    judge: ({ replicas, now }) =>
      replicas.every(({ newestBackup }) => newestBackup === null)
        ? skipped("WFC_BACKUP_DIR is not set")
        : judged(
            [],
            each(replicas, ({ newestBackup }) => {
              if (newestBackup === null) return "";
              if (newestBackup === "none") return "there is none";
              const ageMs = now - (newestBackup.createdAt?.getTime() ?? 0);
              return ageMs > BACKUP_AGE_MS ? `it is ${showDuration(ageMs)} old` : "";
            }),
          ),
  },
];

export const redisChecks: readonly Check[] = [
  {
    id: "redis-answers",
    category: "redis",
    good: "Redis answers",
    hint: "Is it up, and is WFC_REDIS_URL right? Calls go on without it: replicas cache and limit each for itself.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      replicas.every((sight) => setting(sight, "WFC_REDIS_URL") === "")
        ? skipped("WFC_REDIS_URL is not set")
        : judged(each(replicas, (sight) => component(sight, "redis") || circuit(sight, "redis"))),
  },
  {
    id: "replicas-share",
    category: "redis",
    good: "replicas share their cache and rate limits",
    hint: "Set WFC_REDIS_URL: else a caller has its rate at each replica, and each compiles for itself.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      replicas.length < 2
        ? skipped("there is one replica")
        : judged(
            [],
            each(replicas, ({ status }) => (status.cache?.sharedConfigured === false ? "it shares none" : "")),
          ),
  },
];

const ENOUGH_COMPILES = 1_000n;

export const cacheChecks: readonly Check[] = [
  {
    id: "cache-on",
    category: "cache",
    good: "the cache is on",
    hint: "Set WFC_CACHE_BYTES.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status }) => (status.cache?.capacityBytes === 0n ? "it is off" : "")),
      ),
  },
  {
    id: "cache-large-enough",
    category: "cache",
    good: "the cache is large enough",
    hint: "Raise WFC_CACHE_BYTES: answers make room for others before they are asked for again.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { cache } }) => {
          if (cache === undefined || cache.misses < ENOUGH_COMPILES || cache.evictions * 2n < cache.misses) return "";
          return `${showCount(cache.evictions, "eviction")} in ${showCount(cache.misses, "compile")}, ${showShare(cache.hitRate)} known`;
        }),
      ),
  },
];

export const telemetryChecks: readonly Check[] = [
  {
    id: "metrics-served",
    category: "telemetry",
    good: "/metrics is served",
    hint: "Is the HTTP port open from here? It is WFC_HTTP_ADDR.",
    link: "docs/telemetry.md",
    judge: ({ replicas }) =>
      replicas.every(({ metrics }) => metrics === null)
        ? skipped("the port is not known")
        : judged(
            [],
            each(replicas, ({ metrics }) => (metrics === "not reached" ? "it cannot be reached" : "")),
          ),
  },
  {
    id: "prometheus-scrapes",
    category: "telemetry",
    good: "Prometheus scrapes every replica",
    hint: "Look at its targets page; the chart's monitoring.serviceMonitor makes them known.",
    link: "docs/telemetry.md",
    judge: ({ scraped, replicas, target }) => {
      if (scraped === null) return skipped("WFOPS_PROMETHEUS is not set");
      if (typeof scraped === "string") return judged([`${target.prometheus}: ${scraped}`]);
      return judged([], scraped < replicas.length ? [`it knows ${scraped} of ${replicas.length}`] : []);
    },
  },
  {
    id: "traces-sent",
    category: "telemetry",
    good: "traces reach their collector",
    hint: "Is the collector of WFC_OTLP_URL up? Nothing but traces is lost.",
    link: "docs/telemetry.md#traces",
    judge: ({ replicas }) =>
      replicas.every((sight) => setting(sight, "WFC_OTLP_URL") === "")
        ? skipped("WFC_OTLP_URL is not set")
        : judged(
            [],
            each(replicas, (sight) => circuit(sight, "telemetry")),
          ),
  },
  {
    id: "log-level",
    category: "telemetry",
    good: "no more is logged than usual",
    hint: "Go back with `wfops loglevel info`.",
    link: "docs/telemetry.md#logs",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { logLevel } }) =>
          ["trace", "debug"].includes(logLevel) ? `it is ${logLevel}` : "",
        ),
      ),
  },
];

export const releaseChecks: readonly Check[] = [
  {
    id: "release-same",
    category: "release",
    good: "every replica has the same version",
    hint: "Is a rollout under way? See `wfops rollout status`.",
    link: "docs/operations.md",
    judge: ({ replicas }) => {
      const versions = new Set(replicas.map(({ status }) => status.version));
      return judged(
        [],
        versions.size < 2 ? [] : replicas.map(({ address, status }) => `${address}: ${status.version}`),
      );
    },
  },
  {
    id: "release-tool",
    category: "release",
    good: "wfops is of the server's version",
    hint: "Install the wfops that came with the release: commands that one of them does not know fail.",
    link: "docs/wfops.md",
    judge: ({ replicas, ownVersion }) =>
      judged(
        [],
        each(replicas, ({ status: { version } }) =>
          minor(version) === minor(ownVersion) ? "" : `it is ${version}, and this wfops ${ownVersion}`,
        ),
      ),
  },
];

function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

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
