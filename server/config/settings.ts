import { address, durationMs, list, type Rate, rate, share, url, wholeNumber } from "./syntax.ts";

/** Everything that operators can set. Read once, at the start, from environment variables and a file. */
export interface Config {
  readonly grpcAddress: string;
  readonly operationsAddress: string;
  readonly httpAddress: string;
  /** "" where the machine's name will do. */
  readonly replica: string;
  readonly logLevel: LogLevel;
  /** "" where there is none; likewise for the other files and folders. */
  readonly componentsDir: string;
  readonly maxSourceBytes: number;
  readonly workers: number;
  readonly jobLimitMs: number;
  readonly deadlineMs: number;
  readonly maxDeadlineMs: number;
  readonly drainMs: number;
  readonly graceMs: number;
  readonly keepaliveMs: number;
  readonly connectionAgeMs: number;
  readonly maxConnections: number;
  /** null: off; likewise for the other rates. */
  readonly rateLimit: Rate | null;
  readonly connectionRate: Rate | null;
  readonly streamRate: Rate | null;
  readonly globalRate: Rate | null;
  readonly concurrency: Concurrency;
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsClientCa: string;
  readonly jwksUrl: string | null;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  readonly jwtRolesClaim: string;
  readonly operators: readonly string[];
  readonly cacheBytes: number;
  readonly redisUrl: string | null;
  readonly store: StoreSetting;
  readonly auditRetentionMs: number;
  readonly deadLetterRetentionMs: number;
  readonly artifactBytes: number;
  readonly backupDir: string;
  readonly otlpUrl: string | null;
  readonly traceShare: number;
  readonly slot: string;
}

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** How many calls are worked on at once. */
export type Concurrency =
  | { readonly kind: "adaptive" }
  | { readonly kind: "fixed"; readonly limit: number }
  | { readonly kind: "off" };

