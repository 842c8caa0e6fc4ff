/**
 * 0: fine. 1: the tool or the server failed. 2: it was called wrongly. 100: it found what it was asked to look for.
 * 130: interrupted, as shells have it (128 + SIGINT).
 */
export const exitCodes = { fine: 0, failed: 1, usage: 2, findings: 100, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Why a command could not do its work: what happened, and what to do next. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** Whole sentences, each a step to take. */
  readonly next: readonly string[];
  /** For `--json`: a word for programs, such as `unavailable`. */
  readonly reason: string;
  /** When the server will let the same in, where it says so. */
  readonly retryAfterMs: number | null;

  constructor(
    reason: string,
    message: string,
    next: readonly string[] = [],
    exitCode: ExitCode = exitCodes.failed,
    retryAfterMs: number | null = null,
  ) {
    super(message);
    this.name = "CliError";
    this.reason = reason;
    this.next = next;
    this.exitCode = exitCode;
    this.retryAfterMs = retryAfterMs;
  }
}

export function usageError(message: string, next: readonly string[] = []): CliError {
  return new CliError("usage", message, next, exitCodes.usage);
}

export function interruptedError(): CliError {
  return new CliError("interrupted", "interrupted", [], exitCodes.interrupted);
}
