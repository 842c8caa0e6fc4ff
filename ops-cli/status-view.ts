import {
  CircuitState,
  type GetStatusResponse,
  HealthStatus,
  ServingState,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { cacheFields } from "./cache-view.ts";
import { type Field, fields } from "./layout.ts";
import { showAgo, showBytes, showCount, showDuration } from "./measures.ts";
import { limitJson, showLimit } from "./rates.ts";
import type { Style, Terminal } from "./terminal.ts";
import { nameOf } from "./words.ts";

/** A replica's status as `--json` has it: the contract's fields, with words for its enums. */
export function statusJson(status: GetStatusResponse) {
  return {
    ...status,
    state: nameOf(ServingState, status.state, "SERVING_STATE_"),
    health: healthName(status.health),
    components: status.components.map((component) => ({ ...component, status: healthName(component.status) })),
    circuitBreakers: status.circuitBreakers.map(({ name, state }) => ({
      name,
      state: nameOf(CircuitState, state, "CIRCUIT_STATE_"),
    })),
    rateLimits: status.rateLimits.map(limitJson),
  };
}

export function healthName(status: HealthStatus): string {
  return nameOf(HealthStatus, status, "HEALTH_STATUS_");
}

const healthStyles: ReadonlyMap<string, Style> = new Map([
  ["healthy", "good"],
  ["serving", "good"],
  ["degraded", "warning"],
  ["held", "warning"],
  ["starting", "warning"],
]);

export function healthWord(word: string, style: Terminal["style"]): string {
  return style(healthStyles.get(word) ?? "bad", word);
}

const MAX_ERRORS = 5;

/** One replica, for people. */
export function statusText(
  status: GetStatusResponse,
  address: string,
  { style, columns }: Pick<Terminal, "style" | "columns">,
): string {
  const now = status.now ?? new Date();
  const state = nameOf(ServingState, status.state, "SERVING_STATE_");
  const up = status.startedAt === undefined ? "" : showDuration(now.getTime() - status.startedAt.getTime());
  const title = [style("bold", status.replicaId), style("dim", address)].join("  ");
  const rows: readonly Field[] = [
    ["state", `${healthWord(state, style)}, ${healthWord(healthName(status.health), style)}`],
    ["version", `${status.version}, Node ${status.runtime?.node}, TypeScript ${status.runtime?.typescript}`],
    ["up", up],
    ...loadFields(status),
    ...cacheFields(status.cache),
    ...status.rateLimits.map((limit): Field => [`limit ${limit.name}`, showLimit(limit)]),
    ["store", storeText(status)],
    ["log level", status.logLevel],
    ...status.circuitBreakers.map(({ name, state: circuit }): Field => {
      const word = nameOf(CircuitState, circuit, "CIRCUIT_STATE_");
      return [`circuit ${name}`, style(word === "closed" ? "good" : "warning", word)];
    }),
    ...status.certificates.map(
      ({ use, subject, notAfter }): Field => [
        `${use} cert`,
        `${subject}, ends ${notAfter === undefined ? "?" : `in ${showDuration(notAfter.getTime() - now.getTime())}`}`,
      ],
    ),
    ["you are", `${status.caller?.name} (${status.caller?.roles.join(", ")})`],
    ...componentFields(status, style),
    ["last errors", status.recentErrors.length === 0 ? "none" : ""],
  ];
  return [title, fields(rows, columns), ...errorsText(status, now, columns)].join("\n");
}

function loadFields({ load }: GetStatusResponse): readonly Field[] {
  if (load === undefined) return [];
  const limit = load.concurrencyLimit === 0 ? "" : ` of ${load.concurrencyLimit}`;
  const memory = load.residentBytes + load.compilerBytes;
  return [
    ["calls", `${load.callsInFlight}${limit} under way, ${showCount(load.openStreams, "stream")}`],
    ["connections", String(load.connections)],
    [
      "compiler",
      `${load.compilationsActive} of ${showCount(load.workers, "worker")} busy, ${load.compilationsQueued} waiting`,
    ],
    [
      "load",
      `${load.cpuCores.toFixed(2)} cores, ${showBytes(memory)}, event loop late by ${showDuration(load.eventLoopDelayMeanMs)} (p99 ${showDuration(load.eventLoopDelayP99Ms)})`,
    ],
  ];
}

function storeText({ store }: GetStatusResponse): string {
  if (store === undefined) return "";
  const { engine, schemaVersion, latestSchemaVersion, auditRecordsWaiting, auditRecordsLost, deadLetters } = store;
  const schema = schemaVersion === latestSchemaVersion ? "" : `, this version knows ${latestSchemaVersion}`;
  const parts = [`${engine}, schema ${schemaVersion}${schema}`, showCount(deadLetters, "dead letter")];
  if (auditRecordsWaiting > 0n) parts.push(`${showCount(auditRecordsWaiting, "audit record")} waiting`);
  if (auditRecordsLost > 0n) parts.push(`${showCount(auditRecordsLost, "audit record")} lost`);
  return parts.join(", ");
}

/** What is well is named only; what is not says why. */
function componentFields({ components }: GetStatusResponse, style: Terminal["style"]): readonly Field[] {
  const well = components.filter(({ status }) => status === HealthStatus.HEALTH_STATUS_HEALTHY);
  const rows = components
    .filter(({ status }) => status !== HealthStatus.HEALTH_STATUS_HEALTHY)
    .map(({ name, status, message }): Field => [name, `${healthWord(healthName(status), style)}: ${message}`]);
  return [["healthy", well.map(({ name }) => name).join(", ")], ...rows];
}

function errorsText({ recentErrors }: GetStatusResponse, now: Date, columns: number): readonly string[] {
  if (recentErrors.length === 0) return [];
  const rows = recentErrors.slice(0, MAX_ERRORS).map(({ time, code, errorCode, method, requestId }): Field => {
    const reason = errorCode === "" ? "" : ` ${errorCode}`;
    return [showAgo(time, now), `${code}${reason} in ${method.split("/").at(-1)}, request ${requestId}`];
  });
  const more = recentErrors.length - rows.length;
  const note: readonly Field[] = more > 0 ? [["", `and ${more} more: see --json`]] : [];
  return ["  last errors", fields([...rows, ...note], columns, "    ")];
}
