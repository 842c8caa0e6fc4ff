import { Command, Flags, type Interfaces } from "@oclif/core";
import { asksForJson, complain, parseFault } from "./complaint.ts";
import type { Replica } from "./connection.ts";
import { type ExitCode, exitCodes, interruptedError, usageError } from "./exit.ts";
import { readTarget, type Target } from "./settings.ts";
import { createTerminal, type Terminal, wantsColor } from "./terminal.ts";

/** What a command came to. */
export interface Outcome {
  /** For `--json`; as the command's `schema` says. `undefined`: it has printed its results itself. */
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
  /** Which version of the server the command needs, as a step to take where a server does not know what it is asked. */
  readonly versionStep: string;
  /** Every compiler, or operators' service, of the fleet; closed when the command ends. */
  servers(): Promise<readonly Replica[]>;
  operations(): Promise<readonly Replica[]>;
  /**
   * Aborts on Ctrl-C, once, with a CliError as its reason, and ends every call that is under way with that error; a second
   * Ctrl-C ends the process.
   */
  readonly signal: AbortSignal;
}

/** JSON Schema (2020-12) of what a command prints with `--json`; of each line, where it prints one document a line. */
export type OutputSchema = Readonly<Record<string, unknown>>;

const flags = {
  json: Flags.boolean({ description: "Print the result as JSON.", helpGroup: "GLOBAL", default: false }),
  quiet: Flags.boolean({
    char: "q",
    description: "Print the result and errors only.",
    helpGroup: "GLOBAL",
    default: false,
  }),
  color: Flags.boolean({
    description: "Use colours. Default: where stdout is a terminal, unless NO_COLOR is set.",
    helpGroup: "GLOBAL",
    default: true,
    allowNo: true,
  }),
  timeout: Flags.string({
    description: "How long one call may take, such as 500ms, 30s or 2m. Default: WFOPS_TIMEOUT, else 30s.",
    helpGroup: "GLOBAL",
    helpValue: "DURATION",
  }),
  context: Flags.string({
    description: "Context of the config file. Default: WFOPS_CONTEXT, else what the file calls current.",
    helpGroup: "GLOBAL",
    helpValue: "NAME",
  }),
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
  /** The first version of the server that can do what this command needs. */
  static needsServer = "0.1.0";

  protected abstract work(session: Session, flags: FlagsOf<C>, args: ArgsOf<C>): Promise<Outcome>;

  override async run(): Promise<void> {
    const { stdin, stdout, stderr } = process;
    const terminalFor = (quiet: boolean, color: boolean): Terminal =>
      createTerminal({ quiet, color: wantsColor(color, process.env, stdout), stdin, stdout, stderr });
    let terminal = terminalFor(false, !this.argv.includes("--no-color"));
    let json = asksForJson(this.argv);
    const interrupted = new AbortController();
    const onInterrupt = (): void => {
      if (interrupted.signal.aborted) process.exit(exitCodes.interrupted);
      interrupted.abort(interruptedError());
    };
    process.on("SIGINT", onInterrupt);
    const opened: Replica[] = [];
    try {
      const { flags: parsed, args } = await this.understood();
      const chosen = parsed as FlagsOf<C>;
      json = chosen.json;
      terminal = terminalFor(chosen.quiet, chosen.color);
      const session = sessionOf(chosen, terminal, interrupted.signal, opened, this.versionStep());
      const { data, text, exitCode = exitCodes.fine } = await this.work(session, chosen, args as ArgsOf<C>);
      if (!json) terminal.print(text);
      else if (data !== undefined) terminal.printJson(data);
      process.exitCode = exitCode;
    } catch (fault) {
      process.exitCode = complain(fault, terminal, json);
    } finally {
      for (const replica of opened) replica.close();
      process.off("SIGINT", onInterrupt);
    }
  }

  private async understood(): Promise<{ readonly flags: unknown; readonly args: unknown }> {
    try {
      return await this.parse(this.ctor as C);
    } catch (fault) {
      const known = Object.entries({ ...flags, ...this.ctor.flags }).flatMap(([name, { char }]) =>
        char === undefined ? [`--${name}`] : [`--${name}`, `-${char}`],
      );
      throw parseFault(fault, this.id?.replaceAll(":", " ") ?? "", [...known, "--no-color", "--help"]);
    }
  }

  private versionStep(): string {
    const { needsServer } = this.ctor as typeof WfopsCommand;
    const name = this.id?.replaceAll(":", " ") ?? "";
    return `\`wfops ${name}\` needs a server of version ${needsServer} or later: see \`wfops status\`.`;
  }
}

interface GlobalFlags {
  readonly json: boolean;
  readonly timeout?: string | undefined;
  readonly context?: string | undefined;
  readonly server?: string | undefined;
  readonly operations?: string | undefined;
}

function sessionOf(
  chosen: GlobalFlags,
  terminal: Terminal,
  signal: AbortSignal,
  opened: Replica[],
  versionStep: string,
): Session {
  const target = readTarget(chosen, process.env);
  const timeoutMs = durationMs(target.timeout, "--timeout");
  const open = async (addresses: readonly string[]): Promise<readonly Replica[]> => {
    // Loaded only when something is asked: `--help` does without it.
    const { connectAll } = await import("./connection.ts");
    const replicas = await connectAll(addresses, { target, versionStep }, { timeoutMs, signal });
    opened.push(...replicas);
    return replicas;
  };
  return {
    terminal,
    target,
    json: chosen.json,
    timeoutMs,
    versionStep,
    signal,
    servers: () => open(target.servers),
    operations: () => open(target.operations),
  };
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
