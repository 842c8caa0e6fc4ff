import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";
import { checkConcurrentWrites } from "./concurrent-writes.ts";
import { checkDecisions } from "./decisions.ts";
import { checkEndlessLoops } from "./endless-loops.ts";
import { createFacts, type Facts } from "./facts.ts";
import { checkHandlers } from "./handlers.ts";
import { checkJoins } from "./joins.ts";
import { checkTimeLimits } from "./time-limits.ts";
import { checkUnawaitedPaths } from "./unawaited-paths.ts";
import { checkUnchangingLoops } from "./unchanging-loops.ts";
import { checkUnreachable } from "./unreachable.ts";

/** A question about a whole program that no front end answers by itself. */
export type Check = (facts: Facts, findings: Findings) => void;

/** In the order in which they run; none depends on another. */
const checks: readonly Check[] = [
  checkJoins,
  checkUnreachable,
  checkEndlessLoops,
  checkUnchangingLoops,
  checkConcurrentWrites,
  checkUnawaitedPaths,
  checkHandlers,
  checkTimeLimits,
];

/** These would blame what only follows from another error, such as a case whose condition is wrong and therefore left out. */
const checksOfSound: readonly Check[] = [checkDecisions];

export function runChecks(program: Program, findings: Findings): void {
  const facts = createFacts(program);
  for (const check of checks) check(facts, findings);
  if (findings.failed) return;
  for (const check of checksOfSound) check(facts, findings);
}
