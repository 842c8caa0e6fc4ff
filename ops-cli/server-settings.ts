/**
 * The server's settings, as docs/configuration.md has them, so that a file can be judged without a server. A test holds this
 * equal to what the server does.
 */
export interface ServerSetting {
  readonly variable: string;
  readonly fallback: string;
  /** What is allowed: completes "must be …". */
  readonly allowed: string;
  readonly isAllowed: (text: string) => boolean;
  /** Its value is shown without passwords. */
  readonly secret: boolean;
}

const unitsMs = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** null: it is none. */
function durationOf(text: string): number | null {
  const [, digits, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitMs = unitsMs.get(unit);
  return digits === undefined || unitMs === undefined ? null : Number(digits) * unitMs;
}

type Rule = Pick<ServerSetting, "allowed" | "isAllowed">;

function wholeNumber(min: number, max: number): Rule {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    isAllowed: (text) => /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max,
  };
}

function duration(min: string, max: string): Rule {
  const [minMs, maxMs] = [durationOf(min) ?? 0, durationOf(max) ?? 0];
  return {
    allowed: `a duration from ${min} to ${max}, such as 500ms, 30s or 2m`,
    isAllowed: (text) => {
      const ms = durationOf(text);
      return ms !== null && ms >= minMs && ms <= maxMs;
    },
  };
}

function url(allowed: string, ...protocols: readonly string[]): Rule {
  return {
    allowed,
    isAllowed: (text) =>
      text === "" || (URL.canParse(text) && protocols.includes(new URL(text).protocol) && decodes(new URL(text))),
  };
}

