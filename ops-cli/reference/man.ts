import { type CommandTable, type FlagEntry, usageOf } from "./table.ts";

/** The manual page wfops(1), in the man macros of groff and mandoc. */
export function manPageOf({ commands, globalFlags }: CommandTable, version: string): string {
  return [
    `.TH WFOPS 1 "" "wfops ${roff(version)}"`,
    ".SH NAME",
    "wfops \\- operate the Workflow Compiler, and compile with it",
    ".SH SYNOPSIS",
    ".B wfops",
    ".I COMMAND",
    "[\\fIARGUMENT\\fR]... [\\fIFLAG\\fR]...",
    ".SH DESCRIPTION",
    "Validates and compiles workflow definitions, and watches and changes a fleet of Workflow Compilers.",
    "Results go to standard output, all else to standard error.",
    ".SH COMMANDS",
    ...commands.flatMap((command) => [
      `.SS "${roff(usageOf(command).replaceAll("…", "..."))}"`,
      roff(command.summary),
      ...(command.description === "" ? [] : [".PP", ...paragraphs(command.description)]),
      ...command.args.flatMap((arg) => [".TP", `.I ${roff(arg.name)}`, roff(arg.description)]),
      ...command.flags.flatMap(flag),
    ]),
    ".SH GLOBAL FLAGS",
    ...globalFlags.flatMap(flag),
    ".SH EXIT STATUS",
    ...exits.flatMap(([code, meaning]) => [".TP", `.B ${code}`, meaning]),
    ".SH FILES",
    ".TP",
    ".I ~/.config/wfops/config.yaml",
    "Contexts. WFOPS_CONFIG names another file.",
    ".SH SEE ALSO",
    "docs/wfops.md",
    "",
  ].join("\n");
}

const exits = [
  ["0", "Fine."],
  ["1", "The tool or the server failed."],
  ["2", "It was called wrongly."],
  ["100", "It found what it was asked to look for: errors in a definition, a check that does not hold."],
  ["130", "It was interrupted."],
] as const;

function flag({ name, short, value, description }: FlagEntry): readonly string[] {
  const spelt = [short, name].filter((part) => part !== "").join(", ");
  const shown = value === "" ? "" : ` \\fI${roff(value)}\\fR`;
  return [".TP", `\\fB${roff(spelt)}\\fR${shown}`, roff(description)];
}

function paragraphs(text: string): readonly string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .flatMap((paragraph, index) => [...(index === 0 ? [] : [".PP"]), ...paragraph.split("\n").map(roff)]);
}

/** A backslash begins an escape, a dash is one to be typed, and a dot or quote at the beginning would be a command. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...").replaceAll('"', "\\(dq");
  return escaped.replace(/^[.']/gm, "\\&$&");
}
