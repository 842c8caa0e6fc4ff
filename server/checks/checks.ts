import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";
import { checkEndlessLoops } from "./endless-loops.ts";
import { checkJoins } from "./joins.ts";
import { checkUnreachableBlocks } from "./unreachable-blocks.ts";

/** A question about a whole program that no front end answers by itself. */
export type Check = (program: Program, findings: Findings) => void;

/** In the order in which they run; none depends on another. */
export const checks: readonly Check[] = [checkJoins, checkUnreachableBlocks, checkEndlessLoops];

export function runChecks(program: Program, findings: Findings): void {
  for (const check of checks) check(program, findings);
}
