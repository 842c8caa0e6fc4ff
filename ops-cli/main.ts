import { readdirSync, readFileSync } from "node:fs";
import { flush } from "@oclif/core/flush";
import { run } from "@oclif/core/run";
import { settings } from "@oclif/core/settings";
import { asksForJson, complain, parseFault } from "./complaint.ts";
import { exitCodes } from "./exit.ts";
import { createTerminal, wantsColor } from "./terminal.ts";

const root = import.meta.dirname;

/** Runs one command line, in this process. */
export async function main(argv: readonly string[]): Promise<void> {
  // Our sources run as they are, whatever NODE_ENV says.
  settings.enableAutoTranspile = false;
  endQuietlyWithTheReader();
  const [first, ...rest] = argv;
  const line = first === "help" ? [...rest, "--help"] : [...argv];
  try {
    await run(line, { root, ignoreManifest: !isManifestWhole() });
    await flush();
  } catch (fault) {
    const { stdin, stdout, stderr } = process;
    const color = wantsColor(!argv.includes("--no-color"), process.env, stdout);
    const terminal = createTerminal({ quiet: false, color, stdin, stdout, stderr });
    process.exitCode = complain(parseFault(fault, "", []), terminal, asksForJson(argv));
  }
}

/** Whoever reads us has read enough: `wfops audit list | head`. */
function endQuietlyWithTheReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) =>
      process.exit(error.code === "EPIPE" ? (process.exitCode ?? exitCodes.fine) : exitCodes.failed),
    );
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
