import { CliError, type ExitCode, usageError } from "./exit.ts";
import { nearest } from "./nearest.ts";
import type { Terminal } from "./terminal.ts";

/** Says what went wrong and what to do next; gives the exit code. A fault of our own says so, without a stack. */
export function complain(fault: unknown, terminal: Terminal, json: boolean): ExitCode {
  const { reason, message, next, exitCode } = fault instanceof CliError ? fault : ownFault(fault);
  if (json) terminal.printJson({ error: { reason, message, next } });
  else {
    terminal.complain(`${terminal.style("bad", "error:")} ${message}`);
    for (const step of next) terminal.complain(`  ${terminal.style("dim", "→")} ${step}`);
  }
  if (process.env.DEBUG === "wfops" && fault instanceof Error) terminal.complain(fault.stack ?? "");
  return exitCode;
}

function ownFault(fault: unknown): CliError {
  return new CliError("fault", `wfops failed: ${fault instanceof Error ? fault.message : String(fault)}`, [
    "This is a defect of wfops. Run it again with DEBUG=wfops to see where, and report it.",
  ]);
}

/** Whether `--json` was asked for, where the rest of the line could not be understood. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

/** What oclif's parser threw, in our words. Anything else is given back as it is. */
export function parseFault(fault: unknown, command: string, flags: readonly string[]): unknown {
  if (!(fault instanceof Error) || !("oclif" in fault)) return fault;
  const help = `See \`wfops ${command} --help\`.`.replace("  ", " ");
  const unknown = "flags" in fault && Array.isArray(fault.flags) ? fault.flags.map(String) : [];
  const [first] = unknown;
  if (first !== undefined) {
    const guess = nearest(first, flags);
    const message = `there is no ${unknown.length > 1 ? "flags" : "flag"} ${unknown.join(", ")}`;
    return usageError(guess === "" ? message : `${message}; did you mean ${guess}?`, [help]);
  }
  const args: readonly unknown[] = "args" in fault && Array.isArray(fault.args) ? fault.args : [];
  const missing = args.flatMap((arg) =>
    typeof arg === "object" && arg !== null && "name" in arg ? [String(arg.name).toUpperCase()] : [],
  );
  if (missing.length > 0) return usageError(`${missing.join(" and ")} must be given`, [help]);
  const [message = ""] = fault.message.split("\nSee more help");
  const [, given, choices] = /^Expected (?:--[\w-]+=)?(.+) to be one of: (.+)$/.exec(message) ?? [];
  const meant = nearest(given ?? "", choices?.split(", ") ?? []);
  if (meant !== "") return usageError(`there is no ${given}; did you mean ${meant}?`, [`There are: ${choices}.`, help]);
  return usageError(`${message.charAt(0).toLowerCase()}${message.slice(1)}`, [help]);
}
