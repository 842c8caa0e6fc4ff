import { CliError, exitCodes, usageError } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Comes back where a change may be made: with `--yes`, or because a person agreed.
 *
 * @throws CliError without a terminal to ask at, or where the person did not agree.
 */
export async function confirmChange(terminal: Terminal, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) {
    throw usageError(`${question} There is no terminal to ask at`, ["Give --yes to agree, or --dry-run to look only."]);
  }
  const { default: confirm } = await import("@inquirer/confirm");
  // The question belongs to stderr: stdout is for results.
  const agreed = await confirm({ message: question, default: false }, { output: process.stderr }).catch(() => false);
  if (!agreed) throw new CliError("not-confirmed", "nothing was changed", [], exitCodes.failed);
}
