import { Counter, Gauge } from "prom-client";
import type { ComponentState, HealthReport } from "../health.ts";
import type { MetricRegistry } from "./exposition.ts";

/**
 * What is read when somebody scrapes, rather than told when it changes. Each part of the service hands in what it knows;
 * what nobody hands in has no sample.
 */
export interface Readings {
  /** Calls and streams that are under way, waiting ones included. */
  readonly requestsInFlight: () => number;
  readonly activeStreams: () => number;
  /** Compiles and validations of the compiler that are under way, waiting ones included. */
  readonly activeCompilations: () => number;
  readonly concurrency: () => ConcurrencyReading;
  readonly connections: () => number;
  readonly rateLimits: () => readonly RateLimitReading[];
  readonly workers: () => WorkerReading;
  readonly cache: () => CacheReading;
  readonly guards: () => readonly GuardReading[];
  readonly audit: () => AuditReading;
  /** When the last backup that succeeded was finished, in milliseconds since 1970; null: none is known. */
  readonly lastBackup: () => number | null;
  readonly deadLetters: () => number | Promise<number>;
  readonly certificates: () => readonly CertificateReading[];
  readonly health: () => HealthReport;
  /** Of the service's process and of the TypeScript compilers that it has started, in bytes. */
  readonly compilerMemoryBytes: () => number | Promise<number>;
  readonly memoryLimitBytes: () => number;
}

export interface ConcurrencyReading {
  /** null: there is none. */
  readonly limit: number | null;
  readonly underWay: number;
  readonly waiting: number;
  /** Since the start. */
  readonly shed: number;
}

export interface RateLimitReading {
  readonly name: string;
  /** null: off. */
  readonly rate: { readonly count: number; readonly perMs: number } | null;
  /** Since the start. */
  readonly refused: number;
}

export interface WorkerReading {
  readonly workers: number;
  readonly busy: number;
  /** Definitions that wait for a worker. */
  readonly queued: number;
}

export interface CacheReading {
  readonly entries: number;
  readonly bytes: number;
  readonly capacityBytes: number;
  /** Since the start, as all counts here. */
  readonly evictions: number;
  /** How Compiles were answered. */
  readonly uses: Readonly<Record<"memory" | "redis" | "store" | "coalesced" | "miss" | "bypassed", number>>;
}

export interface GuardReading {
  readonly name: string;
  state(): "closed" | "half-open" | "open";
}

export interface AuditReading {
  /** Records that wait to be committed. */
  readonly waiting: number;
  /** Since the start, as the next. */
  readonly committed: number;
  readonly lost: number;
  /** Age of the oldest record that waits, in milliseconds; 0 where there is none. */
  readonly lagMs: number;
  /** What the last verification found; null: there was none. */
  readonly chain: { readonly broken: boolean; readonly verifiedAt: number } | null;
}

export interface CertificateReading {
  readonly use: "server" | "client-ca";
  /** In milliseconds since 1970. */
  readonly notAfter: number;
}

type Sources = Partial<Readings>;
type Samples = number | boolean | null | undefined | Iterable<readonly [label: string, value: number]>;

interface Read {
  readonly name: string;
  readonly help: string;
  /** Default: gauge. */
  readonly type?: "counter";
  /** Where there is one, `read` gives a value for each of its values. */
  readonly label?: string;
  /** null and undefined: no sample. */
  readonly read: (sources: Sources) => Samples | Promise<Samples>;
}

const circuitNumber = { closed: 0, "half-open": 1, open: 2 } as const;
const stateNumber = { unhealthy: 0, degraded: 0.5, healthy: 1 } as const satisfies Record<ComponentState, number>;

/** At most this many values of a label at one scrape. Their names are ours; this bounds mistakes. */
const MAX_SERIES = 50;

