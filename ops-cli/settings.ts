import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { usageError } from "./exit.ts";

/** How to reach a fleet. From flags, else the environment, else the chosen context of the file, else the default. */
export interface Target {
  /** `host:port` of each replica, or one name of which DNS gives all. */
  readonly servers: readonly string[];
  readonly operations: readonly string[];
  /** PEM file of the authority that signed the server's certificate; "" for plain text, "system" for the system's own. */
  readonly caFile: string;
  /** PEM files of our own certificate and key; "" for none. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Bearer token; "" for none. */
  readonly token: string;
  /** Name that the server's certificate must have; "" for the address's own. */
  readonly serverName: string;
  /** Kubernetes. */
  readonly kubeContext: string;
  readonly namespace: string;
  readonly release: string;
  /** Base URL of the Prometheus that scrapes the fleet; "" for none. */
  readonly prometheus: string;
}

const fields = [
  ["servers", "WFOPS_SERVER", "127.0.0.1:50051"],
  ["operations", "WFOPS_OPERATIONS", "127.0.0.1:50052"],
  ["caFile", "WFOPS_CA", ""],
  ["certFile", "WFOPS_CERT", ""],
  ["keyFile", "WFOPS_KEY", ""],
  ["token", "WFOPS_TOKEN", ""],
  ["serverName", "WFOPS_SERVER_NAME", ""],
  ["kubeContext", "WFOPS_KUBE_CONTEXT", ""],
  ["namespace", "WFOPS_NAMESPACE", "default"],
  ["release", "WFOPS_RELEASE", "workflow-compiler"],
  ["prometheus", "WFOPS_PROMETHEUS", ""],
] as const;

type Field = (typeof fields)[number][0];

/** In the file, `server` and `operations` may be texts or lists; the other fields are texts. */
type ContextFile = Readonly<Record<string, unknown>>;

export interface Flags {
  readonly server?: string | undefined;
  readonly operations?: string | undefined;
  readonly context?: string | undefined;
}

export function configPath(environment: NodeJS.ProcessEnv): string {
  const base = environment.XDG_CONFIG_HOME || join(homedir(), ".config");
  return environment.WFOPS_CONFIG || join(base, "wfops", "config.yaml");
}

/** @throws CliError where the file or the context that is asked for is not there or is wrong. */
export function readTarget(flags: Flags, environment: NodeJS.ProcessEnv): Target {
  const context = chosenContext(flags.context ?? environment.WFOPS_CONTEXT, configPath(environment));
  const fromFlags: Partial<Record<Field, string | undefined>> = { servers: flags.server, operations: flags.operations };
  const text = (name: Field): string => {
    const [, variable, fallback] = fields.find(([field]) => field === name) ?? ["", "", ""];
    return fromFlags[name] ?? environment[variable] ?? contextText(context, name) ?? fallback;
  };
  return {
    servers: addresses(text("servers"), "--server"),
    operations: addresses(text("operations"), "--operations"),
    caFile: text("caFile"),
    certFile: text("certFile"),
    keyFile: text("keyFile"),
    token: text("token"),
    serverName: text("serverName"),
    kubeContext: text("kubeContext"),
    namespace: text("namespace"),
    release: text("release"),
    prometheus: text("prometheus"),
  };
}

function chosenContext(asked: string | undefined, path: string): ContextFile {
  const file = readFile(path);
  if (file === null) {
    if (asked === undefined) return {};
    throw usageError(`there is no context ${asked}: ${path} does not exist`, [`Write it, as \`wfops help\` shows.`]);
  }
  const contexts = record(file.contexts);
  const name = asked ?? (typeof file.current === "string" ? file.current : undefined);
  if (name === undefined) return {};
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context === undefined) {
    throw usageError(`there is no context ${name} in ${path}`, [
      `It has: ${Object.keys(contexts).join(", ") || "none"}.`,
    ]);
  }
  return record(context);
}

function readFile(path: string): ContextFile | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  try {
    return record(parse(text));
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split("\n") : [];
    throw usageError(`${path} is not YAML: ${reason}`);
  }
}

function record(value: unknown): ContextFile {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function contextText(context: ContextFile, field: Field): string | undefined {
  const value = context[field === "servers" ? "server" : field];
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "string" ? value : undefined;
}

function addresses(text: string, flag: string): readonly string[] {
  const list = text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
  const wrong = list.find((address) => !/^(dns:\/*)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}$/.test(address));
  if (wrong !== undefined || list.length === 0) {
    throw usageError(
      `${flag} is ${JSON.stringify(wrong ?? text)}; it must be HOST:PORT, or several separated by commas`,
    );
  }
  return list;
}
