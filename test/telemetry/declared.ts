import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** docs/telemetry.yaml. */
export interface Declared {
  readonly metrics: readonly DeclaredMetric[];
  readonly spans: { readonly resource: Attributes; readonly names: readonly DeclaredSpan[] };
  readonly log: { readonly fields: Attributes; readonly lines: readonly DeclaredLine[] };
}

export interface DeclaredMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly help: string;
  readonly labels?: Readonly<Record<string, LabelValues>>;
  readonly when?: string;
}

export type LabelValues = { readonly values: readonly string[] } | { readonly pattern: string; readonly max: number };

export interface DeclaredSpan {
  readonly name: string;
  readonly pattern?: string;
  readonly kind: "server" | "internal";
  readonly attributes: Attributes;
  readonly when?: string;
}

export interface DeclaredLine {
  readonly message: string;
  readonly level: string;
  readonly always: readonly string[];
  readonly when?: string;
}

/** By name; those that end in "?" need not be there. */
export type Attributes = Readonly<Record<string, { readonly type: string; readonly values?: readonly string[] }>>;

export function readDeclared(): Declared {
  return parse(readFileSync(new URL("../../docs/telemetry.yaml", import.meta.url), "utf8"));
}

/** What is wrong with `found`, told by name. */
export function faultsOf(found: ReadonlyMap<string, unknown>, declared: Attributes, where: string): readonly string[] {
  const faults: string[] = [];
  for (const [name, value] of found) {
    const entry = declared[name] ?? declared[`${name}?`];
    if (entry === undefined) faults.push(`${where}: ${name} is not declared`);
    else if (!isOfType(value, entry.type))
      faults.push(`${where}: ${name} is no ${entry.type}: ${JSON.stringify(value)}`);
    else if (entry.values && !entry.values.includes(String(value))) faults.push(`${where}: ${name} is ${value}`);
  }
  const missing = Object.keys(declared).filter((name) => !name.endsWith("?") && !found.has(name));
  return [...faults, ...missing.map((name) => `${where}: ${name} is missing`)];
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "time":
      return typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
    case "int":
      // OTLP's 64-bit integers come as text.
      return /^-?\d+$/.test(String(value));
    case "bool":
      return typeof value === "boolean";
    default:
      return typeof value === type && value !== null;
  }
}