const reads: readonly Read[] = [
  {
    name: "workflow_requests_in_flight",
    help: "Definitions and streams that the compiler has to do with, waiting ones included; autoscaling goes by it.",
    read: ({ requestsInFlight }) => requestsInFlight?.(),
  },
  {
    name: "workflow_active_streams",
    help: "Streams that are open.",
    read: ({ activeStreams }) => activeStreams?.(),
  },
  {
    name: "workflow_active_compilations",
    help: "Definitions that the compiler has to do with, waiting ones included.",
    read: ({ activeCompilations }) => activeCompilations?.(),
  },
  {
    name: "workflow_concurrency_limit",
    help: "How many definitions the compiler is given at once; no sample without a limit.",
    read: ({ concurrency }) => concurrency?.().limit,
  },
  {
    name: "workflow_concurrency_in_flight",
    help: "How many definitions the compiler has under the concurrency limit.",
    read: ({ concurrency }) => concurrency?.().underWay,
  },
  {
    name: "workflow_concurrency_waiting",
    help: "Definitions that wait for room under the concurrency limit.",
    read: ({ concurrency }) => concurrency?.().waiting,
  },
  {
    name: "workflow_concurrency_shed_total",
    help: "Definitions that were sent away because there was no room in time.",
    type: "counter",
    read: ({ concurrency }) => concurrency?.().shed,
  },
  {
    name: "workflow_connections",
    help: "gRPC connections that are open.",
    read: ({ connections }) => connections?.(),
  },
  {
    name: "workflow_rate_limit_per_second",
    help: "How many tokens a rate limit gives each caller a second; no sample where it is off.",
    label: "limit",
    read: ({ rateLimits }) =>
      rateLimits && pairs(rateLimits(), ({ name, rate }) => [name, rate && (rate.count / rate.perMs) * 1_000]),
  },
  {
    name: "workflow_rate_limit_refused_total",
    help: "What a rate limit refused.",
    type: "counter",
    label: "limit",
    read: ({ rateLimits }) => rateLimits && pairs(rateLimits(), ({ name, refused }) => [name, refused]),
  },
  {
    name: "workflow_workers",
    help: "Threads that compile.",
    read: ({ workers }) => workers?.().workers,
  },
  {
    name: "workflow_workers_busy",
    help: "Threads that compile now.",
    read: ({ workers }) => workers?.().busy,
  },
  {
    name: "workflow_queue_depth",
    help: "Definitions that wait for a thread.",
    read: ({ workers }) => workers?.().queued,
  },
  {
    name: "workflow_cache_hits_total",
    help: "Compiles that were answered without a compile of their own.",
    type: "counter",
    read: ({ cache }) => cache && hits(cache()),
  },
  {
    name: "workflow_cache_misses_total",
    help: "Compiles that ran the compiler because nothing was known.",
    type: "counter",
    read: ({ cache }) => cache?.().uses.miss,
  },
  {
    name: "workflow_cache_tier_hits_total",
    help: "Hits of the cache by where the answer was found.",
    type: "counter",
    label: "tier",
    read: ({ cache }) => cache && pairs(tiers, (tier) => [tier, cache().uses[tier]]),
  },
  {
    name: "workflow_cache_bypasses_total",
    help: "Compiles whose callers wanted no answer from the cache.",
    type: "counter",
    read: ({ cache }) => cache?.().uses.bypassed,
  },
  {
    name: "workflow_cache_size",
    help: "Answers that the memory of this replica keeps.",
    read: ({ cache }) => cache?.().entries,
  },
  {
    name: "workflow_cache_bytes",
    help: "How much memory the answers of the cache take.",
    read: ({ cache }) => cache?.().bytes,
  },
  {
    name: "workflow_cache_capacity_bytes",
    help: "How much memory the answers of the cache may take.",
    read: ({ cache }) => cache?.().capacityBytes,
  },
  {
    name: "workflow_cache_evictions_total",
    help: "Answers of the cache that made room for others.",
    type: "counter",
    read: ({ cache }) => cache?.().evictions,
  },
  {
    name: "workflow_circuit_breaker_state",
    help: "Of each dependency: 0 closed, 1 half-open, 2 open.",
    label: "name",
    read: ({ guards }) => guards && pairs(guards(), (guard) => [guard.name, circuitNumber[guard.state()]]),
  },
  {
    name: "workflow_audit_queue_records",
    help: "Audit records that are not committed yet.",
    read: ({ audit }) => audit?.().waiting,
  },
  {
    name: "workflow_audit_lag_seconds",
    help: "Age of the oldest audit record that is not committed yet.",
    read: ({ audit }) => seconds(audit?.().lagMs),
  },
  {
    name: "workflow_audit_records_total",
    help: "Audit records that were committed.",
    type: "counter",
    read: ({ audit }) => audit?.().committed,
  },
  {
    name: "workflow_audit_lost_total",
    help: "Audit records that were given up because the store was away for too long.",
    type: "counter",
    read: ({ audit }) => audit?.().lost,
  },
  {
    name: "workflow_audit_chain_broken",
    help: "1 where the last verification of the audit log found a fault; no sample before the first.",
    read: ({ audit }) => audit?.().chain?.broken,
  },
  {
    name: "workflow_audit_chain_verified_timestamp_seconds",
    help: "When the audit log was last verified; no sample before the first time.",
    read: ({ audit }) => seconds(audit?.().chain?.verifiedAt),
  },
  {
    name: "workflow_backup_last_success_timestamp_seconds",
    help: "When this replica last finished a backup; no sample before the first.",
    read: ({ lastBackup }) => seconds(lastBackup?.()),
  },
  {
    name: "workflow_dead_letters",
    help: "Requests that we failed on and have kept.",
    read: ({ deadLetters }) => deadLetters?.(),
  },
  {
    name: "workflow_certificate_expiry_timestamp_seconds",
    help: "Until when a certificate in use holds; the earliest of its kind.",
    label: "certificate",
    read: ({ certificates }) => certificates && earliest(certificates()),
  },
  {
    name: "workflow_health_status",
    help: "Of each component: 1 healthy, 0.5 degraded, 0 unhealthy.",
    label: "component",
    read: ({ health }) =>
      health && pairs(health().components, ({ component, state }) => [component, stateNumber[state]]),
  },
  {
    name: "workflow_ready",
    help: "1 where calls should be sent to this replica.",
    read: ({ health }) => health?.().serving,
  },
  {
    name: "workflow_compiler_memory_bytes",
    help: "Resident memory of the service and of the TypeScript compilers that it has started.",
    read: ({ compilerMemoryBytes }) => compilerMemoryBytes?.(),
  },
  {
    name: "workflow_memory_limit_bytes",
    help: "How large workflow_compiler_memory_bytes may get: the limit of the container, else the memory of the machine.",
    read: ({ memoryLimitBytes }) => memoryLimitBytes?.(),
  },
];

