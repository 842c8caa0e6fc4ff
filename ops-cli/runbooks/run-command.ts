import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Session } from "../command.ts";
import { CliError, exitCodes } from "../exit.ts";
import { settingsTable, type Target } from "../settings.ts";
import { type RunbookCommand, wordsOf } from "./runbook.ts";

export interface RunOptions {
  readonly values: ReadonlyMap<string, string>;
  /** Runs nothing that changes something. */
  readonly dryRun: boolean;
}

/** As it is written, with its values. */
export function shown({ line }: RunbookCommand, { values }: Pick<RunOptions, "values">): string {
  return line.replace(/<([A-Z_]+)>/g, (all, name: string) => values.get(name) || all);
}

/**
 * Runs one command of a runbook as a process of its own; what it prints goes to the terminal. An interrupt is handed on, and
 * waited for: the command says where its change stands.
 *
 * @returns its exit code.
 */
export async function run(session: Session, command: RunbookCommand, options: RunOptions): Promise<number> {
  const { terminal, json, target } = session;
  const [program = "", ...args] = wordsOf(command.line, options.values);
  if (!json) terminal.say(`${terminal.style("accent", "$")} ${shown(command, options)}`);
  if (command.changes && options.dryRun) return exitCodes.fine;
  const [path, words] = callOf(program, args, command, target);
  const child = spawn(path, words, {
    // With --json stdout is for the result of the walk alone.
    stdio: ["ignore", json ? 2 : "inherit", "inherit"],
    env: { ...process.env, ...environmentOf(target), WFOPS_TIMEOUT: `${session.timeoutMs}ms` },
  });
  const failed = once(child, "error").then(([error]) => {
    throw new CliError(
      "program",
      `${program} cannot be run: ${error instanceof Error ? error.message : String(error)}`,
      [`Is ${program} installed, and on the PATH?`],
    );
  });
  const stop = (): void => void child.kill("SIGINT");
  session.signal.addEventListener("abort", stop, { once: true });
  const [code] = await Promise.race([once(child, "exit"), failed]).finally(() =>
    session.signal.removeEventListener("abort", stop),
  );
  session.signal.throwIfAborted();
  return typeof code === "number" ? code : exitCodes.failed;
}

function callOf(
  program: string,
  args: readonly string[],
  { changes }: RunbookCommand,
  { kubeContext }: Target,
): readonly [path: string, args: readonly string[]] {
  switch (program) {
    case "helm":
      return [process.env.WFOPS_HELM || "helm", kubeContext === "" ? args : [...args, "--kube-context", kubeContext]];
    case "kubectl":
      return [process.env.WFOPS_KUBECTL || "kubectl", kubeContext === "" ? args : ["--context", kubeContext, ...args]];
    default: {
      const bin = join(import.meta.dirname, "../bin/wfops.ts");
      // The person has been asked already.
      return [process.execPath, [bin, ...args, ...(changes ? ["--yes"] : [])]];
    }
  }
}

/** What the target says, so that every command of the walk has the same one. */
function environmentOf(target: Target): NodeJS.ProcessEnv {
  return Object.fromEntries(
    settingsTable.map(([field, variable]) => {
      if (field === "server") return [variable, target.servers.join(",")];
      return [variable, field === "operations" ? target.operations.join(",") : target[field]];
    }),
  );
}