export type StoreSetting =
  | { readonly kind: "sqlite" /** ":memory:" for none. */; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

interface Setting<T> {
  readonly variable: `WFC_${string}`;
  /** As an operator would write it. */
  readonly fallback: string;
  /** What is allowed: completes "must be …". */
  readonly allowed: string;
  readonly meaning: string;
  /** Its value is shown without passwords. Default: no. */
  readonly secret?: true;
  /** undefined: not allowed. */
  readonly parse: (text: string) => T | undefined;
}

const rateSyntax = "a rate such as 100/1m+20 (100 a minute, at most 20 at once), or off";
const path = (text: string): string => text;

function between(min: string, max: string): Pick<Setting<number>, "allowed" | "parse"> {
  const minMs = durationMs(min, 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const maxMs = durationMs(max, 0, Number.MAX_SAFE_INTEGER) ?? 0;
  return {
    allowed: `a duration from ${min} to ${max}, such as 500ms, 30s or 2m`,
    parse: (text) => durationMs(text, minMs, maxMs),
  };
}

function from(min: number, max: number): Pick<Setting<number>, "allowed" | "parse"> {
  return { allowed: `a whole number from ${min} to ${max}`, parse: (text) => wholeNumber(text, min, max) };
}

/** In the order of docs/configuration.md, whose table a test holds equal to this. */
export const settings: { readonly [Name in keyof Config]: Setting<Config[Name]> } = {
  grpcAddress: {
    variable: "WFC_GRPC_ADDR",
    fallback: "0.0.0.0:50051",
    allowed: "HOST:PORT; port 0 picks a free one",
    meaning: "Where the service listens. Use `127.0.0.1:50051` to be reached from this machine only.",
    parse: address,
  },
  operationsAddress: {
    variable: "WFC_OPERATIONS_ADDR",
    fallback: "127.0.0.1:50052",
    allowed: "HOST:PORT; port 0 picks a free one",
    meaning:
      "Where the operators' service listens. Without authentication it serves this machine only: on another address it wants client certificates or tokens.",
    parse: address,
  },
  httpAddress: {
    variable: "WFC_HTTP_ADDR",
    fallback: "0.0.0.0:8080",
    allowed: "HOST:PORT; port 0 picks a free one",
    meaning: "Where `/metrics` and `/health` are served, over plain HTTP.",
    parse: address,
  },
  replica: {
    variable: "WFC_REPLICA",
    fallback: "",
    allowed: "a name of letters, digits, `.`, `_` and `-`, or empty for the machine's name",
    meaning:
      "Names this replica in the audit log, metrics and traces. Replicas that share a store need different names.",
    parse: (text) => (/^[\w.-]{0,100}$/.test(text) ? text : undefined),
  },
  logLevel: {
    variable: "WFC_LOG_LEVEL",
    fallback: "info",
    allowed: `one of ${logLevels.join(", ")}`,
    meaning:
      "The least important lines that are logged. Each call is one line at `info`. Operators can change it at run time.",
    parse: (text) => logLevels.find((level) => level === text),
  },
  componentsDir: {
    variable: "WFC_COMPONENTS_DIR",
    fallback: "",
    allowed: "a folder, or empty for none",
    meaning: "Custom components: one `.yaml` file each, read once at the start.",
    parse: path,
  },
  maxSourceBytes: {
    variable: "WFC_MAX_SOURCE_BYTES",
    fallback: "1048576",
    ...from(1_024, 16 * 1024 * 1024),
    meaning: "How large a definition may be, in bytes.",
  },
  workers: {
    variable: "WFC_WORKERS",
    fallback: "1",
    ...from(1, 64),
    meaning:
      "How many definitions are compiled at once. Each worker is a thread with a TypeScript compiler: about 100 MB.",
  },
  jobLimitMs: {
    variable: "WFC_JOB_LIMIT",
    fallback: "10s",
    ...between("100ms", "10m"),
    meaning: "How long the compiler may work on one definition before it is stopped with WF_COMPILE_004.",
  },
  deadlineMs: {
    variable: "WFC_DEADLINE",
    fallback: "30s",
    ...between("100ms", "10m"),
    meaning: "How long a call without a deadline of its own may take.",
  },
  maxDeadlineMs: {
    variable: "WFC_MAX_DEADLINE",
    fallback: "2m",
    ...between("100ms", "10m"),
    meaning: "How long any unary call may take, whatever deadline its caller set.",
  },
  drainMs: {
    variable: "WFC_DRAIN",
    fallback: "30s",
    ...between("0s", "10m"),
    meaning:
      "How long calls under way may go on after SIGTERM, once `WFC_DRAIN_GRACE` is over. Keep the sum below the time after which your platform kills.",
  },
  graceMs: {
    variable: "WFC_DRAIN_GRACE",
    fallback: "0s",
    ...between("0s", "5m"),
    meaning:
      "How long new calls are still served after SIGTERM while health already says NOT_SERVING, so that load balancers turn away first. Kubernetes: about 5s.",
  },
  keepaliveMs: {
    variable: "WFC_KEEPALIVE",
    fallback: "30s",
    ...between("1s", "1h"),
    meaning: "How often a silent connection is pinged. One that does not answer within 20 seconds is closed.",
  },
  connectionAgeMs: {
    variable: "WFC_CONNECTION_AGE",
    fallback: "10m",
    ...between("1s", "1d"),
    meaning:
      "After how long a connection is asked to close (GOAWAY), so that clients spread over new replicas. Calls under way finish first.",
  },
  maxConnections: {
    variable: "WFC_MAX_CONNECTIONS",
    fallback: "1000",
    ...from(1, 1_000_000),
    meaning: "How many connections are open at once. More are closed at once.",
  },
  rateLimit: {
    variable: "WFC_RATE_LIMIT",
    fallback: "100/1m+20",
    allowed: rateSyntax,
    meaning:
      "Calls of one principal (without authentication: one address) to one method. `off` also turns off the other rates that are not set. Operators can change all of them at run time.",
    parse: rate,
  },
  connectionRate: {
    variable: "WFC_CONNECTION_RATE",
    fallback: "10/1m",
    allowed: rateSyntax,
    meaning: "New connections of one address. One over it may ask for health only.",
    parse: rate,
  },
  streamRate: {
    variable: "WFC_STREAM_RATE",
    fallback: "20/1m",
    allowed: rateSyntax,
    meaning: "Messages of one stream. One over it is answered with RESOURCE_EXHAUSTED, and the stream goes on.",
    parse: rate,
  },
  globalRate: {
    variable: "WFC_GLOBAL_RATE",
    fallback: "6000/1m+1000",
    allowed: rateSyntax,
    meaning: "Calls of all callers together.",
    parse: rate,
  },
  concurrency: {
    variable: "WFC_CONCURRENCY",
    fallback: "adaptive",
    allowed: "adaptive, off, or a whole number from 1 to 10000",
    meaning:
      "How many calls are worked on at once. `adaptive` finds the number at which latency does not grow; what is over it is sent away with UNAVAILABLE.",
    parse: concurrency,
  },
  tlsCert: {
    variable: "WFC_TLS_CERT",
    fallback: "",
    allowed: "a PEM file, or empty for no TLS",
    meaning: "The certificate chain of the gRPC and operations listeners. A new one is taken up without a restart.",
    parse: path,
  },
  tlsKey: {
    variable: "WFC_TLS_KEY",
    fallback: "",
    allowed: "a PEM file, or empty for no TLS",
    meaning: "Its private key.",
    parse: path,
  },
  tlsClientCa: {
    variable: "WFC_TLS_CLIENT_CA",
    fallback: "",
    allowed: "a PEM file, or empty where clients need no certificate",
    meaning:
      "Who may sign client certificates. The principal is the first URI, else DNS name, of the subject alternative names.",
    parse: path,
  },
  jwksUrl: {
    variable: "WFC_JWKS_URL",
    fallback: "",
    allowed: "an https: or http: URL, or empty where tokens are not used",
    meaning: "The keys that sign bearer tokens (JWT). The principal is the claim `sub`.",
    parse: (text) => url(text, ["https:", "http:"]),
  },
  jwtIssuer: {
    variable: "WFC_JWT_ISSUER",
    fallback: "",
    allowed: "a text; needed with `WFC_JWKS_URL`",
    meaning: "The claim `iss` that tokens must have.",
    parse: path,
  },
  jwtAudience: {
    variable: "WFC_JWT_AUDIENCE",
    fallback: "",
    allowed: "a text; needed with `WFC_JWKS_URL`",
    meaning: "The claim `aud` that tokens must have.",
    parse: path,
  },
  jwtRolesClaim: {
    variable: "WFC_JWT_ROLES_CLAIM",
    fallback: "roles",
    allowed: "a name",
    meaning: "The claim that lists a token's roles: `caller`, `operator`.",
    parse: (text) => (/^[\w:./-]{1,200}$/.test(text) ? text : undefined),
  },
  operators: {
    variable: "WFC_OPERATORS",
    fallback: "",
    allowed: "names of principals, separated by commas",
    meaning: "Who has the role `operator` besides those whose token says so.",
    parse: list,
  },
  cacheBytes: {
    variable: "WFC_CACHE_BYTES",
    fallback: "67108864",
    ...from(0, 64 * 1024 * 1024 * 1024),
    meaning: "How much memory compiled answers may take, in bytes. 0: no cache.",
  },
  redisUrl: {
    variable: "WFC_REDIS_URL",
    fallback: "",
    allowed: "a redis: or rediss: URL, or empty for none",
    meaning: "Where replicas share their cache and their rate limits. Its loss never fails a call.",
    secret: true,
    parse: (text) => url(text, ["redis:", "rediss:"]),
  },
  store: {
    variable: "WFC_STORE",
    fallback: "sqlite:data/workflow-compiler.db",
    allowed: "sqlite:PATH, sqlite::memory:, or a postgres: URL",
    meaning:
      "Where the audit log, dead letters and artifacts are kept. Several replicas need PostgreSQL to share them.",
    secret: true,
    parse: storeSetting,
  },
  auditRetentionMs: {
    variable: "WFC_AUDIT_RETENTION",
    fallback: "30d",
    ...between("1h", "3650d"),
    meaning: "How long audit records are kept.",
  },
  deadLetterRetentionMs: {
    variable: "WFC_DEAD_LETTER_RETENTION",
    fallback: "30d",
    ...between("1h", "3650d"),
    meaning: "How long dead letters are kept.",
  },
  artifactBytes: {
    variable: "WFC_ARTIFACT_BYTES",
    fallback: "268435456",
    ...from(0, 1024 * 1024 * 1024 * 1024),
    meaning: "How much of the store artifacts may take, in bytes; the least recently used go first. 0: none are kept.",
  },
  backupDir: {
    variable: "WFC_BACKUP_DIR",
    fallback: "",
    allowed: "a folder, or empty where backups are only streamed to the client",
    meaning: "Where `CreateBackup` also keeps a copy.",
    parse: path,
  },
  otlpUrl: {
    variable: "WFC_OTLP_URL",
    fallback: "",
    allowed: "an http: or https: URL of an OTLP/gRPC collector, or empty for none",
    meaning: "Where traces are sent.",
    parse: (text) => url(text, ["https:", "http:"]),
  },
  traceShare: {
    variable: "WFC_TRACE_SHARE",
    fallback: "0.01",
    allowed: "a number from 0 to 1",
    meaning: "Which share of calls is traced; a caller's own decision in `traceparent` counts before it.",
    parse: share,
  },
  slot: {
    variable: "WFC_SLOT",
    fallback: "",
    allowed: "up to 63 letters, digits, dots, hyphens and underscores, or empty",
    meaning: "Which part of a rollout this replica is, such as `blue` or `canary`: a label of metrics and traces.",
    parse: (text) => (/^[\w.-]{0,63}$/.test(text) ? text : undefined),
  },
};

function concurrency(text: string): Concurrency | undefined {
  if (text === "adaptive" || text === "off") return { kind: text };
  const limit = wholeNumber(text, 1, 10_000);
  return limit === undefined ? undefined : { kind: "fixed", limit };
}

function storeSetting(text: string): StoreSetting | undefined {
  if (text.startsWith("sqlite:") && text.length > "sqlite:".length) return { kind: "sqlite", path: text.slice(7) };
  const postgres = url(text, ["postgres:", "postgresql:"]);
  return typeof postgres === "string" ? { kind: "postgres", url: postgres } : undefined;
}
