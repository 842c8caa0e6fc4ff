import { durationMs, type Outcome, type Session } from "./command.ts";
import { CliError } from "./exit.ts";
import { safe } from "./layout.ts";
import { programsOf } from "./release/programs.ts";
import { serverSelector } from "./release/slots.ts";
import type { Style, Terminal } from "./terminal.ts";

export interface LogFilter {
  readonly level?: string | undefined;
  readonly requestId?: string | undefined;
  readonly principal?: string | undefined;
  readonly grep?: string | undefined;
  readonly follow: boolean;
  readonly since?: string | undefined;
  readonly tail: number;
  readonly previous: boolean;
}

const MAX_PODS = 100;

export async function showLogs(session: Session, filter: LogFilter): Promise<Outcome> {
  const { terminal, json, target, signal } = session;
  const since =
    filter.since === undefined ? [] : [`--since=${Math.ceil(durationMs(filter.since, "--since") / 1_000)}s`];
  const lines = programsOf(session).kubectlLines([
    "logs",
    `--selector=${serverSelector(target.release)}`,
    "--container=server",
    "--prefix",
    `--tail=${filter.tail}`,
    `--max-log-requests=${MAX_PODS}`,
    ...since,
    ...(filter.follow ? ["--follow"] : []),
    ...(filter.previous ? ["--previous"] : []),
  ]);
  try {
    for await (const line of lines) {
      const entry = entryOf(line);
      if (!matches(entry, line, filter)) continue;
      if (json) terminal.printJsonLine(entry);
      else terminal.print(safe(entryText(entry, terminal)));
    }
  } catch (fault) {
    // Ctrl-C is how following ends.
    if (!(filter.follow && fault instanceof CliError && signal.aborted)) throw fault;
  }
  return { data: undefined, text: "" };
}

interface Entry extends Readonly<Record<string, unknown>> {
  readonly pod: string;
  readonly message: string;
}

/** `[pod/NAME/CONTAINER] TEXT`; what is no JSON, such as a message of Node's own, is its text. */
function entryOf(line: string): Entry {
  const [, pod = "", written = line] = /^\[pod\/([^/\]]+)\/[^\]]*\] (.*)$/.exec(line) ?? [];
  try {
    const parsed: unknown = JSON.parse(written);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed && typeof parsed.message === "string")
      return { ...parsed, pod, message: parsed.message };
  } catch {
    // No JSON: below.
  }
  return { pod, message: written };
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal"];

/** A line without a level tells of something that could not be logged as usual: it is not left out for its level. */
function matches(entry: Entry, line: string, { level, requestId, principal, grep }: LogFilter): boolean {
  const own = typeof entry.level === "string" ? levels.indexOf(entry.level) : levels.length;
  if (level !== undefined && own < levels.indexOf(level)) return false;
  if (requestId !== undefined && entry.requestId !== requestId) return false;
  if (principal !== undefined && entry.principal !== principal) return false;
  return grep === undefined || line.includes(grep);
}

const styles: ReadonlyMap<unknown, Style> = new Map([
  ["warn", "warning"],
  ["error", "bad"],
  ["fatal", "bad"],
]);

function entryText({ pod, message, timestamp, level, ...fields }: Entry, { style }: Terminal): string {
  const word = typeof level === "string" ? style(styles.get(level) ?? "dim", level.padEnd(5)) : "";
  const rest = Object.entries(fields).flatMap(([name, value]) => {
    if (value === "" || value === null) return [];
    return [`${style("dim", `${name}=`)}${typeof value === "object" ? JSON.stringify(value) : String(value)}`];
  });
  const time = typeof timestamp === "string" ? timestamp : "";
  return [time, word, style("dim", pod), message, ...rest].filter((part) => part !== "").join(" ");
}
