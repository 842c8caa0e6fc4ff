import { stripVTControlCharacters, styleText } from "node:util";

/** What a command prints, and where to: the only module that does. Results go to stdout, all else to stderr. */
export interface Terminal {
  /** Characters in a line. */
  readonly columns: number;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** A result. */
  print(text: string): void;
  /** A result for programs: one document. */
  printJson(value: unknown): void;
  /** One of many results for programs: a document on a line of its own. */
  printJsonLine(value: unknown): void;
  /** What is going on; nothing with `--quiet`. */
  say(text: string): void;
  /** A line that the next one replaces; only where stderr is a terminal. */
  progress(text: string): void;
  /** What went wrong; also with `--quiet`. */
  complain(text: string): void;
  style(style: Style, text: string): string;
}

export type Style = "good" | "bad" | "warning" | "dim" | "bold" | "accent";

const formats = {
  good: "green",
  bad: "red",
  warning: "yellow",
  dim: "dim",
  bold: "bold",
  accent: "cyan",
} as const;

export interface TerminalOptions {
  readonly quiet: boolean;
  readonly color: boolean;
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

const DEFAULT_COLUMNS = 100;
const MIN_COLUMNS = 40;

export function createTerminal({ quiet, color, stdin, stdout, stderr }: TerminalOptions): Terminal {
  let progressShown = false;
  const endProgress = (): void => {
    if (progressShown) stderr.write("\r\u001b[2K");
    progressShown = false;
  };
  const line = (stream: NodeJS.WriteStream, text: string): void => {
    endProgress();
    stream.write(text.endsWith("\n") ? text : `${text}\n`);
  };
  return {
    columns: Math.max(MIN_COLUMNS, stdout.columns || Number(process.env.COLUMNS) || DEFAULT_COLUMNS),
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    print: (text) => {
      if (text !== "") line(stdout, text);
    },
    printJson: (value) => line(stdout, JSON.stringify(value, toJson, 2)),
    printJsonLine: (value) => line(stdout, JSON.stringify(value, toJson)),
    say: (text) => {
      if (!quiet) line(stderr, text);
    },
    progress: (text) => {
      if (quiet || stderr.isTTY !== true) return;
      endProgress();
      stderr.write(text.slice(0, Math.max(MIN_COLUMNS, stderr.columns ?? DEFAULT_COLUMNS) - 1));
      progressShown = true;
    },
    complain: (text) => line(stderr, text),
    style: (style, text) => (color ? styleText(formats[style], text, { validateStream: false }) : text),
  };
}

/** Whether to use colour, by the conventions of no-color.org and force-color.org. */
export function wantsColor(
  flag: boolean,
  environment: NodeJS.ProcessEnv,
  stream: { readonly isTTY?: boolean },
): boolean {
  if (!flag || (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb") return false;
  return (environment.FORCE_COLOR ?? "") !== "" || stream.isTTY === true;
}

/** Counters of the contract are bigints; all of ours are small enough for a JSON number. */
function toJson(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Map ? Object.fromEntries(value) : value;
}

/** Columns as wide as their longest cell; what does not fit the terminal is cut at the end of the line. */
export function table(rows: readonly (readonly string[])[], columns: number): string {
  const widths = (rows[0] ?? []).map((_cell, index) => Math.max(...rows.map((row) => visibleWidth(row[index] ?? ""))));
  return rows
    .map((row) => row.map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - visibleWidth(cell))).join("  "))
    .map((text) => cut(text.trimEnd(), columns))
    .join("\n");
}

function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

function cut(text: string, columns: number): string {
  if (visibleWidth(text) <= columns) return text;
  const plain = stripVTControlCharacters(text);
  return `${plain.slice(0, columns - 1)}…`;
}
