import { Command, Flags, type Interfaces } from "@oclif/core";
import type { Replica } from "./connection.ts";
import { CliError, type ExitCode, exitCodes, usageError } from "./exit.ts";
import { readTarget, type Target } from "./settings.ts";
import { createTerminal, type Terminal, wantsColor } from "./terminal.ts";

/** What a command came to. */
export interface Outcome {
  /** For `--json`; as the command's `schema` says. */
  readonly data: unknown;
  /** For people. */
  readonly text: string;
  /** Default: 0. */
  readonly exitCode?: ExitCode;
}

/** What every command gets: how to print, and the fleet. */
export interface Session {
  readonly terminal: Terminal;
  readonly target: Target;
  readonly json: boolean;
  readonly timeoutMs: number;
  /** Every compiler, or operators' service, of the fleet; closed when the command ends. */
  servers(): Promise<readonly Replica[]>;
  operations(): Promise<readonly Replica[]>;
  /** Aborts on Ctrl-C, once; a second Ctrl-C ends the process. */
  readonly signal: AbortSignal;
}

/** JSON Schema (2020-12) of what a command prints with `--json`. */
export type OutputSchema = Readonly<Record<string, unknown>>;

const flags = {
  json: Flags.boolean({ description: "Print the result as JSON.", helpGroup: "GLOBAL", default: false }),
  quiet: Flags.boolean({
    char: "q",
    description: "Print the result and errors only.",
    helpGroup: "GLOBAL",
    default: false,
  }),
  color: Flags.boolean({ description: "Use colours.", helpGroup: "GLOBAL", default: true, allowNo: true }),
  timeout: Flags.string({
    description: "How long one call may take, such as 500ms, 30s or 2m.",
    helpGroup: "GLOBAL",
    default: "30s",
    helpValue: "DURATION",
  }),
  context: Flags.string({ description: "Context of the config file.", helpGroup: "GLOBAL", helpValue: "NAME" }),
  server: Flags.string({
    description: "The compiler: HOST:PORT, or several. Default: WFOPS_SERVER, else 127.0.0.1:50051.",
    helpGroup: "GLOBAL",
    helpValue: "ADDRESS",
  }),
  operations: Flags.string({
    description: "The operators' service: HOST:PORT, or several. Default: WFOPS_OPERATIONS, else 127.0.0.1:50052.",
    helpGroup: "GLOBAL",
    helpValue: "ADDRESS",
  }),
};

export type FlagsOf<C extends typeof Command> = Interfaces.InferredFlags<C["flags"] & typeof flags>;
export type ArgsOf<C extends typeof Command> = Interfaces.InferredArgs<C["args"]>;

/** A command: `run` parses, works, prints once and chooses the exit code; `work` is the command's own. */
export abstract class WfopsCommand<C extends typeof Command> extends Command {
  static override baseFlags = flags;
  static schema: OutputSchema = {};

  protected abstract work(session: Session, flags: FlagsOf<C>, args: ArgsOf<C>): Promise<Outcome>;

  override async run(): Promise<void> {
    const parsed = await this.parse(this.ctor as C);
    const chosen = parsed.flags as FlagsOf<C>;
    const { stdin, stdout, stderr } = process;
    const color = wantsColor(chosen.color, process.env, stdout);
    const terminal = createTerminal({ quiet: chosen.quiet, color, stdin, stdout, stderr });
    const interrupted = new AbortController();
    const onInterrupt = (): void => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort(new CliError("interrupted", "interrupted", ["A second Ctrl-C ends it at once."]));
    };
    process.on("SIGINT", onInterrupt);
    // Whoever reads us has read enough: `wfops audit list | head`.
    stdout.on("error", (error: NodeJS.ErrnoException) =>
      process.exit(error.code === "EPIPE" ? exitCodes.fine : exitCodes.failed),
    );
    const opened: Replica[] = [];
    try {
      const session = sessionOf(chosen, terminal, interrupted.signal, opened);
      const { data, text, exitCode = exitCodes.fine } = await this.work(session, chosen, parsed.args as ArgsOf<C>);
      if (chosen.json) terminal.printJson(data);
      else terminal.print(text);
      process.exitCode = exitCode;
    } catch (fault) {
      process.exitCode = explain(fault, terminal, chosen.json);
    } finally {
      for (const replica of opened) replica.close();
      process.off("SIGINT", onInterrupt);
    }
  }
}

interface GlobalFlags {
  readonly json: boolean;
  readonly timeout: string;
  readonly context?: string | undefined;
  readonly server?: string | undefined;
  readonly operations?: string | undefined;
}

function sessionOf(chosen: GlobalFlags, terminal: Terminal, signal: AbortSignal, opened: Replica[]): Session {
  const target = readTarget(chosen, process.env);
  const timeoutMs = durationMs(chosen.timeout, "--timeout");
  const open = async (addresses: readonly string[]): Promise<readonly Replica[]> => {
    // Loaded only when something is asked: `--help` does without it.
    const { connectAll } = await import("./connection.ts");
    const replicas = await connectAll(addresses, target, { timeoutMs });
    opened.push(...replicas);
    return replicas;
  };
  return {
    terminal,
    target,
    json: chosen.json,
    timeoutMs,
    signal,
    servers: () => open(target.servers),
    operations: () => open(target.operations),
  };
}

/** Says what went wrong and what to do next; gives the exit code. A fault of our own says so, without a stack. */
function explain(fault: unknown, terminal: Terminal, json: boolean): ExitCode {
  const error =
    fault instanceof CliError
      ? fault
      : new CliError("fault", `wfops failed: ${fault instanceof Error ? fault.message : String(fault)}`, [
          "This is a defect of wfops. Run it again with DEBUG=wfops to see where, and report it.",
        ]);
  if (json) terminal.printJson({ error: { reason: error.reason, message: error.message, next: error.next } });
  else {
    terminal.complain(`${terminal.style("bad", "error:")} ${error.message}`);
    for (const step of error.next) terminal.complain(`  ${terminal.style("dim", "→")} ${step}`);
  }
  if (process.env.DEBUG === "wfops" && fault instanceof Error) terminal.complain(fault.stack ?? "");
  return error.exitCode;
}

const unitsMs = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** `500ms`, `30s`, `2m`, `1h`, `7d`. */
export function durationMs(text: string, flag: string): number {
  const [, digits, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitMs = unitsMs.get(unit);
  if (digits === undefined || unitMs === undefined || Number(digits) === 0) {
    throw usageError(`${flag} is ${JSON.stringify(text)}; it must be a duration such as 500ms, 30s or 2m`);
  }
  return Number(digits) * unitMs;
}
