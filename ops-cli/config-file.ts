import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { usageError } from "./exit.ts";
import { nearest } from "./nearest.ts";
import { conflictsOf, serverSettings, shownValue } from "./server-settings.ts";

/** What is wrong, or strange, in a server's configuration file. */
export interface ConfigFinding {
  readonly severity: "error" | "warning";
  /** "" where it is about the file. */
  readonly variable: string;
  readonly message: string;
  /** From 1; 0 where there is no place. */
  readonly line: number;
  readonly column: number;
}

export interface ConfigReading {
  /** As written; only what the server would take from it. */
  readonly values: ReadonlyMap<string, string>;
  readonly findings: readonly ConfigFinding[];
}

const MAX_BYTES = 1024 * 1024;

/** The file of WFC_CONFIG_FILE: variables with their values, in YAML or JSON. */
export function readConfigFile(path: string): ConfigReading {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw usageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text.length > MAX_BYTES) throw usageError(`${path} is larger than 1 MiB: it is no configuration file`);
  return readConfigText(text);
}

export function readConfigText(text: string): ConfigReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const findings: ConfigFinding[] = [];
  const places = new Map<string, readonly [line: number, column: number]>();
  const report = (severity: ConfigFinding["severity"], variable: string, message: string): void => {
    const [line, column] = places.get(variable) ?? [0, 0];
    findings.push({ severity, variable, message, line, column });
  };
  for (const { message, linePos } of document.errors) {
    const [start] = linePos ?? [];
    const [reason = ""] = message.split("\n");
    const place = { line: start?.line ?? 0, column: start?.col ?? 0 };
    findings.push({ severity: "error", variable: "", message: `is neither YAML nor JSON: ${reason}`, ...place });
  }
  if (document.errors.length > 0) return { values: new Map(), findings };
  const { contents } = document;
  const values = new Map<string, string>();
  if (isMap(contents)) {
    for (const { key, value } of contents.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
      const { line, col } = lines.linePos(offset);
      places.set(name, [line, col]);
      const written: unknown = isScalar(value) ? value.value : null;
      if (typeof written === "string" || typeof written === "number") values.set(name, String(written));
      else report("error", name, "must be a text or a number");
    }
  } else if (contents !== null && !(isScalar(contents) && contents.value === null)) {
    report("error", "", "must be a map of settings");
  }
  judge(values, report);
  return { values, findings: findings.sort((a, b) => a.line - b.line || a.column - b.column) };
}

function judge(
  values: Map<string, string>,
  report: (severity: ConfigFinding["severity"], variable: string, message: string) => void,
): void {
  const names = serverSettings.map(({ variable }) => variable);
  const wrong = new Set<string>();
  for (const name of values.keys()) {
    if (names.includes(name)) continue;
    const near = name === "WFC_CONFIG_FILE" ? "" : nearest(name, names);
    const why = name === "WFC_CONFIG_FILE" ? "counts in the environment only" : "is not a setting";
    report("warning", name, `${why}${near === "" ? "" : `; did you mean ${near}?`}`);
  }
  for (const { variable, allowed, isAllowed } of serverSettings) {
    const value = values.get(variable);
    if (value === undefined || isAllowed(value)) continue;
    wrong.add(variable);
    const shown = JSON.stringify(shownValue(variable, value).slice(0, 200));
    report("error", variable, `is ${shown}; it must be ${allowed}`);
  }
  // As the server does: where a value is no value, there is nothing to compare.
  if (wrong.size > 0) return;
  const effective = effectiveValues(values);
  for (const [variable, why] of conflictsOf((name) => effective.get(name) ?? "")) report("error", variable, why);
}

const followers = ["WFC_CONNECTION_RATE", "WFC_STREAM_RATE", "WFC_GLOBAL_RATE"];

/** Every setting, defaults included. `WFC_RATE_LIMIT=off` turns off the other rates that are not set. */
export function effectiveValues(values: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const allOff = values.get("WFC_RATE_LIMIT") === "off";
  return new Map(
    serverSettings.map(({ variable, fallback }) => [
      variable,
      values.get(variable) ?? (allOff && followers.includes(variable) ? "off" : fallback),
    ]),
  );
}
