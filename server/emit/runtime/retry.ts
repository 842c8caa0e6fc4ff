import { scopeFailure, type WorkflowError } from "./failures.ts";
import type { Scope } from "./scope.ts";
import { pause } from "./time.ts";

/** When a failed step is tried again, and after how long. */
export interface RetryRule {
  /** Default: every failure. */
  readonly when?: (failure: WorkflowError) => boolean;
  /** How often to try again, the first attempt not counted. */
  readonly retries: number;
  readonly initialMs: number;
  /** What each delay is multiplied by for the next. Default: 2. */
  readonly multiplier?: number;
  /** The longest delay before jitter, in milliseconds. Default: no limit. */
  readonly maxMs?: number;
  /** 0.2: each delay is multiplied by a random number from 0.8 to 1.2. "full": by one from 0 to 1. Default: 0. */
  readonly jitter?: number | "full";
}

/** Runs attempts until one succeeds. The first rule that matches a failure governs it; each counts its own retries. */
export async function retrying<T>(
  scope: Scope,
  rules: readonly RetryRule[],
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  const used = new Map<RetryRule, number>();
  for (let number = 1; ; number++) {
    scope.retries = number - 1;
    try {
      return await attempt(number);
    } catch (error) {
      const failure = scopeFailure(scope, error);
      const rule = rules.find(
        ({ when }) => when === undefined || when(failure),
      );
      const retries = rule === undefined ? 0 : (used.get(rule) ?? 0);
      if (rule === undefined || retries >= rule.retries || scope.signal.aborted)
        throw failure;
      used.set(rule, retries + 1);
      await pause(scope, retryDelay(rule, retries, scope.run.random));
    }
  }
}

function retryDelay(
  rule: RetryRule,
  retries: number,
  random: () => number,
): number {
  const {
    initialMs,
    multiplier = 2,
    maxMs = Number.POSITIVE_INFINITY,
    jitter = 0,
  } = rule;
  const delay = Math.min(initialMs * multiplier ** retries, maxMs);
  return jitter === "full"
    ? delay * random()
    : delay * (1 + jitter * (2 * random() - 1));
}
