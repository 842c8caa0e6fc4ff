import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { usageError } from "./exit.ts";
import { nearest } from "./nearest.ts";

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
  /** How long one call may take, such as `30s`. */
  readonly timeout: string;
}

/** Name in the file, variable, default and meaning; docs/wfops.md shows this table. */
export const settingsTable = [
  ["server", "WFOPS_SERVER", "127.0.0.1:50051", "The compiler: `HOST:PORT`, or several"],
  ["operations", "WFOPS_OPERATIONS", "127.0.0.1:50052", "The operators' service: `HOST:PORT`, or several"],
  [
    "caFile",
    "WFOPS_CA",
    "",
    "PEM file of the authority behind the server's certificate; `system` for the system's own; empty for no TLS",
  ],
  ["certFile", "WFOPS_CERT", "", "PEM file of your certificate"],
  ["keyFile", "WFOPS_KEY", "", "PEM file of its key"],
  ["token", "WFOPS_TOKEN", "", "Bearer token"],
  [
    "serverName",
    "WFOPS_SERVER_NAME",
    "",
    "Name that the server's certificate must have, where it is not the address's own",
  ],
  ["kubeContext", "WFOPS_KUBE_CONTEXT", "", "Context of kubectl; empty for its current one"],
  ["namespace", "WFOPS_NAMESPACE", "default", "Namespace of the release"],
  ["release", "WFOPS_RELEASE", "workflow-compiler", "Name of the Helm release"],
  ["prometheus", "WFOPS_PROMETHEUS", "", "Base URL of the Prometheus that scrapes the fleet"],
  ["timeout", "WFOPS_TIMEOUT", "30s", "How long one call may take"],
] as const;

type Field = (typeof settingsTable)[number][0];

type ContextFile = Readonly<Record<string, unknown>>;

export interface GlobalSettings {
  readonly server?: string | undefined;
  readonly operations?: string | undefined;
  readonly context?: string | undefined;
  readonly timeout?: string | undefined;
}

function configPath(environment: NodeJS.ProcessEnv): string {
  const base = environment.XDG_CONFIG_HOME || join(homedir(), ".config");
  return environment.WFOPS_CONFIG || join(base, "wfops", "config.yaml");
}

/** @throws CliError where the file or the context that is asked for is not there or is wrong. */
export function readTarget(flags: GlobalSettings, environment: NodeJS.ProcessEnv): Target {
  const context = chosenContext(flags.context ?? (environment.WFOPS_CONTEXT || undefined), configPath(environment));
  const fromFlags = new Map<string, string | undefined>(Object.entries(flags));
  const text = (name: Field): string => {
    const [, variable, fallback] = settingsTable.find(([field]) => field === name) ?? ["", "", ""];
    return fromFlags.get(name) ?? (environment[variable] || context.get(name) || fallback);
  };
  return {
    servers: addresses(text("server"), "--server"),
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
    timeout: text("timeout"),
  };
}

function chosenContext(asked: string | undefined, path: string): ReadonlyMap<string, string> {
  const file = readFile(path);
  if (file === null) {
    if (asked === undefined) return new Map();
    throw usageError(`there is no context ${asked}: ${path} does not exist`, [
      "docs/wfops.md shows how to write it; WFOPS_CONFIG names another file.",
    ]);
  }
  const contexts = record(file.contexts);
  const name = asked ?? (typeof file.current === "string" ? file.current : undefined);
  if (name === undefined) return new Map();
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context === undefined) {
    throw usageError(`there is no context ${name} in ${path}`, [
      `It has: ${Object.keys(contexts).join(", ") || "none"}.`,
    ]);
  }
  return readContext(record(context), `${path}: context ${name}`);
}

/** Fields are texts; where several are meant, as lists or with commas between. */
function readContext(context: ContextFile, place: string): ReadonlyMap<string, string> {
  const known: readonly string[] = settingsTable.map(([field]) => field);
  return new Map(
    Object.entries(context).map(([field, value]) => {
      if (!known.includes(field)) {
        const guess = nearest(field, known);
        throw usageError(`${place} has a field ${field}${guess === "" ? "" : `; did you mean ${guess}?`}`, [
          `Its fields are ${known.join(", ")}.`,
        ]);
      }
      const parts = Array.isArray(value) ? value : [value];
      if (parts.every((part) => typeof part === "string")) return [field, parts.join(",")];
      throw usageError(`${place} has a ${field} that is no text; put it in quotes`);
    }),
  );
}

function readFile(path: string): ContextFile | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw usageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
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
