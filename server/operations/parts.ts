import type { Logger } from "pino";
import type { RateLimiter } from "../admission/rate-limit.ts";
import type { CompileCache } from "../cache/cache.ts";
import type { ShownSetting } from "../config/read.ts";
import type { LogLevel } from "../config/settings.ts";
import type { Guard } from "../dependencies/guard.ts";
import type { LoadedCertificate } from "../grpc/credentials.ts";
import type { HealthReport } from "../health.ts";
import type { Store } from "../store/store.ts";
import type { LoadMeter } from "./load.ts";
import type { Profiler } from "./profiler.ts";
import type { RecentErrors } from "./recent-errors.ts";

/** What operators look into and change. The engines behind it are made elsewhere. */
export interface OperationsParts {
  readonly identity: Identity;
  readonly health: { report(): HealthReport | Promise<HealthReport> };
  readonly lifecycle: Lifecycle;
  readonly work: { read(): WorkLoad | Promise<WorkLoad> };
  readonly meter: Pick<LoadMeter, "read">;
  readonly cache: Pick<CompileCache, "stats" | "clear" | "warm" | "compile" | "validate">;
  /** Whether replicas share a cache, and whether it can be reached now. */
  readonly sharedCache: () => { readonly configured: boolean; readonly available: boolean };
  readonly limits: Pick<RateLimiter, "limits" | "set" | "reset">;
  readonly log: LogControl;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  readonly store: Store;
  /** Where backups are kept too; null: they are only sent. */
  readonly backupDir: string | null;
  readonly config: () => readonly ShownSetting[];
  readonly certificates: () => readonly LoadedCertificate[];
  readonly guards: readonly Pick<Guard, "name" | "state">[];
  readonly recentErrors: Pick<RecentErrors, "list">;
  readonly profiler: Profiler;
}

export interface Identity {
  readonly version: string;
  readonly typescriptVersion: string;
  readonly replicaId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** `held`: an operator keeps calls away, and the process stays. */
export type ServingState = "starting" | "serving" | "held" | "stopping";

export interface Lifecycle {
  state(): ServingState;
  /** Health says NOT_SERVING, and new calls are sent away. */
  hold(): void;
  /** Undoes `hold`. */
  resume(): void;
  /** Begins what SIGTERM begins, and does not wait for its end. */
  stop(): void;
}

/** What the replica is busy with at this moment. */
export interface WorkLoad {
  readonly callsInFlight: number;
  /** null: there is no limit. */
  readonly concurrencyLimit: number | null;
  readonly openStreams: number;
  readonly connections: number;
  readonly compilationsQueued: number;
  readonly compilationsActive: number;
  readonly workers: number;
  /** Of the TypeScript compilers' processes; 0 where it cannot be told. */
  readonly compilerBytes: number;
}

export interface LogControl {
  level(): LogLevel;
  setLevel(level: LogLevel): void;
}
