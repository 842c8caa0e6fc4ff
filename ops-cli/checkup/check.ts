import type { Observation } from "./observation.ts";

export const categories = [
  "config",
  "reachability",
  "tls",
  "clock",
  "roles",
  "store",
  "redis",
  "cache",
  "telemetry",
  "release",
  "capacity",
] as const;

export type Category = (typeof categories)[number];

/** What a check found. Nothing in either list: all is well. */
export type Judgement =
  | { readonly kind: "judged"; readonly failures: readonly string[]; readonly warnings: readonly string[] }
  | { readonly kind: "skipped"; readonly why: string };

export interface Check {
  /** Never changes: scripts look for it. */
  readonly id: string;
  readonly category: Category;
  /** The good state, as a sentence. */
  readonly good: string;
  /** What to do where it does not hold. */
  readonly hint: string;
  /** Page of the documentation. */
  readonly link: string;
  readonly judge: (observation: Observation) => Judgement;
}

export function judged(failures: readonly string[], warnings: readonly string[] = []): Judgement {
  return { kind: "judged", failures, warnings };
}

export function skipped(why: string): Judgement {
  return { kind: "skipped", why };
}

/** A problem of each replica of which `problem` is not "". */
export function each<T extends { readonly address: string }>(
  all: readonly T[],
  problem: (one: T) => string,
): readonly string[] {
  return all.flatMap((one) => {
    const text = problem(one);
    return text === "" ? [] : [`${one.address}: ${text}`];
  });
}

export function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(address);
}
