import { nearest } from "./diagnostics/nearest.ts";

/** Everything that operators can set. Read once, at the start, from environment variables. */
export interface Config {
  readonly grpcAddress: string;
  readonly logLevel: LogLevel;
  /** "" where there is none. */
  readonly componentsDir: string;
  readonly maxSourceBytes: number;
  readonly workers: number;
  readonly jobLimitMs: number;
  readonly deadlineMs: number;
  readonly drainMs: number;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type LogLevel = (typeof logLevels)[number];

interface Setting<T> {
  readonly variable: `WFC_${string}`;
  /** As an operator would write it. */
  readonly fallback: string;
  /** What is allowed: completes "must be …". */
  readonly allowed: string;
  readonly meaning: string;
  /** undefined: not allowed. */
  readonly parse: (text: string) => T | undefined;
}

/** In the order of docs/configuration.md, whose table a test holds equal to this. */
export const settings: { readonly [Name in keyof Config]: Setting<Config[Name]> } = {
  grpcAddress: {
    variable: "WFC_GRPC_ADDR",
    fallback: "0.0.0.0:50051",
    allowed: "HOST:PORT; port 0 picks a free one",
    meaning: "Where the service listens. Use `127.0.0.1:50051` to be reached from this machine only.",
    parse: (text) => (isAddress(text) ? text : undefined),
  },
  logLevel: {
    variable: "WFC_LOG_LEVEL",
    fallback: "info",
    allowed: `one of ${logLevels.join(", ")}`,
    meaning: "The least important lines that are logged. Each call is one line at `info`.",
    parse: (text) => logLevels.find((level) => level === text),
  },
  componentsDir: {
    variable: "WFC_COMPONENTS_DIR",
    fallback: "",
    allowed: "a folder, or empty for none",
    meaning: "Custom components: one `.yaml` file each, read once at the start.",
    parse: (text) => text,
  },
  maxSourceBytes: {
    variable: "WFC_MAX_SOURCE_BYTES",
    fallback: "1048576",
    allowed: "a whole number from 1024 to 16777216",
    meaning: "How large a definition may be, in bytes.",
    parse: (text) => wholeNumber(text, 1_024, 16 * 1024 * 1024),
  },
  workers: {
    variable: "WFC_WORKERS",
    fallback: "1",
    allowed: "a whole number from 1 to 64",
    meaning:
      "How many definitions are compiled at once. Each worker is a thread with a TypeScript compiler: about 100 MB.",
    parse: (text) => wholeNumber(text, 1, 64),
  },
  jobLimitMs: {
    variable: "WFC_JOB_LIMIT",
    fallback: "10s",
    allowed: "a duration from 100ms to 10m, such as 500ms, 30s or 2m",
    meaning: "How long the compiler may work on one definition before it is stopped with WF_COMPILE_004.",
    parse: (text) => durationMs(text, 100, 600_000),
  },
  deadlineMs: {
    variable: "WFC_DEADLINE",
    fallback: "30s",
    allowed: "a duration from 100ms to 10m, such as 500ms, 30s or 2m",
    meaning: "How long a call may take. A caller's own shorter deadline counts before it.",
    parse: (text) => durationMs(text, 100, 600_000),
  },
  drainMs: {
    variable: "WFC_DRAIN",
    fallback: "25s",
    allowed: "a duration from 0s to 10m, such as 500ms, 30s or 2m",
    meaning:
      "How long calls under way may go on after SIGTERM. Keep it below the time after which your platform kills (Kubernetes: 30s).",
    parse: (text) => durationMs(text, 0, 600_000),
  },
};

/** What came of reading: a config, or every fault in one go. Warnings do not keep the service from starting. */
export interface ConfigReading {
  readonly config: Config | null;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

export function readConfig(environment: Readonly<Record<string, string | undefined>>): ConfigReading {
  const faults: string[] = [];
  function read<T>({ variable, fallback, allowed, parse }: Setting<T>): T | undefined {
    const text = environment[variable] ?? fallback;
    const value = parse(text);
    if (value === undefined) faults.push(`${variable} is ${JSON.stringify(text.slice(0, 200))}; it must be ${allowed}`);
    return value;
  }
  const grpcAddress = read(settings.grpcAddress);
  const logLevel = read(settings.logLevel);
  const componentsDir = read(settings.componentsDir);
  const maxSourceBytes = read(settings.maxSourceBytes);
  const workers = read(settings.workers);
  const jobLimitMs = read(settings.jobLimitMs);
  const deadlineMs = read(settings.deadlineMs);
  const drainMs = read(settings.drainMs);
  const complete =
    grpcAddress !== undefined &&
    logLevel !== undefined &&
    componentsDir !== undefined &&
    maxSourceBytes !== undefined &&
    workers !== undefined &&
    jobLimitMs !== undefined &&
    deadlineMs !== undefined &&
    drainMs !== undefined;
  return {
    config: complete
      ? { grpcAddress, logLevel, componentsDir, maxSourceBytes, workers, jobLimitMs, deadlineMs, drainMs }
      : null,
    faults,
    warnings: unknownVariables(environment),
  };
}

/** Only a warning: Kubernetes itself sets such variables for a service whose name begins with `wfc`. */
function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known: readonly string[] = Object.values(settings).map(({ variable }) => variable);
  const unknown = Object.keys(environment).filter((name) => name.startsWith("WFC_") && !known.includes(name));
  return unknown.map((name) => {
    const near = nearest(name, known);
    return `${name} is not a setting${near === "" ? "" : `; did you mean ${near}?`}`;
  });
}

/** `host:port`, IPv6 hosts in brackets. */
function isAddress(text: string): boolean {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon);
  return (
    colon > 0 &&
    /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)$/.test(host) &&
    wholeNumber(text.slice(colon + 1), 0, 65_535) !== undefined
  );
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

const unitsMs = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

function durationMs(text: string, minMs: number, maxMs: number): number | undefined {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const value = Number(digits) * (unitsMs.get(unit) ?? Number.NaN);
  return value >= minMs && value <= maxMs ? value : undefined;
}