/** Whether name and password have no `%` that is not followed by two hexadecimal digits. */
function decodes({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function matching(allowed: string, pattern: RegExp): Rule {
  return { allowed, isAllowed: (text) => pattern.test(text) };
}

function anything(allowed: string): Rule {
  return { allowed, isAllowed: () => true };
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

const address: Rule = {
  allowed: "HOST:PORT; port 0 picks a free one",
  isAllowed: (text) => {
    const [, port = ""] = /^(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,15})$/.exec(text) ?? [];
    return port !== "" && Number(port) <= 65_535;
  },
};

const MAX_TOKENS = 1_000_000_000;

const rate: Rule = {
  allowed: "a rate such as 100/1m+20 (100 a minute, at most 20 at once), or off",
  isAllowed: (text) => {
    if (text === "off") return true;
    const [, count = "", per = "", burst = "1"] = /^(\d{1,15})\/(\w+)(?:\+(\d{1,15}))?$/.exec(text) ?? [];
    const perMs = durationOf(per) ?? 0;
    const amounts = [Number(count), Number(burst)];
    return perMs >= 1_000 && perMs <= 86_400_000 && amounts.every((amount) => amount >= 1 && amount <= MAX_TOKENS);
  },
};

const concurrency: Rule = {
  allowed: "adaptive, off, or a whole number from 1 to 10000",
  isAllowed: (text) => text === "adaptive" || text === "off" || wholeNumber(1, 10_000).isAllowed(text),
};

const store: Rule = {
  allowed: "sqlite:PATH, sqlite::memory:, or a postgres: URL",
  isAllowed: (text) =>
    (text.startsWith("sqlite:") && text.length > "sqlite:".length) ||
    (text !== "" && url("", "postgres:", "postgresql:").isAllowed(text)),
};

const share: Rule = {
  allowed: "a number from 0 to 1",
  isAllowed: (text) => /^\d{1,3}(\.\d{1,9})?$/.test(text) && Number(text) <= 1,
};

const secrets: ReadonlySet<string> = new Set(["WFC_REDIS_URL", "WFC_STORE"]);

const table: readonly (readonly [variable: string, fallback: string, rule: Rule])[] = [
  ["WFC_GRPC_ADDR", "0.0.0.0:50051", address],
  ["WFC_OPERATIONS_ADDR", "127.0.0.1:50052", address],
  ["WFC_HTTP_ADDR", "0.0.0.0:8080", address],
  [
    "WFC_REPLICA",
    "",
    matching("a name of letters, digits, `.`, `_` and `-`, or empty for the machine's name", /^[\w.-]{0,100}$/),
  ],
  ["WFC_LOG_LEVEL", "info", { allowed: `one of ${levels.join(", ")}`, isAllowed: (text) => levels.includes(text) }],
  ["WFC_COMPONENTS_DIR", "", anything("a folder, or empty for none")],
  ["WFC_MAX_SOURCE_BYTES", "1048576", wholeNumber(1_024, 16 * 1024 * 1024)],
  ["WFC_WORKERS", "1", wholeNumber(1, 64)],
  ["WFC_JOB_LIMIT", "10s", duration("100ms", "10m")],
  ["WFC_DEADLINE", "30s", duration("100ms", "10m")],
  ["WFC_MAX_DEADLINE", "2m", duration("100ms", "10m")],
  ["WFC_DRAIN", "30s", duration("0s", "10m")],
  ["WFC_DRAIN_GRACE", "0s", duration("0s", "5m")],
  ["WFC_KEEPALIVE", "30s", duration("1s", "1h")],
  ["WFC_CONNECTION_AGE", "10m", duration("1s", "1d")],
  ["WFC_MAX_CONNECTIONS", "1000", wholeNumber(1, 1_000_000)],
  ["WFC_RATE_LIMIT", "100/1m+20", rate],
  ["WFC_CONNECTION_RATE", "10/1m", rate],
  ["WFC_STREAM_RATE", "20/1m", rate],
  ["WFC_GLOBAL_RATE", "6000/1m+1000", rate],
  ["WFC_CONCURRENCY", "adaptive", concurrency],
  ["WFC_TLS_CERT", "", anything("a PEM file, or empty for no TLS")],
  ["WFC_TLS_KEY", "", anything("a PEM file, or empty for no TLS")],
  ["WFC_TLS_CLIENT_CA", "", anything("a PEM file, or empty where clients need no certificate")],
  ["WFC_JWKS_URL", "", url("an https: or http: URL, or empty where tokens are not used", "https:", "http:")],
  ["WFC_JWT_ISSUER", "", anything("a text; needed with `WFC_JWKS_URL`")],
  ["WFC_JWT_AUDIENCE", "", anything("a text; needed with `WFC_JWKS_URL`")],
  ["WFC_JWT_ROLES_CLAIM", "roles", matching("a name", /^[\w:./-]{1,200}$/)],
  ["WFC_OPERATORS", "", anything("names of principals, separated by commas")],
  ["WFC_CACHE_BYTES", "67108864", wholeNumber(0, 64 * 1024 ** 3)],
  ["WFC_REDIS_URL", "", url("a redis: or rediss: URL, or empty for none", "redis:", "rediss:")],
  ["WFC_STORE", "sqlite:data/workflow-compiler.db", store],
  ["WFC_AUDIT_RETENTION", "30d", duration("1h", "3650d")],
  ["WFC_DEAD_LETTER_RETENTION", "30d", duration("1h", "3650d")],
  ["WFC_ARTIFACT_BYTES", "268435456", wholeNumber(0, 1024 ** 4)],
  ["WFC_BACKUP_DIR", "", anything("a folder, or empty where backups are only streamed to the client")],
  ["WFC_OTLP_URL", "", url("an http: or https: URL of an OTLP/gRPC collector, or empty for none", "https:", "http:")],
  ["WFC_TRACE_SHARE", "0.01", share],
  ["WFC_SLOT", "", matching("up to 63 letters, digits, dots, hyphens and underscores, or empty", /^[\w.-]{0,63}$/)],
];

export const serverSettings: readonly ServerSetting[] = table.map(([variable, fallback, rule]) => ({
  variable,
  fallback,
  ...rule,
  secret: secrets.has(variable),
}));

/** A value as the server shows it: a URL without the password that may be in it. */
export function shownValue(variable: string, text: string): string {
  if (!secrets.has(variable) || text === "") return text;
  if (!URL.canParse(text)) return "***";
  const parsed = new URL(text);
  if (parsed.password !== "") parsed.password = "***";
  if (parsed.search !== "") parsed.search = "?***";
  return parsed.href;
}

/** Settings that are each allowed, and not together: the variable that is at fault, and why. */
export function conflictsOf(value: (variable: string) => string): readonly (readonly [string, string])[] {
  const isSet = (variable: string): boolean => value(variable) !== "";
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(value("WFC_OPERATIONS_ADDR"));
  const late = (durationOf(value("WFC_DEADLINE")) ?? 0) > (durationOf(value("WFC_MAX_DEADLINE")) ?? 0);
  const rules: readonly (readonly [boolean, string, string])[] = [
    [isSet("WFC_TLS_CERT") !== isSet("WFC_TLS_KEY"), "WFC_TLS_CERT", "and WFC_TLS_KEY must be set together"],
    [isSet("WFC_TLS_CLIENT_CA") && !isSet("WFC_TLS_CERT"), "WFC_TLS_CLIENT_CA", "needs WFC_TLS_CERT and WFC_TLS_KEY"],
    [isSet("WFC_JWKS_URL") && !isSet("WFC_JWT_ISSUER"), "WFC_JWKS_URL", "needs WFC_JWT_ISSUER"],
    [isSet("WFC_JWKS_URL") && !isSet("WFC_JWT_AUDIENCE"), "WFC_JWKS_URL", "needs WFC_JWT_AUDIENCE"],
    [late, "WFC_DEADLINE", "must not be longer than WFC_MAX_DEADLINE"],
    [
      !loopback && !isSet("WFC_TLS_CLIENT_CA") && !isSet("WFC_JWKS_URL"),
      "WFC_OPERATIONS_ADDR",
      "must be on loopback without WFC_TLS_CLIENT_CA or WFC_JWKS_URL, because it lets operators in unasked",
    ],
  ];
  return rules.flatMap(([broken, variable, why]) => (broken ? [[variable, why] as const] : []));
}
