import { CliError } from "../exit.ts";
import { showCount } from "../measures.ts";
import { type Json, list, numberAt, record, textAt } from "./json.ts";
import type { Programs } from "./programs.ts";

/** A revision of a Helm release. */
export interface Revision {
  readonly revision: number;
  readonly updatedAt: Date;
  /** Of Helm: `deployed`, `superseded`, `failed`, `pending-upgrade`, … */
  readonly status: string;
  readonly chart: string;
  readonly appVersion: string;
  /** What Helm, or who made it, says of it. */
  readonly description: string;
}

/** Oldest first; empty where there is no such release. */
export async function readHistory({ helm }: Programs, release: string): Promise<readonly Revision[]> {
  let text: string;
  try {
    text = await helm(["history", release, "--max", "256", "--output", "json"]);
  } catch (fault) {
    if (fault instanceof CliError && fault.message.includes("release: not found")) return [];
    throw fault;
  }
  return list(JSON.parse(text)).map((entry) => ({
    revision: numberAt(entry, "revision"),
    updatedAt: new Date(textAt(entry, "updated")),
    status: textAt(entry, "status"),
    chart: textAt(entry, "chart"),
    appVersion: textAt(entry, "app_version"),
    description: textAt(entry, "description"),
  }));
}

/** The newest revision. @throws CliError where there is no such release. */
export async function currentRevision(programs: Programs, release: string): Promise<Revision> {
  const current = (await readHistory(programs, release)).at(-1);
  if (current !== undefined) return current;
  throw new CliError("no-release", `there is no release ${release} in this namespace`, [
    "`wfops deploy` makes one. WFOPS_RELEASE and WFOPS_NAMESPACE say which one is meant.",
  ]);
}

/** The last revision before this one that was in service. */
export function lastGood(history: readonly Revision[], before: number): Revision | undefined {
  return history.findLast(({ status, revision }) => /^(deployed|superseded)$/.test(status) && revision < before);
}

/** How `wfops scale` describes its revisions. */
export function scaleDescription(replicas: number, reason: string): string {
  return `scale to ${showCount(replicas, "replica")} (${reason})`;
}

/** The revision whose number of replicas was changed since, by as many `wfops scale` as there were; the given one where there were none. */
export function scaledRevision(history: readonly Revision[], current: Revision): Revision {
  if (!/^scale to \d+ replicas? \(/.test(current.description)) return current;
  const before = lastGood(history, current.revision);
  return before === undefined ? current : scaledRevision(history, before);
}

/** All values of a revision: the chart's own with those that were given. */
export async function readValues({ helm }: Programs, release: string, revision: number): Promise<Json> {
  const text = await helm(["get", "values", release, "--all", "--revision", String(revision), "--output", "json"]);
  return record(JSON.parse(text));
}
