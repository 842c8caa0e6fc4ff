import { readdirSync, readFileSync } from "node:fs";
import { flush } from "@oclif/core/flush";
import { run } from "@oclif/core/run";
import { settings } from "@oclif/core/settings";
import { asksForJson, complain, parseFault } from "./complaint.ts";
import { CliError, exitCodes } from "./exit.ts";
import { createTerminal, type Terminal, wantsColor } from "./terminal.ts";

const root = import.meta.dirname;

/** Runs one command line, in this process. */
export async function main(argv: readonly string[]): Promise<void> {
  // Our sources run as they are, whatever NODE_ENV says.
  settings.enableAutoTranspile = false;
  endWithTheReader();
  const [first, ...rest] = argv;
  const line = first === "help" ? [...rest, "--help"] : [...argv];
  try {
    await run(line, { root, ignoreManifest: !isManifestWhole() });
    await flush();
  } catch (fault) {
    process.exitCode = complain(parseFault(fault, "", []), ownTerminal(argv), asksForJson(argv));
  }
}

function ownTerminal(argv: readonly string[]): Terminal {
  const { stdin, stdout, stderr } = process;
  const color = wantsColor(!argv.includes("--no-color"), process.env, stdout);
  return createTerminal({ quiet: false, color, stdin, stdout, stderr });
}

/** Quietly where whoever reads us has read enough: `wfops audit list | head`. A full disk is told. */
function endWithTheReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode ?? exitCodes.fine);
      const fault = new CliError("output", `what it prints cannot be written: ${error.message}`);
      process.exit(stream === process.stdout ? complain(fault, ownTerminal([]), false) : exitCodes.failed);
    });
  }
}

/**
 * Whether the manifest has all commands. It spares us to load each of them to know their names; while one is being written,
 * it is not in there yet.
 */
function isManifestWhole(): boolean {
  try {
    const { commands } = JSON.parse(readFileSync(`${root}/oclif.manifest.json`, "utf8"));
    const files = readdirSync(`${root}/commands`, { recursive: true, encoding: "utf8" });
    const names = files.flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3).replaceAll("/", ":")] : []));
    return names.length === Object.keys(commands).length && names.every((name) => Object.hasOwn(commands, name));
  } catch {
    return false;
  }
}
