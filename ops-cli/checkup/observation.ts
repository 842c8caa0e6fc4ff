import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import {
  type BackupInfo,
  DeadLetterState,
  type GetStatusResponse,
  type Setting,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Session } from "../command.ts";
import type { Replica } from "../connection.ts";
import { operationsContract } from "../contract.ts";
import { CliError } from "../exit.ts";
import { compileAt } from "../release/verification.ts";
import type { Target } from "../settings.ts";

/** What was seen of one replica's operators' service. */
export interface Sight {
  readonly address: string;
  /** When it was asked and how long it took, in milliseconds, by our clock. */
  readonly askedAt: number;
  readonly tookMs: number;
  readonly status: GetStatusResponse;
  readonly settings: ReadonlyMap<string, Setting>;
  /** Dead letters that nobody has tried again: whether there are any; null where the store is away. */
  readonly lettersWait: boolean | null;
  /** null where there is no folder for them. */
  readonly newestBackup: BackupInfo | "none" | null;
  /** With `thorough`; null where it was not asked. */
  readonly auditIntact: boolean | null;
  /** What `/metrics` answered; null where its port is not known. */
  readonly metrics: "served" | "not reached" | null;
}

export interface Failed {
  readonly address: string;
  readonly error: CliError;
}

/** All that checks look at: gathered first, so that they judge one moment. */
export interface Observation {
  readonly now: number;
  readonly target: Target;
  readonly ownVersion: string;
  readonly replicas: readonly Sight[];
  readonly failedReplicas: readonly Failed[];
  /** What keeps each of them from being called; null where nothing does. */
  readonly compilers: readonly (string | null)[];
  /** Why a definition that is right could not be compiled; null where it could. */
  readonly compileProblem: CliError | null;
  /** How many replicas Prometheus scrapes; null where none is known; a text says why it cannot be asked. */
  readonly scraped: number | string | null;
}

export interface ObservationOptions {
  readonly ownVersion: string;
  readonly thorough: boolean;
}

export async function observe(session: Session, options: ObservationOptions): Promise<Observation> {
  const [operations, servers] = await Promise.all([session.operations(), session.servers()]);
  const [sights, compilers, compileProblem, scraped] = await Promise.all([
    Promise.all(operations.map((replica) => sightOf(replica, options.thorough))),
    Promise.all(servers.map(healthProblem)),
    compileProblemOf(servers[0]),
    scrapedReplicas(session.target.prometheus),
  ]);
  session.signal.throwIfAborted();
  return {
    now: Date.now(),
    target: session.target,
    ownVersion: options.ownVersion,
    replicas: sights.flatMap((sight) => ("error" in sight ? [] : [sight])),
    failedReplicas: sights.flatMap((sight) => ("error" in sight ? [sight] : [])),
    compilers,
    compileProblem,
    scraped,
  };
}

async function sightOf(replica: Replica, thorough: boolean): Promise<Sight | Failed> {
  const contract = await operationsContract();
  const { address } = replica;
  try {
    // The first call also connects: the clock is compared by the second.
    const { settings } = await replica.call(contract.getConfig, {});
    const askedAt = Date.now();
    const status = await replica.call(contract.getStatus, {});
    const tookMs = Date.now() - askedAt;
    const state = DeadLetterState.DEAD_LETTER_STATE_WAITING;
    const [waiting, backups, audit, metrics] = await Promise.all([
      quietly(replica.call(contract.listDeadLetters, { pageSize: 1, pageToken: "", state })),
      quietly(replica.call(contract.listBackups, { pageSize: 1, pageToken: "" })),
      thorough ? quietly(replica.call(contract.verifyAuditLog, { knownHeads: [] })) : null,
      metricsOf(address, settings.find(({ variable }) => variable === "WFC_HTTP_ADDR")?.value ?? ""),
    ]);
    return {
      address,
      askedAt,
      tookMs,
      status,
      settings: new Map(settings.map((setting) => [setting.variable, setting])),
      lettersWait: waiting === null ? null : waiting.deadLetters.length > 0,
      newestBackup: backups === null ? null : (backups.backups[0] ?? "none"),
      auditIntact: audit === null ? null : audit.intact,
      metrics,
    };
  } catch (error) {
    if (error instanceof CliError) return { address, error };
    throw error;
  }
}

/** null where it fails: another check tells why. */
async function quietly<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
}

const HTTP_LIMIT_MS = 5_000;

async function metricsOf(address: string, httpAddress: string): Promise<Sight["metrics"]> {
  const port = httpAddress.slice(httpAddress.lastIndexOf(":") + 1);
  if (port === "" || port === "0") return null;
  const host = address.slice(0, address.lastIndexOf(":"));
  const answer = await fetched(`http://${host}:${port}/metrics`);
  return answer === null ? "not reached" : "served";
}

/** null where nobody answers, or not with 200. */
async function fetched(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(HTTP_LIMIT_MS) });
    const text = await answer.text();
    return answer.ok ? text : null;
  } catch {
    return null;
  }
}

async function scrapedReplicas(prometheus: string): Promise<number | string | null> {
  if (prometheus === "") return null;
  const query = encodeURIComponent("count(workflow_build_info)");
  const text = await fetched(`${prometheus.replace(/\/$/, "")}/api/v1/query?query=${query}`);
  if (text === null) return "it cannot be reached";
  const value = /"value":\[[\d.]+,"(\d+)"\]/.exec(text)?.[1];
  return value === undefined ? 0 : Number(value);
}

/** What keeps a compiler from being called, and which one; null where nothing does. */
async function healthProblem(server: Replica): Promise<string | null> {
  try {
    const { status } = await server.call(HealthService.check, { service: "" });
    return status === Serving.SERVING ? null : `${server.address}: it says NOT_SERVING`;
  } catch (error) {
    if (error instanceof CliError) return error.message;
    throw error;
  }
}

/** null where it compiles. */
async function compileProblemOf(server: Replica | undefined): Promise<CliError | null> {
  if (server === undefined) return new CliError("unavailable", "there is no server");
  try {
    await compileAt(server);
    return null;
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}