/** Metrics that ask `sources` for their values at each scrape. A source that fails leaves its metric without samples. */
export function addReadings(registry: MetricRegistry, sources: Sources): void {
  for (const entry of reads) {
    const { name, help } = entry;
    const labelNames = entry.label === undefined ? [] : [entry.label];
    const collect = async (): Promise<void> => {
      const samples = await samplesOf(entry, sources);
      metric.reset();
      // Without labels there is a 0 after a reset, which would say more than we know.
      if (entry.label === undefined) metric.remove();
      for (const [label, value] of samples)
        metric.inc(entry.label === undefined ? {} : { [entry.label]: label }, value);
    };
    const config = { name, help, labelNames, registers: [registry], collect };
    const metric = entry.type === "counter" ? new Counter(config) : new Gauge(config);
  }
}

async function samplesOf({ read }: Read, sources: Sources): Promise<readonly (readonly [string, number])[]> {
  try {
    const samples = await read(sources);
    if (samples === null || samples === undefined) return [];
    if (typeof samples === "object") return [...samples].slice(0, MAX_SERIES);
    return [["", Number(samples)]];
  } catch {
    return [];
  }
}

/** Entries whose value is null have no sample. */
function* pairs<T>(
  entries: Iterable<T>,
  sampleOf: (entry: T) => readonly [label: string, value: number | null],
): Iterable<readonly [string, number]> {
  for (const entry of entries) {
    const [label, value] = sampleOf(entry);
    if (value !== null) yield [label, value];
  }
}

const tiers = ["memory", "redis", "store", "coalesced"] as const;

function hits({ uses }: CacheReading): number {
  return tiers.reduce((sum, tier) => sum + uses[tier], 0);
}

function earliest(certificates: readonly CertificateReading[]): Iterable<readonly [string, number]> {
  const byUse = Map.groupBy(certificates, ({ use }) => use);
  return pairs(byUse, ([use, held]) => [use, Math.min(...held.map(({ notAfter }) => notAfter)) / 1_000]);
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1_000;
}
