import { parse } from "yaml";
import { nearest } from "../diagnostics/nearest.ts";
import { type Config, settings } from "./settings.ts";
import { masked } from "./syntax.ts";

/** What came of reading: a config, or every fault in one go. Warnings do not keep the service from starting. */
export interface ConfigReading {
  readonly config: Config | null;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that names the configuration file; the only one that the file cannot set. */
export const fileVariable = "WFC_CONFIG_FILE";

/**
 * @param file what stands in the file that `WFC_CONFIG_FILE` names: variables with their values, in YAML or JSON. The
 * environment counts before it. null: there is none.
 */
export function readConfig(environment: Environment, file: string | null = null): ConfigReading {
  const faults: string[] = [];
  const values = { ...readFile(file, faults), ...present(environment) };
  const config: Partial<Record<keyof Config, unknown>> = {};
  for (const name of names) {
    const { variable, fallback, allowed, secret, parse: parseValue } = settings[name];
    const text = values[variable] ?? impliedBy(name, values) ?? fallback;
    const value = parseValue(text);
    const shown = secret ? masked(text) : text;
    if (value === undefined)
      faults.push(`${variable} is ${JSON.stringify(shown.slice(0, 200))}; it must be ${allowed}`);
    else config[name] = value;
  }
  if (isComplete(config)) faults.push(...conflicts(config));
  return {
    config: faults.length === 0 && isComplete(config) ? config : null,
    faults,
    warnings: unknownVariables(values),
  };
}

const names = Object.keys(settings).filter((name): name is keyof Config => name in settings);

/** Every setting as it counts, secrets masked: for operators. */
export function showConfig(environment: Environment, file: string | null): readonly ShownSetting[] {
  const values = { ...readFile(file, []), ...present(environment) };
  return names.map((name) => {
    const { variable, fallback, secret } = settings[name];
    const given = values[variable] ?? impliedBy(name, values);
    const text = given ?? fallback;
    return { variable, value: secret ? masked(text) : text, isDefault: given === undefined };
  });
}

export interface ShownSetting {
  readonly variable: string;
  readonly value: string;
  readonly isDefault: boolean;
}

/** `WFC_RATE_LIMIT=off` means no rate limits at all, but for those that are set. */
function impliedBy(name: keyof Config, values: Environment): string | undefined {
  const follows = name === "connectionRate" || name === "streamRate" || name === "globalRate";
  return follows && values[settings.rateLimit.variable] === "off" ? "off" : undefined;
}

function isComplete(config: Partial<Record<keyof Config, unknown>>): config is Config {
  return names.every((name) => config[name] !== undefined);
}

/** Settings that are each allowed, and not together. */
function conflicts(config: Config): readonly string[] {
  const { tlsCert, tlsKey, tlsClientCa, jwksUrl, jwtIssuer, jwtAudience } = config;
  const rules: readonly (readonly [broken: boolean, fault: string])[] = [
    [(tlsCert === "") !== (tlsKey === ""), "WFC_TLS_CERT and WFC_TLS_KEY must be set together"],
    [tlsClientCa !== "" && tlsCert === "", "WFC_TLS_CLIENT_CA needs WFC_TLS_CERT and WFC_TLS_KEY"],
    [jwksUrl !== null && jwtIssuer === "", "WFC_JWKS_URL needs WFC_JWT_ISSUER"],
    [jwksUrl !== null && jwtAudience === "", "WFC_JWKS_URL needs WFC_JWT_AUDIENCE"],
    [config.deadlineMs > config.maxDeadlineMs, "WFC_DEADLINE must not be longer than WFC_MAX_DEADLINE"],
    [
      !isLoopback(config.operationsAddress) && tlsClientCa === "" && jwksUrl === null,
      `WFC_OPERATIONS_ADDR is ${JSON.stringify(config.operationsAddress)}; without WFC_TLS_CLIENT_CA or WFC_JWKS_URL it must be on loopback, because it lets operators in unasked`,
    ],
  ];
  return rules.flatMap(([broken, fault]) => (broken ? [fault] : []));
}

function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(address);
}

function present(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).filter(([name]) => name.startsWith("WFC_"));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The variables of the file. What is no text or number is a fault. */
function readFile(text: string | null, faults: string[]): Record<string, string> {
  if (text === null) return {};
  try {
    const tree: unknown = parse(text) ?? {};
    if (typeof tree === "object" && !Array.isArray(tree)) return textsOf(Object.entries(tree ?? {}), faults);
    faults.push(`the file of ${fileVariable} must be a map of settings`);
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split("\n") : [];
    faults.push(`the file of ${fileVariable} is neither YAML nor JSON: ${reason}`);
  }
  return {};
}

function textsOf(entries: readonly (readonly [string, unknown])[], faults: string[]): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [name, value] of entries) {
    if (typeof value === "string" || typeof value === "number") texts.push([name, String(value)]);
    else faults.push(`${name} in the file of ${fileVariable} must be a text or a number`);
  }
  return Object.fromEntries(texts);
}

/** Only a warning: Kubernetes itself sets such variables for a service whose name begins with `wfc`. */
function unknownVariables(values: Environment): string[] {
  const known: readonly string[] = Object.values(settings).map(({ variable }) => variable);
  const unknown = Object.keys(values).filter((name) => name !== fileVariable && !known.includes(name));
  return unknown.map((name) => {
    const near = nearest(name, known);
    return `${name} is not a setting${near === "" ? "" : `; did you mean ${near}?`}`;
  });
}
